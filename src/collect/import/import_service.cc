#include "collect/import/import_service.h"

#include "base/env.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/metrics.h"
#include "collect/body.h"
#include "collect/import/chunk.h"
#include "collect/quarantine/quarantine.h"

#include <fmt/format.h>

#include <array>

namespace weir::collect {
namespace {

constexpr std::string_view kRoot = "/api/imports";
constexpr size_t kRunningMax = 1000;

HttpResponse from_error(const Error& error) {
  int status = 500;
  switch (error.code) {
    case ErrorCode::InvalidArgument: status = 400; break;
    case ErrorCode::NotFound: status = 404; break;
    case ErrorCode::FailedPrecondition: status = 409; break;
    case ErrorCode::ResourceExhausted:
    case ErrorCode::Unavailable: return busy_answer(error);
    default: break;
  }
  return error_answer(status, to_string(error.code), error.message, error.field);
}

HttpResponse wrong_method() {
  return error_answer(405, "invalid_argument", "this import route does not take this method");
}

json::object to_json(const ImportProgress& p) {
  return {{"id", p.id},
          {"file", p.file},
          {"as", p.feed},
          {"state", p.state},
          {"rows", p.rows},
          {"rows_done", p.rows_done},
          {"accepted", p.accepted},
          {"deduplicated", p.deduplicated()},
          {"quarantined", p.quarantined},
          {"next_item", p.next_item},
          {"started_at", p.started_at},
          {"updated_at", p.updated_at}};
}

bool is_feed(std::string_view feed) {
  return feed == "events" || feed == "orders" || feed == "profiles";
}

}  // namespace

ImportService::ImportService(ImportParts parts) : parts_(parts) {}
ImportService::~ImportService() = default;

bool ImportService::owns(std::string_view path) const {
  return path == kRoot || path.starts_with("/api/imports/");
}

void ImportService::handle(HttpRequest request, HttpResponder respond) {
  std::string_view path = request.path();
  path.remove_prefix(std::min(path.size(), kRoot.size()));
  if (path.starts_with('/')) path.remove_prefix(1);
  bool reads = request.method == "GET", writes = request.method == "POST";
  if (path.empty()) {
    if (reads)
      list(std::move(respond));
    else if (writes)
      start(std::move(request.body), std::move(respond));
    else
      respond(wrong_method());
    return;
  }
  size_t slash = path.find('/');
  std::string id(path.substr(0, slash));
  if (slash == std::string_view::npos && reads) {
    show(std::move(id), std::move(respond));
    return;
  }
  std::string verb(slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1));
  auto next = [this, verb, writes, body = std::move(request.body)](ImportProgress progress,
                                                                   HttpResponder answer) mutable {
    if (verb == "items" && writes)
      take(std::move(progress), std::move(body), std::move(answer));
    else if (verb == "dry-run" && writes)
      dry_run(std::move(progress), std::move(body), std::move(answer));
    else if (verb == "finish" && writes)
      finish(std::move(progress), std::move(answer));
    else
      answer(wrong_method());
  };
  with_progress(std::move(id), std::move(respond), std::move(next));
}

void ImportService::list(HttpResponder respond) {
  parts_.gate.run([this, respond = std::move(respond)] {
    json::array all;
    for (const ImportProgress& p : parts_.imports.list()) all.push_back(to_json(p));
    respond(HttpResponse::json(200, json::to_text(json::object{{"imports", std::move(all)}})));
  });
}

// As the fold has it: rows_done and what became of the rows belong together.
void ImportService::show(std::string id, HttpResponder respond) {
  parts_.gate.run([this, id = std::move(id), respond = std::move(respond)] {
    auto p = parts_.imports.get(id);
    respond(p ? HttpResponse::json(200, json::to_text(to_json(*p)))
              : error_answer(404, "not_found", "no import has this id", "id"));
  });
}

