#include "collect/collect.h"

#include "base/env.h"
#include "base/metrics.h"
#include "collect/batch.h"
#include "collect/body.h"
#include "collect/protocols/protocols.h"

#include <fmt/format.h>

#include <utility>

namespace weir::collect {
namespace {

constexpr size_t kRefusedApart = 200;

}  // namespace

struct Collect::Job {
  const Protocol* protocol = nullptr;
  HttpRequest request;
  HttpResponder respond;
  Intake intake;
  int64_t start_us = 0;
  TimeMs now = 0;
  size_t accepted = 0, refused = 0;

  std::string_view source() const {
    return intake.source == nullptr ? std::string_view("unknown")
                                    : std::string_view(intake.source->name);
  }
};

Collect::Collect(CollectParts parts, SourceRegistry sources)
    : parts_(parts),
      sources_(std::move(sources)),
      protocols_(make_protocols()),
      imports_({parts.env, parts.executor, parts.appender, parts.vault, parts.gate, parts.imports,
                parts.people, parts.traits, parts.metrics}) {
  sources_.use(parts.traits);
}
Collect::~Collect() = default;

bool Collect::owns(std::string_view path) const {
  return find(path) != nullptr;
}

const Protocol* Collect::find(std::string_view target) const {
  std::string_view path = target.substr(0, target.find('?'));
  for (const auto& protocol : protocols_) {
    if (protocol->owns(path)) return protocol.get();
  }
  return nullptr;
}

void Collect::handle(HttpRequest request, HttpResponder respond) {
  auto job = std::make_shared<Job>();
  job->protocol = find(request.target);
  if (job->protocol == nullptr) {
    respond(error_answer(404, "not_found", "no collection protocol has this path"));
    return;
  }
  if (request.method == "OPTIONS") {
    respond(preflight_answer(request));
    return;
  }
  if (request.method == "HEAD") {
    respond(HttpResponse{});
    return;
  }
  job->start_us = parts_.env.clock().monotonic_us();
  job->now = parts_.env.clock().now();
  job->intake = job->protocol->read(request, sources_, job->now);
  request.body.clear();
  request.body.shrink_to_fit();
  job->request = std::move(request);
  job->respond = std::move(respond);
  job->accepted = job->intake.accepted.size();
  job->refused = job->intake.refused.size();
  count_received(*job);
  if (job->accepted == 0 && job->refused == 0) {
    finish(*job, std::move(job->intake.answer));
  } else {
    store(std::move(job));
  }
}

void Collect::store(std::shared_ptr<Job> job) {
  if (job->refused == 0) {
    append(std::move(job));
    return;
  }
  parts_.executor.post([this, job = std::move(job)]() mutable {
    seal_refused(*job);
    append(std::move(job));
  });
}

// Refused inputs become records of the same batch: either all of the request is kept or none is.
void Collect::seal_refused(Job& job) {
  std::vector<Refusal>& refused = job.intake.refused;
  // Each record costs a row; what a broken client sends by the thousand is kept together.
  for (size_t i = kRefusedApart; i < refused.size(); ++i) {
    refused[kRefusedApart - 1].payload += '\n' + refused[i].payload;
  }
  if (refused.size() > kRefusedApart) {
    refused.resize(kRefusedApart);
    refused.back().message += fmt::format(" (and {} more items)", job.refused - kRefusedApart);
  }
  RefusedAt at{job.protocol->name(), job.source(), job.now, job.intake.sent_time};
  auto records = quarantine_records(refused, at, parts_.vault);
  if (!records) {
    // Without their payloads the items are still counted, and people see why.
    for (Refusal& refusal : refused) refusal.payload.clear();
    records = quarantine_records(refused, at, parts_.vault);
  }
  for (Envelope& record : *records) job.intake.accepted.push_back(std::move(record));
  refused.clear();
}

void Collect::append(std::shared_ptr<Job> job) {
  std::vector<Envelope> batch = std::move(job->intake.accepted);
  auto done = [this, job = std::move(job)](Result<Position> position) {
    auto count = [&](std::string_view outcome, size_t n) {
      if (n == 0) return;
      parts_.metrics
          .counter("weir_collect_items_total",
                   fmt::format(R"(protocol="{}",source="{}",outcome="{}")", job->protocol->name(),
                               job->source(), outcome))
          .add(n);
    };
    if (!position) {
      count("not_stored", job->accepted + job->refused);
      finish(*job, job->protocol->busy(position.error()));
      return;
    }
    count("accepted", job->accepted);
    count("quarantined", job->refused);
    if (job->refused > 0) {
      job->intake.answer.headers.set("x-weir-quarantined", fmt::format("{}", job->refused));
    }
    finish(*job, std::move(job->intake.answer));
  };
  parts_.appender.append(std::move(batch), std::move(done));
}

void Collect::finish(const Job& job, HttpResponse response) {
  allow_origin(job.request, response);
  std::string_view protocol = job.protocol->name();
  parts_.metrics
      .counter("weir_collect_requests_total",
               fmt::format(R"(protocol="{}",status="{}")", protocol, response.status))
      .add();
  parts_.metrics.histogram("weir_collect_answer_us", fmt::format(R"(protocol="{}")", protocol))
      .observe_us(parts_.env.clock().monotonic_us() - job.start_us);
  job.respond(std::move(response));
}

// received = accepted + quarantined + not_stored, always; what the log drops as a duplicate later
// is counted by pipeline/ among the accepted (RELIABILITY P10).
void Collect::count_received(const Job& job) {
  std::string labels =
      fmt::format(R"(protocol="{}",source="{}")", job.protocol->name(), job.source());
  parts_.metrics.counter("weir_collect_received_total", labels).add(job.accepted + job.refused);
  const ReadCounts& counts = job.intake.counts;
  auto count = [&](std::string_view name, uint64_t n) {
    if (n > 0) parts_.metrics.counter(name, labels).add(n);
  };
  count("weir_collect_strings_cut_total", counts.strings_cut);
  count("weir_collect_crc_mismatches_total", counts.crc_mismatches);
  count("weir_collect_identity_keys_ignored_total", counts.keys_ignored);
}

}  // namespace weir::collect
