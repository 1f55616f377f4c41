#pragma once
// Time between two events of a group (SEMANTICS §6 DS2): pairs, and how long they took.

#include "columnar/buckets.h"
#include "columnar/key_slots.h"

#include <optional>
#include <span>
#include <vector>

namespace weir::columnar {

enum class Pairing : uint8_t {
  Nearest,  // the latest start after the previous end
  First,    // the earliest start after the previous end
  Latest,   // the latest start, used by any number of ends
};

struct IntervalSpec {
  EventSelection start, end;
  bool consecutive = false;  // start and end are one set: each occurrence and the next
  Pairing pairing = Pairing::Nearest;
  std::shared_ptr<const Predicate> filter;  // on every event
  /// Properties of start and end that must be equal: pairs are formed within each value.
  struct Relation {
    uint32_t start = kNone, end = kNone;
  };
  std::vector<Relation> relations;

  int64_t from = 0, to = 0;      // start in [from, to)
  int64_t as_of = 0;             // events after it do not exist
  int64_t limit_ms = INT64_MAX;  // longer pairs do not count
  bool bound_all = false;        // end in [from, to) too

  std::vector<KeyDef> keys;
  std::vector<bool> key_of_end;  // as keys: the value of the end event, not of the start
  Buckets buckets;               // by time of the start
  std::function<bool(uint32_t)> groups;

  /// Which groups made one number: those of a line (all lines when not set) and a bucket.
  struct Collect {
    std::optional<KeyTexts> keys;
    std::optional<size_t> bucket;
  };
  std::optional<Collect> collect;
};

/// Milliseconds. All zero without pairs.
struct IntervalBox {
  uint64_t pairs = 0, groups = 0;
  int64_t min = 0, max = 0;
  double mean = 0, p25 = 0, p50 = 0, p75 = 0, p90 = 0;
};

struct IntervalResult {
  struct Line {
    KeyTexts keys;
    IntervalBox total;
    std::vector<IntervalBox> buckets;
    std::vector<uint64_t> histogram;  // by `edges` given to run_interval
  };
  IntervalBox total;
  std::vector<uint64_t> histogram;
  std::vector<Line> lines;       // by descending pairs, then value; $other last
  std::vector<uint32_t> groups;  // of `collect`, ascending
  uint64_t rows_scanned = 0;
};

inline constexpr size_t kPairsMax = 60'000'000;

/// `edges`: lower bounds of the histogram's bins, ascending from 0.
Result<IntervalResult> run_interval(const std::shared_ptr<const Snapshot>& snapshot,
                                    const IntervalSpec& spec, std::span<const int64_t> edges,
                                    const ScanBudget& budget, std::span<Executor* const> helpers);

}  // namespace weir::columnar
