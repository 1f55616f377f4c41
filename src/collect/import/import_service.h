#pragma once
// The server's side of `weir import`: takes mapped items in chunks, in order, each exactly once.
//
//   POST /api/imports              {"file","checksum","mapping","as","rows"} → {"id","next_item",…}
//   POST /api/imports/{id}/items   {"from_item","rows_done","items":[…]}     → {"next_item"}
//   POST /api/imports/{id}/rows    rows of events in chunks (rows_request.h) → {"next_item"}
//   POST /api/imports/{id}/dry-run the same body; nothing is written         → counts so far
//   POST /api/imports/{id}/finish  {}                                        → progress
//   GET  /api/imports, GET /api/imports/{id}                                 → progress
//
// An item is
// {"row","rows","message_id","time","name","ids":[{"kind","scope","value"}],"properties":{},
// "json":{},"traits":{}}, or {"row","rows","reason","column","message","payload"} for rows that the
// client could not map. Items without a name are profiles. `json` holds structured properties as
// text.

#include "base/http.h"
#include "base/string_map.h"
#include "collect/import/imports.h"
#include "collect/refusal.h"
#include "ports/appender.h"
#include "ports/gate.h"
#include "ports/people.h"
#include "ports/trait_schemas.h"
#include "ports/vault.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace weir {
class Env;
class Executor;
class Metrics;
}  // namespace weir

namespace weir::collect {

/// Everything outlives the service.
struct ImportParts {
  Env& env;
  Executor& executor;  // sealing may wait for the disk
  Appender& appender;
  Vault& vault;
  Gate& gate;
  Imports& imports;
  const IdentityReader& people;  // for dry runs: who is known already
  const TraitSchemas& traits;
  Metrics& metrics;
};

class ImportService {
 public:
  explicit ImportService(ImportParts parts);
  ~ImportService();

  bool owns(std::string_view path) const;
  /// The caller has authenticated the request: imports are believed like a server (Trust::Server).
  /// Never blocks; callable from any thread.
  void handle(HttpRequest request, HttpResponder respond);

 private:
  struct Chunk;
  struct DryRun;
  void start(const std::string& body, HttpResponder respond);
  void list(HttpResponder respond);
  void show(std::string id, HttpResponder respond);
  void with_progress(std::string id, HttpResponder respond,
                     std::function<void(ImportProgress, HttpResponder)> next);
  enum class Form { Items, Rows };
  void take(ImportProgress progress, Form form, std::string body, HttpResponder respond);
  void answer_when_folded(uint64_t ahead_max, HttpResponse answer, HttpResponder respond);
  void finish(ImportProgress progress, HttpResponder respond);
  void append(std::shared_ptr<Chunk> chunk, HttpResponder respond);
  void dry_run(ImportProgress progress, std::string body, HttpResponder respond);
  Result<std::shared_ptr<Chunk>> read_chunk(ImportProgress progress, std::string body,
                                            uint64_t more = 0) const;
  Result<std::shared_ptr<Chunk>> read_rows(ImportProgress progress, const std::string& body) const;
  static Status place(uint64_t from, uint64_t items, uint64_t rows, uint64_t rows_done,
                      ImportProgress progress, Chunk& chunk);
  void look_up(std::shared_ptr<Chunk> chunk, HttpResponder respond);
  void release(std::string_view id);

  ImportParts parts_;
  std::mutex mutex_;
  StringMap<ImportProgress> running_;  // ahead of the fold while this process lives
  StringSet busy_;                     // one chunk of an import at a time
  StringMap<std::shared_ptr<DryRun>> dry_runs_;
  std::atomic<uint64_t> chunk_rows_appended_{0};  // by this process
};

}  // namespace weir::collect
