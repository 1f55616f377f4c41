#pragma once
// Puts rows into the order of a part.

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace weir::columnar {

/// Numbers 0 … groups.size()-1 by ascending group; of one group in the order of `before`, a strict
/// order of two numbers. Groups are mostly dense, so this counts instead of comparing.
template <class Before>
std::vector<uint32_t> order_by_group(const std::vector<uint32_t>& groups, Before&& before) {
  std::vector<uint32_t> order(groups.size());
  uint32_t limit = 0;
  for (uint32_t group : groups) limit = std::max(limit, group);
  if (limit / 16 < groups.size()) {
    std::vector<uint32_t> next(size_t{limit} + 2);
    for (uint32_t group : groups) ++next[group + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    for (uint32_t i = 0; i < groups.size(); ++i) order[next[groups[i]]++] = i;
  } else {
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](uint32_t a, uint32_t b) { return groups[a] < groups[b]; });
  }
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && groups[order[end]] == groups[order[begin]]) ++end;
    auto first = order.begin() + static_cast<ptrdiff_t>(begin);
    auto last = order.begin() + static_cast<ptrdiff_t>(end);
    if (!std::is_sorted(first, last, before)) std::sort(first, last, before);
    begin = end;
  }
  return order;
}

}  // namespace weir::columnar
