#pragma once
// Which groups one number of a trend counts. A pass of its own, so that counting stays lean.

#include "columnar/collect.h"
#include "columnar/trends.h"

namespace weir::columnar {

struct TrendsCell {
  size_t series = 0;
  std::optional<size_t> bucket;  // nullopt = the total, which trailing series do not have
  KeyTexts keys;                 // as in the line; empty = all keys together
};

/// Groups and rows counted in `cell` of what run_trends answers to the same spec. For aggregates of
/// a property only rows that have a value for it count. Errors are those of scan().
Result<Collected> collect_trends(const std::shared_ptr<const Snapshot>& snapshot,
                                 const TrendsSpec& spec, const TrendsCell& cell,
                                 const ScanBudget& budget, std::span<Executor* const> helpers);

}  // namespace weir::columnar
