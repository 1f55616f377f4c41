#pragma once
// Exact percentiles of many numbers without sorting them all.

#include "columnar/statistics.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace weir::columnar {

/// Puts the elements of the ascending ranks `ranks` (indices below values.size()) where sorting
/// would put them; the others lie between them.
template <class T>
void select_ranks(std::span<T> values, std::span<const size_t> ranks, size_t offset = 0) {
  if (ranks.empty() || values.size() < 2) return;
  size_t middle = ranks.size() / 2, at = ranks[middle] - offset;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  select_ranks(values.first(at), ranks.first(middle), offset);
  std::span<const size_t> above = ranks.subspan(middle + 1);
  while (!above.empty() && above.front() == ranks[middle]) above = above.subspan(1);
  select_ranks(values.subspan(at + 1), above, ranks[middle] + 1);
}

/// R-7 percentiles (G14), as `percentile` of the sorted values would give. Reorders `values`, which
/// must not be empty; `ps` ascends.
template <class T>
std::vector<double> percentiles(std::span<T> values, std::span<const double> ps) {
  std::vector<size_t> ranks;
  for (double p : ps) {
    auto low = static_cast<size_t>(std::floor(p * static_cast<double>(values.size() - 1)));
    ranks.push_back(low);
    ranks.push_back(std::min(low + 1, values.size() - 1));
  }
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  select_ranks(values, std::span<const size_t>(ranks));
  std::vector<double> out;
  for (double p : ps) out.push_back(percentile(std::span<const T>(values), p));
  return out;
}

/// FN13: clamp(⌈n^⅓⌉, 1, 60) bins of equal width, by their lower bounds.
inline std::vector<double> equal_bins(const std::vector<double>& values) {
  if (values.empty()) return {0};
  auto [min, max] = std::minmax_element(values.begin(), values.end());
  double wanted = std::ceil(std::cbrt(static_cast<double>(values.size())) - 1e-9);
  auto count = static_cast<size_t>(std::clamp(wanted, 1.0, 60.0));
  std::vector<double> out;
  for (size_t i = 0; i < count && (i == 0 || *max > *min); ++i)
    out.push_back(*min + (*max - *min) * static_cast<double>(i) / static_cast<double>(count));
  return out;
}

}  // namespace weir::columnar
