#pragma once
// One streaming pass over all groups: each group's events that the question names, in the order of
// time, handed to an operator. Of equal times, rows of one subject come by rank; rows of different
// subjects or parts in an order that does not change from one scan to the next. Groups are dealt
// out in ranges to the calling thread and helpers.

#include "base/env.h"
#include "base/progress.h"
#include "columnar/snapshot.h"
#include "columnar/value_column.h"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace weir::columnar {

/// One event of the group at hand. Only a scan makes them.
struct Hit {
  int64_t time = 0;
  uint32_t mask = 0;   // ScanSpec::event_masks of its event
  uint32_t event = 0;  // dictionary code
  // Where to read its properties: RowReader::cell.
  uint32_t row = 0, run = 0, ordinal = 0;
  uint16_t source = 0, local = 0;
};

/// Property values of hits; one per thread.
class RowReader {
 public:
  explicit RowReader(std::shared_ptr<const Snapshot> snapshot);
  /// Value of a property; of several types the one that the row has. Missing when it has none, or
  /// after damage. Bytes are valid until the next call.
  Cell cell(const Hit& hit, uint32_t property) {
    if (property >= tables_.size() || tables_[property].empty()) {
      if (property == kNone) return {};
      add_table(property);
    }
    if (hit.source >= first_local_.size()) return snapshot_->view.head.cell(hit.row, property);
    Chain* chain = tables_[property][first_local_[hit.source] + hit.local];
    for (; chain != nullptr; chain = chain->next) {
      Cell found = chain->column.read(hit.ordinal, hit.run);
      if (!found.missing()) return found;
    }
    return {};
  }
  /// Whether `a` comes before `b`.
  bool before(const Hit& a, const Hit& b) const {
    return a.time != b.time ? a.time < b.time : before_at_once(a, b);
  }
  const Dictionary& dictionary() const { return *snapshot_->view.dictionary; }
  /// Damage met so far; values read after it may be missing.
  const Status& status() const { return *status_; }
  Status& status() { return *status_; }

 private:
  /// The columns of one property of one event of one part, one per type.
  struct Chain {
    ValueColumn column;
    Chain* next;
  };
  void add_table(uint32_t property);
  bool before_at_once(const Hit& a, const Hit& b) const;

  std::shared_ptr<const Snapshot> snapshot_;
  std::unique_ptr<Status> status_;
  std::vector<uint32_t> first_local_;        // by part: index of its local event 0 in a table
  std::vector<std::vector<Chain*>> tables_;  // by property code; empty until asked for
  std::deque<Chain> chains_;
  std::deque<ValueColumn> usual_;
};

struct ScanSpec {
  /// By dictionary code of the event; 0 or beyond the end = the question does not name it.
  std::vector<uint32_t> event_masks;
  /// Bits of event_masks of which only a group's earliest row matters, without a condition on it: a
  /// part in which every event has such a bit may leave out later rows that have no other bit.
  uint32_t first_only = 0;
  bool all_events = false;  // events with mask 0 too
  /// By dictionary code, where an event matters only from a later time on than `from`; may be
  /// short.
  std::vector<int64_t> event_from;
  int64_t from = INT64_MIN, to = INT64_MAX;          // from ≤ time ≤ to
  std::function<bool(uint32_t group)> groups;        // which groups; all when empty
  uint32_t group_begin = 0, group_end = UINT32_MAX;  // of them, begin ≤ group < end
};

struct ScanBudget {
  uint64_t rows_max = UINT64_MAX;
  int64_t deadline_us = INT64_MAX;  // of clock->monotonic_us()
  Clock* clock = nullptr;           // no time limit without one
  const std::atomic<bool>* cancelled = nullptr;
  uint64_t memory_max = UINT64_MAX;  // of the operators together, before their results are joined
  WorkProgress* progress = nullptr;  // items are groups
  /// From this instant on no more groups are begun and `progress` says where it ended: an answer
  /// about some of them. Needs `progress` and `clock`.
  int64_t partial_at_us = INT64_MAX;
};

/// What a question does with each group. One per thread; groups come in any order, each once.
class GroupOperator {
 public:
  virtual ~GroupOperator() = default;
  /// `hits` is not empty and may be changed in place.
  virtual void group(uint32_t group, std::span<Hit> hits, RowReader& reader) = 0;
  /// What it holds now, about. Asked every few million rows; may take a millisecond.
  virtual uint64_t memory_bytes() const { return 0; }
};

/// Runs the pass. `make` is called once per taking-part thread, one call at a time; operators live
/// in the caller. Returns rows looked at. DataLoss: a part is damaged, the operators' results must
/// not be used. ResourceExhausted: over the budget. Unavailable: cancelled.
Result<uint64_t> scan(const std::shared_ptr<const Snapshot>& snapshot, const ScanSpec& spec,
                      const ScanBudget& budget, std::span<Executor* const> helpers,
                      const std::function<GroupOperator&()>& make);

}  // namespace weir::columnar
