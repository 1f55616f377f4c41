#pragma once
// When groups bought first, last and how often in between: what models of future purchases are
// fitted to (SEMANTICS §7 CL2, CL3).

#include "columnar/orders.h"

#include <optional>
#include <span>
#include <vector>

namespace weir::columnar {

struct PurchasesSpec {
  OrderSpec orders;
  Calendar calendar = Calendar::shanghai();
  int64_t as_of = 0;
  bool weeks = false;          // periods are weeks from Monday, else local days
  std::optional<int32_t> cut;  // also what was known at the end of this period
  std::function<bool(uint32_t)> groups;
};

/// Purchases of a group. Orders of one period are one purchase; orders that were given back as a
/// whole are none.
struct Purchases {
  uint32_t group = 0;
  int32_t first = 0, last = 0;  // periods
  uint32_t repeats = 0;         // purchases after the first
  double value = 0;             // net of all
  double repeat_value = 0;      // net of the repeats
  // Up to and with the cut; a group whose first purchase came later has cut_repeats 0.
  uint32_t cut_repeats = 0;
  int32_t cut_last = 0;
  double cut_repeat_value = 0;
};

struct PurchasesResult {
  std::vector<Purchases> groups;  // with a purchase; ascending
  int32_t end = 0;                // period of as_of
  uint64_t rows_scanned = 0;
};

Result<PurchasesResult> run_purchases(const std::shared_ptr<const Snapshot>& snapshot,
                                      const PurchasesSpec& spec, const ScanBudget& budget,
                                      std::span<Executor* const> helpers);

}  // namespace weir::columnar
