// The part of Collect that reads quarantined inputs again: to bring them back, or to find a person.

#include "base/env.h"
#include "collect/batch.h"
#include "collect/collect.h"
#include "collect/protocols/protocols.h"
#include "collect/quarantine/mentions.h"

#include <fmt/format.h>

#include <utility>

namespace weir::collect {

void Collect::read_payload(std::string id,
                           std::function<void(Result<std::string>, QuarantineItem)> done) {
  parts_.gate.run([this, id = std::move(id), done = std::move(done)] {
    auto item = parts_.quarantine.get(id);
    auto sealed = parts_.quarantine.payload(id);
    if (!item || !sealed) {
      Error error = sealed ? Error{ErrorCode::NotFound, "nothing waits under this id", "id"}
                           : std::move(sealed).error();
      done(std::unexpected<Error>(std::move(error)), {});
      return;
    }
    // Opening may read the key store: off the fold executor.
    parts_.executor.post([this, item = *std::move(item), sealed = *std::move(sealed), done] {
      done(parts_.vault.open(sealed), item);
    });
  });
}

void Collect::show(std::string id, std::function<void(Result<std::string>)> done) {
  read_payload(std::move(id),
               [done = std::move(done)](Result<std::string> payload, const QuarantineItem&) {
                 if (payload) payload = mask_payload(*payload);
                 done(std::move(payload));
               });
}

void Collect::replay(std::string id, ReplayDone done) {
  auto read = [this, done = std::move(done)](Result<std::string> payload,
                                             const QuarantineItem& item) {
    if (!payload) {
      done(std::unexpected<Error>(std::move(payload).error()));
      return;
    }
    auto records = read_again(*std::move(payload), item);
    if (!records) {
      done(std::unexpected<Error>(std::move(records).error()));
      return;
    }
    records->push_back(released_record(item.id, "replayed", parts_.env.clock().now()));
    parts_.appender.append(*std::move(records), [done](Result<Position> position) {
      if (position)
        done({});
      else
        done(std::unexpected<Error>(std::move(position).error()));
    });
  };
  read_payload(std::move(id), std::move(read));
}

void Collect::discard(std::string id, ReplayDone done) {
  parts_.gate.run([this, id = std::move(id), done = std::move(done)] {
    if (!parts_.quarantine.get(id)) {
      done(fail(ErrorCode::NotFound, fmt::format("nothing waits in quarantine under \"{}\"", id),
                "id"));
      return;
    }
    std::vector<Envelope> batch;
    batch.push_back(released_record(id, "discarded", parts_.env.clock().now()));
    parts_.appender.append(std::move(batch), [done](Result<Position> position) {
      if (position)
        done({});
      else
        done(std::unexpected<Error>(std::move(position).error()));
    });
  });
}

/// One look through everything that waits, a page at a time: taken on the fold executor, opened and
/// read on ours.
struct Collect::Search : std::enable_shared_from_this<Collect::Search> {
  static constexpr size_t kPage = 200;

  Search(const CollectParts& p, const std::vector<Identity>& identities, Found d)
      : parts(p), wanted(p.vault, identities), done(std::move(d)) {}

  void next() {
    parts.gate.run([self = shared_from_this()] {
      QuarantinePage page = self->parts.quarantine.list(kPage, self->cursor);
      self->cursor = page.next_cursor;
      std::vector<std::pair<std::string, Sealed>> payloads;
      for (const QuarantineItem& item : page.items) {
        if (item.payload_dropped || item.payload_bytes == 0) continue;
        auto sealed = self->parts.quarantine.payload(item.id);
        if (!sealed) return self->done(std::unexpected<Error>(sealed.error()));
        payloads.emplace_back(item.id, *std::move(sealed));
      }
      self->parts.executor.post([self, payloads = std::move(payloads)] { self->read(payloads); });
    });
  }

  void read(const std::vector<std::pair<std::string, Sealed>>& payloads) {
    for (const auto& [id, sealed] : payloads) {
      auto clear = parts.vault.open(sealed);
      if (!clear && clear.error().code == ErrorCode::NotFound) continue;  // on its way out
      // Not to know whether it speaks of the person is no reason to keep it.
      if (!clear || wanted.in(*clear)) found.push_back(id);
    }
    if (cursor.empty()) return done(std::move(found));
    next();
  }

  const CollectParts& parts;
  const Mentions wanted;
  const Found done;
  std::string cursor;
  std::vector<std::string> found;
};

void Collect::find_mentions(const std::vector<Identity>& identities, Found done) {
  std::make_shared<Search>(parts_, identities, std::move(done))->next();
}

Result<std::vector<Envelope>> Collect::read_again(std::string payload,
                                                  const QuarantineItem& item) const {
  const Protocol* protocol = nullptr;
  for (const auto& p : protocols_) {
    if (p->name() == item.protocol) protocol = p.get();
  }
  if (protocol == nullptr) {
    return fail(
        ErrorCode::FailedPrecondition,
        fmt::format("inputs of \"{}\" cannot be replayed: correct the file and import it again",
                    item.protocol),
        "protocol");
  }
  if (item.payload_cut) {
    return fail(ErrorCode::FailedPrecondition, "the input was too long to be kept whole",
                "payload");
  }
  const Source* source =
      item.write_key.empty() ? sources_.by_name(item.source) : sources_.find(item.write_key);
  if (source == nullptr) {
    return fail(ErrorCode::FailedPrecondition,
                "no source has the key it came with; add the source to the configuration first",
                "source");
  }
  auto refused = [](const Refusal& bad) {
    return fail(ErrorCode::InvalidArgument, fmt::format("{}: {}", bad.reason, bad.message),
                bad.field);
  };
  Json document;
  if (auto bad = thread_json_reader().read(payload, document)) return refused(*bad);
  ReadItem read = [protocol](Json json, const ItemContext& context, ReadCounts& counts,
                             Envelope& out) {
    return protocol->read_item(json, context, counts, out);
  };
  // Received when it was received: a replay a week later must not move the event by a week.
  ItemContext context{*source, item.received_time, item.sent_time};
  BatchLimits limits{.item_bytes_max = kQuarantinePayloadMax};
  Intake intake;
  JsonArray list;
  JsonObject object;
  Json batch;
  if (!document.get_array().get(list)) {
    take_items(read, list, context, limits, intake);
  } else if (!document.get_object().get(object) && collect::find(object, "batch", batch) &&
             !batch.get_array().get(list)) {
    if (auto bad = check_frame(document)) return refused(*bad);
    take_items(read, list, context, limits, intake);
  } else {
    take_item(read, document, context, limits, intake);
  }
  if (!intake.refused.empty()) return refused(intake.refused.front());
  return std::move(intake.accepted);
}

}  // namespace weir::collect
