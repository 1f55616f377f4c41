#include "collect/import/import_service.h"

#include "base/env.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/metrics.h"
#include "collect/body.h"
#include "collect/import/chunk.h"
#include "collect/import/rows_request.h"
#include "collect/quarantine/quarantine.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace weir::collect {
namespace {

constexpr std::string_view kRoot = "/api/imports";
constexpr size_t kRunningMax = 1000;
constexpr uint64_t kRowsAheadMax = 300'000;

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
      start(request.body, std::move(respond));
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
      take(std::move(progress), Form::Items, std::move(body), std::move(answer));
    else if (verb == "rows" && writes)
      take(std::move(progress), Form::Rows, std::move(body), std::move(answer));
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

void ImportService::start(const std::string& body, HttpResponder respond) {
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
  std::optional<ImportProgress> ahead;  // what was appended is ahead of the fold
  {
    std::lock_guard lock(mutex_);
    if (auto it = running_.find(id); it != running_.end()) ahead = it->second;
  }
  if (ahead) {
    parts_.executor.post(
        [progress = *std::move(ahead), respond = std::move(respond),
         next = std::move(next)]() mutable { next(std::move(progress), std::move(respond)); });
    return;
  }
  parts_.gate.run([this, id = std::move(id), respond = std::move(respond), next = std::move(next)] {
    std::optional<ImportProgress> progress = parts_.imports.get(id);
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

/// `more`: items of the same call that are not in `body`, a row each.
Result<std::shared_ptr<ImportService::Chunk>> ImportService::read_chunk(ImportProgress progress,
                                                                        std::string body,
                                                                        uint64_t more) const {
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
    chunk->items.push_back(read_import_item(item, progress.id, progress.feed, now, &parts_.traits));
    rows += chunk->items.back().rows;
  }
  uint64_t count = chunk->items.size() + more;
  WEIR_CHECK_OK(place(from, count, rows + more, rows_done, std::move(progress), *chunk));
  return chunk;
}

Result<std::shared_ptr<ImportService::Chunk>> ImportService::read_rows(
    ImportProgress progress, const std::string& body) const {
  if (progress.feed != "events") {
    return fail(ErrorCode::InvalidArgument, "only rows of events go in chunks; send items", "as");
  }
  WEIR_TRY(RowsRequest request, read_rows_request(body, progress.id, progress.feed, parts_.vault));
  WEIR_TRY(auto chunk,
           read_chunk(std::move(progress), std::move(request.head), request.chunk_rows));
  chunk->chunks = std::move(request.chunks);
  chunk->alone = std::move(request.alone);
  chunk->chunk_rows = request.chunk_rows;
  return chunk;
}

/// Sets what the progress is after items [from, from + items), or says why they are not the next.
Status ImportService::place(uint64_t from, uint64_t items, uint64_t rows, uint64_t rows_done,
                            ImportProgress progress, Chunk& chunk) {
  chunk.already_here = from + items <= progress.next_item;
  if (chunk.already_here) {
    chunk.progress = std::move(progress);
    return {};
  }
  if (from != progress.next_item) {
    return fail(ErrorCode::FailedPrecondition,
                fmt::format("the next item is {}; continue there", progress.next_item),
                "from_item");
  }
  if (progress.rows_done + rows != rows_done) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("the items make it {} rows", progress.rows_done + rows), "rows_done");
  }
  chunk.progress = std::move(progress);
  chunk.progress.next_item = from + items;
  chunk.progress.rows_done = rows_done;
  return {};
}

void ImportService::take(ImportProgress progress, Form form, std::string body,
                         HttpResponder respond) {
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
  auto chunk = form == Form::Rows ? read_rows(std::move(progress), body)
                                  : read_chunk(std::move(progress), std::move(body));
  if (!chunk || (*chunk)->already_here) {
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
  std::vector<Envelope> batch = std::move(chunk->chunks);
  batch.reserve(batch.size() + chunk->alone.size() + chunk->items.size() + 1);
  std::ranges::move(chunk->alone, std::back_inserter(batch));
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
  size_t accepted = chunk->items.size() - refused + chunk->chunk_rows;
  uint64_t in_chunks = chunk->chunk_rows - chunk->alone.size();
  chunk_rows_appended_ += in_chunks;
  parts_.appender.append(std::move(batch), [this, chunk, respond = std::move(respond), source,
                                            accepted, refused,
                                            in_chunks](Result<Position> position) {
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
    if (!position) {
      chunk_rows_appended_ -= in_chunks;
      respond(from_error(position.error()));
      return;
    }
    answer_when_folded(
        in_chunks == 0 ? UINT64_MAX : kRowsAheadMax,
        HttpResponse::json(200,
                           json::to_text(json::object{{"next_item", chunk->progress.next_item}})),
        respond);
  });
}

// Chunks come much faster than records: without this the log would grow far ahead of the folds, and
// an event of now would wait behind it.
void ImportService::answer_when_folded(uint64_t ahead_max, HttpResponse answer,
                                       HttpResponder respond) {
  uint64_t appended = chunk_rows_appended_, folded = parts_.imports.chunk_rows_folded();
  if (appended <= folded || appended - folded <= ahead_max) {
    respond(std::move(answer));
    return;
  }
  parts_.gate.run([this, ahead_max, answer = std::move(answer), respond]() mutable {
    answer_when_folded(ahead_max, std::move(answer), respond);
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
