#include "collect/import/import_client.h"

#include "base/config_file.h"
#include "base/hash.h"
#include "base/json.h"
#include "collect/import/bulk_send.h"
#include "collect/import/item_reader.h"

#include <fmt/format.h>

#include <cstdio>
#include <future>
#include <memory>

namespace weir::collect {
namespace {

constexpr size_t kChunkItems = 500;
constexpr size_t kChunkBytes = 1 << 20;
constexpr DurationMs kCallTimeout = 60 * kSecondMs;
constexpr int kAttemptsMax = 60;  // a minute of a busy or restarting server
constexpr int kShortPauses = 20;
constexpr size_t kRejectedShown = 20;

/// Talks to the server; one call at a time, waiting for each answer.
class ServerLink {
 public:
  ServerLink(const ImportOptions& options, Env& env)
      : options_(options), env_(env), timer_(env.make_executor("import")) {}

  /// Repeats while the server is busy or away: every call here may be repeated safely.
  Result<json::object> call(const std::string& method, const std::string& path,
                            const std::string& body, bool is_json = true) {
    for (int attempt = 1;; ++attempt) {
      auto response = send(method, path, body, is_json);
      bool again = !response ? response.error().code == ErrorCode::Unavailable ||
                                   response.error().code == ErrorCode::DeadlineExceeded
                             : response->status == 429 || response->status == 503;
      if (again && attempt < kAttemptsMax) {
        pause(kSecondMs);
        continue;
      }
      if (!response) return std::unexpected<Error>(std::move(response).error());
      return read(*response);
    }
  }

  void pause(DurationMs length) {
    auto over = std::make_shared<std::promise<void>>();
    std::future<void> done = over->get_future();
    timer_->post_after(length, [over] { over->set_value(); });
    done.wait();
  }

 private:
  Result<HttpResponse> send(const std::string& method, const std::string& path,
                            const std::string& body, bool is_json) {
    HttpRequest request;
    request.method = method;
    request.body = body;
    request.headers.set("content-type", is_json ? "application/json" : "application/octet-stream");
    request.headers.set("authorization", "Bearer " + options_.token);
    auto answer = std::make_shared<std::promise<Result<HttpResponse>>>();
    std::future<Result<HttpResponse>> future = answer->get_future();
    env_.http().send(
        options_.server + path, std::move(request), kCallTimeout,
        [answer](Result<HttpResponse> response) { answer->set_value(std::move(response)); });
    return future.get();
  }

  static Result<json::object> read(const HttpResponse& response) {
    auto parsed = json::parse(response.body);
    if (response.status == 200 && parsed && parsed->is_object()) return parsed->get_object();
    std::string message = fmt::format("the server answered {}", response.status);
    std::string field;
    const json::value* error =
        parsed && parsed->is_object() ? json::find(parsed->get_object(), "error") : nullptr;
    if (error != nullptr && error->is_object()) {
      message = json::optional_string(error->get_object(), "message", message);
      field = json::optional_string(error->get_object(), "field");
    }
    ErrorCode code =
        response.status == 409 ? ErrorCode::FailedPrecondition : ErrorCode::InvalidArgument;
    return fail(code, std::move(message), std::move(field));
  }

  const ImportOptions& options_;
  Env& env_;
  std::unique_ptr<Executor> timer_;
};

class ImportRun {
 public:
  ImportRun(const ImportOptions& options, Env& env)
      : options_(options), env_(env), server_(options, env) {}

  int run() {
    if (auto opened = open(); !opened) return stop(opened.error(), 2);
    auto started = server_.call("POST", "/api/imports", start_body());
    if (!started) return stop(started.error(), 1);
    id_ = json::optional_string(*started, "id");
    uint64_t next = static_cast<uint64_t>(json::optional_int(*started, "next_item", 0));
    bool done = json::optional_string(*started, "state") == "done";
    if (options_.dry_run) {
      auto counts = send_items(0, "/dry-run");
      return counts ? report_dry_run(*counts) : stop(counts.error(), 1);
    }
    if (!done) {
      if (next > 0) say(fmt::format("resuming after item {}\n", next));
      Status sent = bulk_file_ != nullptr ? send_rows(next) : send_all_items(next);
      if (!sent) return stop(sent.error(), 1);
      auto finished = server_.call("POST", fmt::format("/api/imports/{}/finish", id_), "{}");
      if (!finished) return stop(finished.error(), 1);
    }
    return wait_until_folded();
  }

