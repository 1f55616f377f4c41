#pragma once
// An amount in parts (SEMANTICS G13).

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace weir::columnar {

/// `amount` shared by `weights` (which sum to 1). A whole amount gives whole parts that sum to it:
/// largest remainder, ties to the earliest.
inline void split_amount(double amount, bool whole, std::span<const double> weights,
                         std::vector<double>& parts) {
  parts.clear();
  if (!whole) {
    for (double w : weights) parts.push_back(amount * w);
    return;
  }
  double rest = amount;
  for (double w : weights) {
    parts.push_back(std::floor(amount * w + 1e-9));
    rest -= parts.back();
  }
  for (; rest > 0.5; rest -= 1) {
    size_t best = 0;
    double most = -2;
    for (size_t i = 0; i < parts.size(); ++i) {
      double remainder = amount * weights[i] - parts[i];
      // A part that got its one more has a negative remainder; noise does not break a tie.
      if (remainder > most + 1e-6) {
        most = remainder;
        best = i;
      }
    }
    parts[best] += 1;
  }
}

}  // namespace weir::columnar
