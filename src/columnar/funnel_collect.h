#pragma once
// Which groups one number of a funnel counts.

#include "columnar/collect.h"
#include "columnar/funnel.h"

namespace weir::columnar {

struct FunnelCell {
  enum class Side : uint8_t { Converted, Dropped, Pending };

  size_t step = 0;  // 0-based. Dropped: did the step before and not this one; not for Pending
  Side side = Side::Converted;
  std::optional<size_t> bucket;  // of FunnelSpec::trend: the funnels that begin in it
  KeyTexts keys;                 // as in by_key; empty = all together. Not with a bucket
};

/// Groups (and attempts, as rows) counted in `cell` of what run_funnel answers to the same spec.
/// Errors are those of scan().
Result<Collected> collect_funnel(const std::shared_ptr<const Snapshot>& snapshot, FunnelSpec spec,
                                 const FunnelCell& cell, const ScanBudget& budget,
                                 std::span<Executor* const> helpers);

}  // namespace weir::columnar
