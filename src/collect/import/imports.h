#pragma once
// What became of each import: a fold of progress records and of the records that imports brought.
// The progress travels in the same append as the rows it counts, so it is right after any crash.

#include "ports/fold.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::collect {

struct ImportProgress {
  std::string id;     // of file, feed and mapping: the same import again is the same id
  std::string file;   // name for people
  std::string feed;   // "events", "orders", "profiles"
  std::string state;  // "running", "done"
  uint64_t rows = 0;  // in the file
  uint64_t rows_done = 0;
  uint64_t accepted = 0, quarantined = 0;  // rows
  uint64_t next_item = 0;                  // where a client resumes
  TimeMs started_at = 0, updated_at = 0;

  /// rows_done = accepted + deduplicated + quarantined.
  uint64_t deduplicated() const { return rows_done - std::min(rows_done, accepted + quarantined); }
};

class Imports : public Fold {
 public:
  Imports();
  ~Imports() override;

  std::string_view name() const override { return "imports"; }
  Status load(const StateStore& store) override;
  void save(WriteBatch& batch) override;
  void apply(Step& step, StepContext& context) override;
  void apply_chunk(ChunkStep& step, StepContext& context) override;

  /// Rows of chunks folded by this process, new or not. Any thread.
  uint64_t chunk_rows_folded() const { return chunk_rows_folded_; }

  // On the fold executor (ports/gate.h).
  std::optional<ImportProgress> get(std::string_view id) const;
  std::vector<ImportProgress> list() const;  // newest first

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::atomic<uint64_t> chunk_rows_folded_{0};
};

/// Properties of imported records: which import brought them, and how many rows of the file they
/// are.
inline constexpr std::string_view kImportIdProperty = "$import";
inline constexpr std::string_view kImportRowsProperty = "$import_rows";

/// The record that carries the progress to the fold. Message ids differ by next_item and state.
Envelope progress_record(const ImportProgress& progress, TimeMs now);

}  // namespace weir::collect