 private:
  Status open() {
    json::value mapping;
    if (!options_.mapping.empty()) {
      WEIR_TRY(mapping_text_, env_.files().read_all(options_.mapping));
      WEIR_TRY(auto config, ConfigFile::parse(mapping_text_, options_.mapping));
      mapping = config.root();
    }
    if (options_.feed != "events" && options_.feed != "orders" && options_.feed != "profiles") {
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("--as \"{}\" is not events, orders or profiles", options_.feed));
    }
    if (options_.feed == "events" && !options_.row_by_row && !options_.dry_run) {
      WEIR_TRY(bool in_chunks, open_pieces(mapping));
      if (in_chunks) return {};
    }
    WEIR_TRY(auto file, TableFile::open(env_.files(), options_.file, mapping_encoding(mapping)));
    WEIR_TRY(auto columns, read_mapping(mapping, options_.feed, file));
    checksum_ = file.checksum();
    reader_ = std::make_unique<ItemReader>(std::move(file), std::move(columns));
    rows_ = reader_->rows();
    return {};
  }

  /// False when the mapping names what cannot go in chunks.
  Result<bool> open_pieces(const json::value& mapping) {
    WEIR_TRY(auto file, PieceFile::open(env_.files(), options_.file, mapping_encoding(mapping)));
    WEIR_TRY(auto columns, read_mapping(mapping, options_.feed, file.table()));
    if (!fits_chunks(columns)) return false;
    checksum_ = file.table().checksum();
    rows_ = file.rows();
    bulk_mapping_ = std::move(columns);
    bulk_file_ = std::make_unique<PieceFile>(std::move(file));
    return true;
  }

  std::string start_body() const {
    size_t slash = options_.file.rfind('/');
    json::object body{
        {"file", slash == std::string::npos ? options_.file : options_.file.substr(slash + 1)},
        {"checksum", checksum_},
        {"as", options_.feed},
        {"mapping", mapping_text_.empty() ? "" : to_hex(hash128(mapping_text_))},
        {"rows", rows_}};
    return json::to_text(body);
  }

  Status send_rows(uint64_t from) {
    std::string path = fmt::format("/api/imports/{}/rows", id_);
    BulkSend bulk(env_, *bulk_file_, bulk_mapping_);
    auto post = [&](const std::string& body) -> Status {
      WEIR_TRY(json::object answer, server_.call("POST", path, body, false));
      (void)answer;
      return {};
    };
    auto sent = [&](const PieceRows& rows) {
      for (const json::value& item : rows.refused) note_rejected(item.get_object());
      show_progress(rows.rows_done);
    };
    return bulk.send(from, post, sent);
  }

  Status send_all_items(uint64_t from) {
    if (auto sent = send_items(from, "/items"); !sent)
      return std::unexpected<Error>(std::move(sent).error());
    return {};
  }

  // Sends the items from number `from` on, in chunks; returns the last answer.
  Result<json::object> send_items(uint64_t from, std::string_view verb) {
    json::object item, answer;
    std::string chunk;
    uint64_t number = 0, first = from, rows = 0;
    size_t count = 0;
    auto flush = [&]() -> Status {
      if (count == 0) return {};
      std::string body =
          fmt::format(R"({{"from_item":{},"rows_done":{},"items":[{}]}})", first, rows, chunk);
      WEIR_TRY(answer, server_.call("POST", fmt::format("/api/imports/{}{}", id_, verb), body));
      first += count;
      count = 0;
      chunk.clear();
      show_progress(rows);
      return {};
    };
    while (reader_->next(item)) {
      rows += static_cast<uint64_t>(json::optional_int(item, "rows", 1));
      note_rejected(item);
      if (number++ < from) continue;
      if (!chunk.empty()) chunk += ',';
      chunk += json::to_text(item);
      if (++count == kChunkItems || chunk.size() > kChunkBytes) WEIR_CHECK_OK(flush());
    }
    WEIR_CHECK_OK(flush());
    return answer;
  }

  void note_rejected(const json::object& item) {
    if (json::find(item, "reason") == nullptr || rejected_.size() >= kRejectedShown) return;
    json::object shown = item;
    shown.erase("payload");
    rejected_.push_back(std::move(shown));
  }

