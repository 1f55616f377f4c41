#pragma once
// One streaming pass over all groups: each group's events that the question names, in (time,
// position, hop) order, handed to an operator. Groups are dealt out in ranges to the calling thread
// and helpers.

#include "base/env.h"
#include "columnar/part_reader.h"
#include "columnar/snapshot.h"

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace weir::columnar {

/// One event of the group at hand.
struct Hit {
  int64_t time = 0;
  uint32_t source = 0, row = 0;  // where to read its properties: RowReader::cell
  uint32_t mask = 0;             // ScanSpec::event_masks of its event
  uint32_t event = 0;            // dictionary code
};

/// Property values of hits; one per thread.
class RowReader {
 public:
  explicit RowReader(const Snapshot& snapshot);
  Cell cell(const Hit& hit, uint32_t property) { return cell(hit.source, hit.row, property); }
  Cell cell(uint32_t source, uint32_t row, uint32_t property) {
    return source < parts_.size() ? parts_[source].cell(row, property)
                                  : snapshot_.view.head.cell(row, property);
  }
  const Dictionary& dictionary() const { return *snapshot_.view.dictionary; }
  PartReader& part(size_t index) { return parts_[index]; }
  /// Damage met so far; values read after it may be missing.
  Status status() const;

 private:
  const Snapshot& snapshot_;
  std::vector<PartReader> parts_;
};

struct ScanSpec {
  /// By dictionary code of the event; 0 or beyond the end = the question does not name it.
  std::vector<uint32_t> event_masks;
  bool all_events = false;                     // events with mask 0 too
  int64_t from = INT64_MIN, to = INT64_MAX;    // from ≤ time ≤ to
  std::function<bool(uint32_t group)> groups;  // which groups; all when empty
};

struct ScanBudget {
  uint64_t rows_max = UINT64_MAX;
  int64_t deadline_us = INT64_MAX;  // of clock->monotonic_us()
  Clock* clock = nullptr;           // no time limit without one
  const std::atomic<bool>* cancelled = nullptr;
};

/// What a question does with each group. One per thread; groups come in any order, each once.
class GroupOperator {
 public:
  virtual ~GroupOperator() = default;
  /// `hits` is not empty and may be changed in place.
  virtual void group(uint32_t group, std::span<Hit> hits, RowReader& reader) = 0;
};

/// Runs the pass. `make` is called once per taking-part thread, one call at a time; operators live
/// in the caller. Returns rows looked at. DataLoss: a part is damaged, the operators' results must
/// not be used. ResourceExhausted: over the budget. Unavailable: cancelled.
Result<uint64_t> scan(const std::shared_ptr<const Snapshot>& snapshot, const ScanSpec& spec,
                      const ScanBudget& budget, std::span<Executor* const> helpers,
                      const std::function<GroupOperator&()>& make);

}  // namespace weir::columnar
