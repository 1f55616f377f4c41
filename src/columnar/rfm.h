#pragma once
// Recency, frequency and money of groups with orders (SEMANTICS §7 RF1–RF3).

#include "columnar/orders.h"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace weir::columnar {

enum class RfmScore : uint8_t {
  Thresholds,  // 1 = high, 0 = low, by `cuts` of one number each
  Mean,
  Median,
  Quintile,  // 1…5
  Cuts,      // 1 + how many of `cuts` are reached; of recency the fewer the better
};

struct RfmSpec {
  OrderSpec orders;
  Calendar calendar = Calendar::shanghai();
  int64_t from = 0, to = 0;  // orders in [from, to]
  int64_t as_of = 0;         // refunds up to here; recency counts from here
  bool elapsed = false;      // recency in milliseconds to as_of, not in local days
  RfmScore score = RfmScore::Thresholds;
  std::array<std::vector<double>, 3> cuts;  // of R, F, M; ascending
  std::function<bool(uint32_t)> groups;

  /// Which groups have these scores; any where not set.
  using Collect = std::array<std::optional<int>, 3>;
  std::optional<Collect> collect;
};

struct RfmResult {
  struct Cell {
    std::array<int, 3> scores{};
    uint64_t groups = 0, orders = 0;
    double amount = 0;
  };
  std::vector<Cell> cells;  // those with groups, by descending scores
  struct Axis {
    double min = 0, p20 = 0, p40 = 0, p50 = 0, p60 = 0, p80 = 0, max = 0, mean = 0;
  };
  std::array<Axis, 3> axes;  // all zero without groups
  Cell total;
  std::vector<uint32_t> groups;  // of `collect`, ascending
  uint64_t rows_scanned = 0;
};

Result<RfmResult> run_rfm(const std::shared_ptr<const Snapshot>& snapshot, const RfmSpec& spec,
                          const ScanBudget& budget, std::span<Executor* const> helpers);

}  // namespace weir::columnar