  void show_progress(uint64_t rows) {
    uint64_t percent = rows_ == 0 ? 100 : rows * 100 / rows_;
    if (percent == percent_) return;
    percent_ = percent;
    std::string line =
        fmt::format("\r{}: {} of {} rows ({} %)", options_.dry_run ? "checking" : "importing", rows,
                    rows_, percent);
    if (percent == 100) line += '\n';
    say(line);
  }

  // The records are durable; the answer waits until the folds have counted them.
  int wait_until_folded() {
    for (int attempt = 0; attempt < kAttemptsMax + kShortPauses; ++attempt) {
      auto progress = server_.call("GET", "/api/imports/" + id_, "");
      if (!progress) return stop(progress.error(), 1);
      if (json::optional_string(*progress, "state") == "done") return report(*progress);
      server_.pause(attempt < kShortPauses ? kSecondMs / 20 : kSecondMs);
    }
    return stop(Error{ErrorCode::Unavailable,
                      "everything is stored, but the server is still counting; look "
                      "at the console's imports",
                      {}},
                1);
  }

  int report(json::object progress) {
    int64_t rows = json::optional_int(progress, "rows", 0);
    int64_t accepted = json::optional_int(progress, "accepted", 0);
    int64_t again = json::optional_int(progress, "deduplicated", 0);
    int64_t kept = json::optional_int(progress, "quarantined", 0);
    progress["rejected"] = rejected_;
    if (options_.json) {
      print(json::to_text(progress) + "\n");
    } else {
      print(fmt::format("{} rows = {} accepted + {} deduplicated + {} quarantined\n", rows,
                        accepted, again, kept));
      print_rejected();
    }
    return rows == accepted + again + kept ? 0 : 1;
  }

  int report_dry_run(json::object counts) {
    counts["file_rows"] = rows_;
    counts["rejected"] = rejected_;
    if (options_.json) {
      print(json::to_text(counts) + "\n");
      return 0;
    }
    print(fmt::format("{} rows would become {} records; {} rows would be quarantined\n", rows_,
                      json::optional_int(counts, "items", 0),
                      json::optional_int(counts, "rejected_rows", 0)));
    print(fmt::format("persons: {} new, {} already known (merged)\n",
                      json::optional_int(counts, "persons_new", 0),
                      json::optional_int(counts, "persons_known", 0)));
    if (const json::value* reasons = json::find(counts, "reasons");
        reasons != nullptr && reasons->is_object()) {
      for (const auto& member : reasons->get_object()) {
        print(fmt::format("  {}: {} rows\n", std::string(member.key()),
                          json::to_text(member.value())));
      }
    }
    print_rejected();
    return 0;
  }

  void print_rejected() {
    for (const json::value& item : rejected_) {
      const json::object& o = item.get_object();
      print(fmt::format("  row {}, column \"{}\": {}: {}\n", json::optional_int(o, "row", 0),
                        json::optional_string(o, "column"), json::optional_string(o, "reason"),
                        json::optional_string(o, "message")));
    }
    if (rejected_.size() == kRejectedShown)
      print("  … the quarantine in the console lists all of them\n");
  }

  int stop(const Error& error, int code) {
    std::string field = error.field.empty() ? "" : fmt::format(" ({})", error.field);
    say(fmt::format("weir import: {}{}\n", error.message, field));
    if (code == 1) say("what was sent is stored; run the same command again to continue\n");
    return code;
  }

  void print(std::string_view text) {
    if (options_.print)
      options_.print(text);
    else
      fmt::print(stdout, "{}", text);
  }
  void say(std::string_view text) {
    if (options_.progress)
      options_.progress(text);
    else
      fmt::print(stderr, "{}", text);
  }

  const ImportOptions& options_;
  Env& env_;
  ServerLink server_;
  std::unique_ptr<ItemReader> reader_;    // of items, or
  std::unique_ptr<PieceFile> bulk_file_;  // of rows in chunks
  ImportMapping bulk_mapping_;
  uint64_t rows_ = 0;
  std::string mapping_text_, checksum_, id_;
  json::array rejected_;
  uint64_t percent_ = UINT64_MAX;
};

}  // namespace

int run_import(const ImportOptions& options, Env& env) {
  return ImportRun(options, env).run();
}

}  // namespace weir::collect
