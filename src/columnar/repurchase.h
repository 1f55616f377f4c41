#pragma once
// How many buyers buy again (SEMANTICS §7 RP1).

#include "columnar/buckets.h"
#include "columnar/orders.h"

#include <optional>
#include <span>
#include <vector>

namespace weir::columnar {

struct RepurchaseSpec {
  OrderSpec orders;
  Calendar calendar = Calendar::shanghai();
  int64_t from = 0, to = 0, as_of = 0;
  Buckets buckets;
  /// Empty: groups with a second order in the range (or bucket). Else: of groups whose first order
  /// ever is in it, those with another order within so many days (24 h).
  std::vector<int64_t> within_days;
  std::function<bool(uint32_t)> groups;

  /// Buyers, or those counted in `again[again_index]`; of a bucket, or of the range.
  struct Collect {
    std::optional<size_t> bucket, again_index;
  };
  std::optional<Collect> collect;
};

struct RepurchaseResult {
  struct Cell {
    uint64_t buyers = 0;
    std::vector<uint64_t> again;  // one, or as within_days
    std::vector<bool> complete;   // as again: every buyer had that long
  };
  Cell total;  // of cohorts: `again` counts complete buckets only; see complete_buyers
  std::vector<uint64_t> complete_buyers;  // as total.again: buyers of those buckets
  std::vector<Cell> buckets;
  std::vector<uint32_t> groups;  // of `collect`, ascending
  uint64_t rows_scanned = 0;
};

Result<RepurchaseResult> run_repurchase(const std::shared_ptr<const Snapshot>& snapshot,
                                        const RepurchaseSpec& spec, const ScanBudget& budget,
                                        std::span<Executor* const> helpers);

}  // namespace weir::columnar