void ImportService::start(std::string body, HttpResponder respond) {
  auto parsed = json::parse(body);
  if (!parsed || !parsed->is_object()) {
    respond(error_answer(400, "invalid_argument", "the body must be a JSON object"));
    return;
  }
  const json::object& o = parsed->get_object();
  ImportProgress p;
  p.file = json::optional_string(o, "file", "file");
  p.feed = json::optional_string(o, "as");
  p.rows = static_cast<uint64_t>(std::max<int64_t>(0, json::optional_int(o, "rows", 0)));
  std::string checksum = json::optional_string(o, "checksum");
  if (!is_feed(p.feed) || checksum.empty()) {
    respond(error_answer(400, "invalid_argument",
                         "needs \"checksum\", and \"as\": events, orders or profiles",
                         checksum.empty() ? "checksum" : "as"));
    return;
  }
  p.id = to_hex(
      hash128(fmt::format("{}:{}:{}", checksum, p.feed, json::optional_string(o, "mapping"))));
  p.state = "running";
  p.started_at = p.updated_at = parts_.env.clock().now();
  parts_.gate.run([this, p = std::move(p), respond = std::move(respond)]() mutable {
    auto known = parts_.imports.get(p.id);
    std::lock_guard lock(mutex_);
    auto running = running_.find(p.id);
    if (running != running_.end()) {
      known = running->second;
    } else {
      // Forgetting is harmless: the fold remembers whatever was written.
      if (running_.size() >= kRunningMax) running_.clear();
      running_[p.id] = known ? *known : p;
    }
    respond(HttpResponse::json(200, json::to_text(to_json(known ? *known : p))));
  });
}

void ImportService::with_progress(std::string id, HttpResponder respond,
                                  std::function<void(ImportProgress, HttpResponder)> next) {
  parts_.gate.run([this, id = std::move(id), respond = std::move(respond), next = std::move(next)] {
    std::optional<ImportProgress> progress = parts_.imports.get(id);
    {
      // What was appended is ahead of the fold.
      std::lock_guard lock(mutex_);
      if (auto it = running_.find(id); it != running_.end()) progress = it->second;
    }
    if (!progress) {
      respond(error_answer(404, "not_found", "no import has this id; start it by POST /api/imports",
                           "id"));
      return;
    }
    parts_.executor.post([progress = *std::move(progress), respond, next]() mutable {
      next(std::move(progress), respond);
    });
  });
}

Result<std::shared_ptr<ImportService::Chunk>> ImportService::read_chunk(ImportProgress progress,
                                                                        std::string body) const {
  auto bad = [](std::string_view field, std::string_view message) {
    return fail(ErrorCode::InvalidArgument, std::string(message), std::string(field));
  };
  Json document, value;
  JsonObject o;
  JsonArray items;
  if (auto refused = thread_json_reader().read(body, document))
    return bad(refused->field, refused->message);
  if (auto refused = check_frame(document)) return bad(refused->field, refused->message);
  if (document.get_object().get(o)) return bad("", "the body must be a JSON object");
  uint64_t from = 0, rows_done = 0;
  if (!find(o, "from_item", value) || value.get_uint64().get(from))
    return bad("from_item", "must be a number");
  if (!find(o, "rows_done", value) || value.get_uint64().get(rows_done))
    return bad("rows_done", "must be a number");
  if (!find(o, "items", value) || value.get_array().get(items))
    return bad("items", "must be a list");
  auto chunk = std::make_shared<Chunk>();
  TimeMs now = parts_.env.clock().now();
  uint64_t rows = 0;
  for (Json item : items) {
    chunk->items.push_back(read_import_item(item, progress.id, progress.feed, now));
    rows += chunk->items.back().rows;
  }
  if (from + chunk->items.size() <= progress.next_item) {
    chunk->items.clear();  // the answer to this chunk was lost; it is in the log
    chunk->progress = std::move(progress);
    return chunk;
  }
  if (from != progress.next_item) {
    return fail(ErrorCode::FailedPrecondition,
                fmt::format("the next item is {}; continue there", progress.next_item),
                "from_item");
  }
  if (progress.rows_done + rows != rows_done) {
    return bad("rows_done", fmt::format("the items make it {} rows", progress.rows_done + rows));
  }
  chunk->progress = std::move(progress);
  chunk->progress.next_item = from + chunk->items.size();
  chunk->progress.rows_done = rows_done;
  return chunk;
}

