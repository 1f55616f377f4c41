#pragma once
// Credit shares that come from all paths together: removal effects of a Markov chain (AT5) and
// Shapley values of the conversion rate (AT6).

#include "base/result.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace weir::columnar {

struct MarkovShares {
  double probability = 0;       // from start to conversion
  std::vector<double> removal;  // per channel; 1 = without it nobody converts
};

struct Transition {
  uint32_t from = 0, to = 0;  // channels; kMarkovStart, kMarkovConversion, kMarkovNull
  uint64_t count = 0;
};
inline constexpr uint32_t kMarkovStart = 0xfffffff0, kMarkovConversion = 0xfffffff1,
                          kMarkovNull = 0xfffffff2;

MarkovShares markov_shares(size_t channels, const std::vector<Transition>& transitions);

/// Groups by the set of channels they met (bit i = channel i).
struct SetCount {
  uint32_t set = 0;
  uint64_t groups = 0, converted = 0;
};
/// φ per channel of v(S) = conversion rate of the groups whose set lies within S; sums to v(all).
std::vector<double> shapley_of_rate(size_t channels, const std::vector<SetCount>& sets);

}  // namespace weir::columnar
