#pragma once
// Exact percentiles of many numbers without sorting them all.

#include "columnar/statistics.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

namespace weir::columnar {

inline constexpr size_t kSpreadFrom = 1u << 14;

template <class T>
void select_ranks(std::span<T> values, std::span<const size_t> ranks, size_t offset = 0);

/// Deals many values out to equal intervals between the smallest and the largest, so that only the
/// intervals of the ranks are left to be ordered. False, and nothing is changed, when the values
/// crowd in one interval.
template <class T>
bool spread(std::span<T> values, std::span<const size_t> ranks, size_t offset) {
  constexpr size_t kIntervals = 2048;
  auto [min, max] = std::minmax_element(values.begin(), values.end());
  if (*min == *max) return true;
  const double low = static_cast<double>(*min), span = static_cast<double>(*max) - low;
  if (!std::isfinite(span)) return false;
  const double scale = (kIntervals - 1) / span;
  auto interval = [&](const T& v) {
    return static_cast<size_t>((static_cast<double>(v) - low) * scale);
  };
  std::vector<size_t> ends(kIntervals);
  for (const T& v : values) ++ends[interval(v)];
  if (*std::max_element(ends.begin(), ends.end()) > values.size() / 4 * 3) return false;
  size_t begin = 0;
  for (size_t& end : ends) begin += std::exchange(end, begin);
  std::vector<T> sorted(values.size());
  for (const T& v : values) sorted[ends[interval(v)]++] = v;
  std::copy(sorted.begin(), sorted.end(), values.begin());
  begin = 0;
  for (size_t end : ends) {
    size_t here = 0;
    while (here < ranks.size() && ranks[here] - offset < end) ++here;
    select_ranks(values.subspan(begin, end - begin), ranks.first(here), offset + begin);
    ranks = ranks.subspan(here);
    begin = end;
  }
  return true;
}

/// Puts the elements of the ascending ranks `ranks` (indices below values.size()) where sorting
/// would put them; the others lie between them.
template <class T>
void select_ranks(std::span<T> values, std::span<const size_t> ranks, size_t offset) {
  if (ranks.empty() || values.size() < 2) return;
  if (values.size() >= kSpreadFrom && spread(values, ranks, offset)) return;
  size_t middle = ranks.size() / 2, at = ranks[middle] - offset;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  select_ranks(values.first(at), ranks.first(middle), offset);
  std::span<const size_t> above = ranks.subspan(middle + 1);
  while (!above.empty() && above.front() == ranks[middle]) above = above.subspan(1);
  select_ranks(values.subspan(at + 1), above, ranks[middle] + 1);
}

/// The ranks that R-7 percentiles of `count` numbers are made of, added to `ranks`.
inline void add_percentile_ranks(size_t count, std::span<const double> ps,
                                 std::vector<size_t>& ranks) {
  for (double p : ps) {
    auto low = static_cast<size_t>(std::floor(p * static_cast<double>(count - 1)));
    ranks.push_back(low);
    ranks.push_back(std::min(low + 1, count - 1));
  }
}

/// Ascending, each once.
inline void tidy_ranks(std::vector<size_t>& ranks) {
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
}

/// R-7 percentiles (G14), as `percentile` of the sorted values would give. Reorders `values`, which
/// must not be empty; `ps` ascends.
template <class T>
std::vector<double> percentiles(std::span<T> values, std::span<const double> ps) {
  std::vector<size_t> ranks;
  add_percentile_ranks(values.size(), ps, ranks);
  tidy_ranks(ranks);
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
