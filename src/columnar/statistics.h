#pragma once
// Small exact statistics.

#include <cmath>
#include <cstddef>
#include <span>

namespace weir::columnar {

/// R-7 linear interpolation over ascending values (at least one).
template <class T>
double percentile(std::span<const T> sorted, double p) {
  double at = p * static_cast<double>(sorted.size() - 1);
  auto low = static_cast<size_t>(std::floor(at));
  size_t high = low + 1 < sorted.size() ? low + 1 : low;
  auto a = static_cast<double>(sorted[low]), b = static_cast<double>(sorted[high]);
  return a + (b - a) * (at - static_cast<double>(low));
}

}  // namespace weir::columnar
