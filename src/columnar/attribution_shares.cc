#include "columnar/attribution_shares.h"

#include <bit>
#include <cmath>

namespace weir::columnar {
namespace {

using Matrix = std::vector<std::vector<double>>;

/// Gauss–Jordan with partial pivoting. The matrix is I − Q of a chain in which every state leads to
/// an end, so it has an inverse.
Matrix inverse(Matrix a) {
  size_t n = a.size();
  Matrix out(n, std::vector<double>(n));
  for (size_t i = 0; i < n; ++i) out[i][i] = 1;
  for (size_t col = 0; col < n; ++col) {
    size_t pivot = col;
    for (size_t row = col + 1; row < n; ++row) {
      if (std::abs(a[row][col]) > std::abs(a[pivot][col])) pivot = row;
    }
    std::swap(a[col], a[pivot]);
    std::swap(out[col], out[pivot]);
    double scale = 1 / a[col][col];
    for (size_t k = 0; k < n; ++k) {
      a[col][k] *= scale;
      out[col][k] *= scale;
    }
    for (size_t row = 0; row < n; ++row) {
      double factor = a[row][col];
      if (row == col || factor == 0) continue;
      for (size_t k = 0; k < n; ++k) {
        a[row][k] -= factor * a[col][k];
        out[row][k] -= factor * out[col][k];
      }
    }
  }
  return out;
}

}  // namespace

MarkovShares markov_shares(size_t channels, const std::vector<Transition>& transitions) {
  MarkovShares out;
  out.removal.resize(channels);
  std::vector<double> leaving(channels), first(channels), convert(channels);
  double starts = 0;
  for (const Transition& t : transitions) {
    (t.from == kMarkovStart ? starts : leaving[t.from]) += static_cast<double>(t.count);
  }
  if (starts == 0) return out;
  Matrix a(channels, std::vector<double>(channels));
  for (size_t i = 0; i < channels; ++i) a[i][i] = 1;
  for (const Transition& t : transitions) {
    auto count = static_cast<double>(t.count);
    if (t.from == kMarkovStart) {
      if (t.to < channels) first[t.to] += count / starts;
    } else if (t.to == kMarkovConversion) {
      convert[t.from] += count / leaving[t.from];
    } else if (t.to < channels) {
      a[t.from][t.to] -= count / leaving[t.from];
    }
  }
  Matrix visits = inverse(std::move(a));
  // Without channel c, what is lost are the conversions of those who ever come to c: the chance to
  // come there times the chance to convert from there.
  for (size_t c = 0; c < channels; ++c) {
    double expected = 0, converts = 0;
    for (size_t k = 0; k < channels; ++k) {
      expected += first[k] * visits[k][c];
      converts += visits[c][k] * convert[k];
    }
    out.removal[c] = expected / visits[c][c] * converts;
    out.probability += first[c] * converts;
  }
  for (double& removal : out.removal) removal = out.probability > 0 ? removal / out.probability : 0;
  return out;
}

std::vector<double> shapley_of_rate(size_t channels, const std::vector<SetCount>& sets) {
  size_t size = size_t{1} << channels;
  std::vector<double> rate(size), groups(size), converted(size);
  for (const SetCount& s : sets) {
    groups[s.set] += static_cast<double>(s.groups);
    converted[s.set] += static_cast<double>(s.converted);
  }
  // Sums over subsets, one channel at a time.
  for (size_t c = 0; c < channels; ++c) {
    for (size_t s = 0; s < size; ++s) {
      if ((s >> c & 1) == 0) continue;
      groups[s] += groups[s ^ size_t{1} << c];
      converted[s] += converted[s ^ size_t{1} << c];
    }
  }
  for (size_t s = 0; s < size; ++s) rate[s] = groups[s] > 0 ? converted[s] / groups[s] : 0;
  // Weight of a coalition of k others: k! (n−k−1)! / n!.
  std::vector<double> weight(channels);
  for (size_t k = 0; k < channels; ++k) {
    auto gamma = [](size_t x) { return std::lgamma(static_cast<double>(x) + 1); };
    weight[k] = std::exp(gamma(k) + gamma(channels - k - 1) - gamma(channels));
  }
  std::vector<double> out(channels);
  for (size_t c = 0; c < channels; ++c) {
    for (size_t s = 0; s < size; ++s) {
      if ((s >> c & 1) != 0) continue;
      out[c] +=
          weight[static_cast<size_t>(std::popcount(s))] * (rate[s | size_t{1} << c] - rate[s]);
    }
  }
  return out;
}

}  // namespace weir::columnar
