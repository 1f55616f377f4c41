#pragma once
// Where groups came from when they first entered, and how far they went after it (SEMANTICS AT8,
// AT9).

#include "columnar/buckets.h"
#include "columnar/key_slots.h"
#include "columnar/orders.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace weir::columnar {

inline constexpr size_t kEntryKindsMax = 8;

struct EntryChainSpec {
  std::vector<EventSelection> entries;      // a group enters with the first of any of them, ever
  std::shared_ptr<const Predicate> filter;  // on entries
  /// The source is the channel of the last touch up to `touch_ms` before the entry that is not
  /// direct; of direct ones only when there are no others. A touch without channel is none.
  EventSelection touches;
  std::vector<KeyDef> channel;  // one
  std::vector<std::string> direct;
  int64_t touch_ms = 0;
  EventSelection active;  // other events than the first entry, up to `active_ms` after it
  int64_t active_ms = 0;
  OrderSpec orders;
  int64_t order_ms = 0, repeat_ms = 0;  // how long after the entry an order counts
  Calendar calendar = Calendar::shanghai();
  int64_t from = 0, to = 0;  // entry in [from, to)
  int64_t as_of = 0;
  Buckets buckets;  // of the entry
  std::function<bool(uint32_t)> groups;

  /// How far groups went. Kinds of entries by number, then these.
  enum Stage : uint32_t {
    kActive = kEntryKindsMax,
    kBuyer,      // an order within order_ms
    kNewBuyer,   // the first order ever within order_ms
    kRepeater,   // two orders within repeat_ms
    kEverybody,  // entered
  };
  struct Collect {
    std::optional<std::string> source;
    std::optional<size_t> bucket;
    uint32_t stage = kEverybody;
  };
  std::optional<Collect> collect;
};

struct EntryChainCell {
  uint64_t groups = 0;
  std::vector<uint64_t> kinds;  // as spec.entries: within order_ms of the first
  uint64_t active = 0, buyers = 0, new_buyers = 0, repeaters = 0;
  uint64_t orders = 0;  // within order_ms
  double net = 0;       // of these
};

struct EntryChainResult {
  struct Line {
    std::string source;  // kNoneKey: no touch; kOtherKey: the rest
    EntryChainCell total;
    std::vector<EntryChainCell> buckets;
  };
  EntryChainCell total;
  std::vector<EntryChainCell> buckets;
  std::vector<Line> lines;       // by descending groups, then source; the rest last
  std::vector<uint32_t> groups;  // of `collect`, ascending
  uint64_t rows_scanned = 0;
};

inline constexpr size_t kEntryCellsMax = 2'000'000;  // sources × buckets of a thread

Result<EntryChainResult> run_entry_chain(const std::shared_ptr<const Snapshot>& snapshot,
                                         const EntryChainSpec& spec, const ScanBudget& budget,
                                         std::span<Executor* const> helpers);

}  // namespace weir::columnar
