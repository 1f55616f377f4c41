#pragma once
// How groups are spread over a number of each (SEMANTICS §6 DS1): how often, on how many days, how
// much.

#include "columnar/buckets.h"
#include "columnar/key_slots.h"

#include <optional>
#include <span>
#include <vector>

namespace weir::columnar {

enum class GroupMetric : uint8_t { Rows, Days, Hours, Sum, Mean };

struct DistributionSpec {
  EventSelection events;
  GroupMetric metric = GroupMetric::Rows;
  uint32_t property = kNone;                // Sum, Mean; groups without a number have no value
  std::shared_ptr<const Predicate> filter;  // on every event
  int64_t from = 0, to = 0;                 // [from, to)
  Calendar calendar = Calendar::shanghai();
  std::vector<double> bins;  // lower bounds, ascending; empty = equal widths (FN13)
  std::vector<KeyDef> keys;
  std::optional<Buckets> buckets;
  std::function<bool(uint32_t)> groups;
  /// These have the value 0 where they have no event; ascending. Not counted under keys.
  std::optional<std::vector<uint32_t>> zero_base;

  /// Which groups are in one bin (0 = below the first bound) or in all; of a line (the total when
  /// not set) and a bucket (the range when not set).
  struct Collect {
    std::optional<KeyTexts> keys;
    std::optional<size_t> bucket, bin;
  };
  std::optional<Collect> collect;
};

struct DistributionCell {
  uint64_t groups = 0;
  double sum = 0, min = 0, p25 = 0, p50 = 0, p75 = 0, p90 = 0, max = 0;
  std::vector<uint64_t> counts;  // below the first bound, then per bound
};

struct DistributionResult {
  struct Line {
    KeyTexts keys;
    DistributionCell total;
    std::vector<DistributionCell> buckets;
  };
  std::vector<double> bins;  // the bounds used
  Line total;
  std::vector<Line> lines;       // with keys: by descending groups, then value; $other last
  std::vector<uint32_t> groups;  // of `collect`, ascending
  uint64_t rows_scanned = 0;
};

inline constexpr size_t kGroupValuesMax = 60'000'000;

Result<DistributionResult> run_distribution(const std::shared_ptr<const Snapshot>& snapshot,
                                            const DistributionSpec& spec, const ScanBudget& budget,
                                            std::span<Executor* const> helpers);

}  // namespace weir::columnar