void ImportService::take(ImportProgress progress, std::string body, HttpResponder respond) {
  std::string id = progress.id;
  {
    std::lock_guard lock(mutex_);
    if (!busy_.insert(id).second) {
      respond(error_answer(409, "failed_precondition",
                           "another chunk of this import is being written"));
      return;
    }
    // Another chunk may have finished since the progress was read.
    if (auto it = running_.find(id); it != running_.end())
      progress = it->second;
    else
      running_[id] = progress;
  }
  auto chunk = read_chunk(std::move(progress), std::move(body));
  if (!chunk || (*chunk)->items.empty()) {
    release(id);
    respond(chunk
                ? HttpResponse::json(
                      200, json::to_text(json::object{{"next_item", (*chunk)->progress.next_item}}))
                : from_error(chunk.error()));
    return;
  }
  append(*std::move(chunk), std::move(respond));
}

void ImportService::append(std::shared_ptr<Chunk> chunk, HttpResponder respond) {
  std::vector<Envelope> batch;
  batch.reserve(chunk->items.size() + 1);
  TimeMs now = parts_.env.clock().now();
  std::string source = "import:" + chunk->progress.feed;
  std::vector<Refusal> refusals;
  std::vector<uint64_t> refused_rows;
  for (ImportItem& item : chunk->items) {
    if (!item.refused) {
      batch.push_back(std::move(item.envelope));
      continue;
    }
    refusals.push_back(*std::move(item.refused));
    refused_rows.push_back(item.rows);
  }
  size_t refused = refusals.size();
  auto records = quarantine_records(refusals, {"import", source, now, 0}, parts_.vault);
  if (!records) {
    release(chunk->progress.id);
    respond(from_error(records.error()));
    return;
  }
  for (size_t i = 0; i < refused; ++i) {
    Envelope& record = (*records)[i];
    record.properties.push_back({std::string(kImportIdProperty), chunk->progress.id});
    record.properties.push_back(
        {std::string(kImportRowsProperty), static_cast<int64_t>(refused_rows[i])});
    batch.push_back(std::move(record));
  }
  batch.push_back(progress_record(chunk->progress, now));
  size_t accepted = chunk->items.size() - refused;
  parts_.appender.append(std::move(batch), [this, chunk, respond = std::move(respond), source,
                                            accepted, refused](Result<Position> position) {
    auto count = [&](std::string_view outcome, size_t n) {
      parts_.metrics
          .counter("weir_collect_items_total",
                   fmt::format(R"(protocol="import",source="{}",outcome="{}")", source, outcome))
          .add(n);
    };
    count(position ? "accepted" : "not_stored", position ? accepted : accepted + refused);
    if (position) count("quarantined", refused);
    parts_.metrics
        .counter("weir_collect_received_total",
                 fmt::format(R"(protocol="import",source="{}")", source))
        .add(accepted + refused);
    {
      std::lock_guard lock(mutex_);
      if (position) running_[chunk->progress.id] = chunk->progress;
      busy_.erase(chunk->progress.id);
    }
    respond(position
                ? HttpResponse::json(
                      200, json::to_text(json::object{{"next_item", chunk->progress.next_item}}))
                : from_error(position.error()));
  });
}

void ImportService::finish(ImportProgress progress, HttpResponder respond) {
  if (progress.rows_done != progress.rows) {
    respond(error_answer(409, "failed_precondition",
                         fmt::format("{} of {} rows are here; send the rest first",
                                     progress.rows_done, progress.rows),
                         "rows_done"));
    return;
  }
  progress.state = "done";
  std::vector<Envelope> batch;
  batch.push_back(progress_record(progress, parts_.env.clock().now()));
  parts_.appender.append(
      std::move(batch), [this, progress, respond = std::move(respond)](Result<Position> position) {
        if (position) {
          std::lock_guard lock(mutex_);
          running_.erase(progress.id);
        }
        respond(position ? HttpResponse::json(200, json::to_text(to_json(progress)))
                         : from_error(position.error()));
      });
}

void ImportService::release(std::string_view id) {
  std::lock_guard lock(mutex_);
  busy_.erase(id);
}

}  // namespace weir::collect
