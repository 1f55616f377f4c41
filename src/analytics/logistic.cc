#include "analytics/logistic.h"

#include <nlopt.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

namespace weir::analytics {
namespace {

constexpr int kStepsMax = 500;

struct Objective {
  const LabelledRows& data;
  double ridge;
  const std::atomic<bool>* cancelled;
  nlopt_opt search;

  /// `x` is the weights, then the intercept.
  double value(const double* x, double* gradient) const {
    size_t n = data.width;
    double loss = 0;
    if (gradient != nullptr) std::fill(gradient, gradient + n + 1, 0.0);
    for (uint32_t i : data.used) {
      const float* row = data.rows.data() + i * n;
      double score = std::inner_product(x, x + n, row, x[n]);
      double sign = data.is_one[i] != 0 ? 1 : -1, margin = sign * score;
      loss += margin > 0 ? std::log1p(std::exp(-margin)) : std::log1p(std::exp(margin)) - margin;
      if (gradient == nullptr) continue;
      double pull = -sign / (1 + std::exp(margin));
      for (size_t f = 0; f < n; ++f) gradient[f] += pull * row[f];
      gradient[n] += pull;
    }
    for (size_t f = 0; f < n; ++f) {
      loss += ridge / 2 * x[f] * x[f];
      if (gradient != nullptr) gradient[f] += ridge * x[f];
    }
    return loss;
  }
  static double call(unsigned, const double* x, double* gradient, void* self) {
    const auto& own = *static_cast<const Objective*>(self);
    if (own.cancelled != nullptr && own.cancelled->load()) nlopt_force_stop(own.search);
    return own.value(x, gradient);
  }
};

}  // namespace

double LogisticFit::score(std::span<const float> row) const {
  return std::inner_product(weight.begin(), weight.end(), row.begin(), intercept);
}

Result<LogisticFit> fit_logistic(const LabelledRows& data, double ridge,
                                 const std::atomic<bool>* cancelled) {
  auto unknowns = static_cast<unsigned>(data.width + 1);
  std::unique_ptr<nlopt_opt_s, decltype(&nlopt_destroy)> search(
      nlopt_create(NLOPT_LD_LBFGS, unknowns), nlopt_destroy);
  Objective objective{data, ridge, cancelled, search.get()};
  nlopt_set_min_objective(search.get(), Objective::call, &objective);
  nlopt_set_ftol_rel(search.get(), 1e-10);
  nlopt_set_maxeval(search.get(), kStepsMax);
  std::vector<double> x(unknowns, 0);
  double least = 0;
  nlopt_result how = nlopt_optimize(search.get(), x.data(), &least);
  if (how == NLOPT_FORCED_STOP) return fail(ErrorCode::Unavailable, "the query was cancelled");
  // The sum is convex and smooth: short of a cancelled search there is no bad end.
  LogisticFit out;
  out.intercept = x.back();
  x.pop_back();
  out.weight = std::move(x);
  return out;
}

std::optional<double> area_under_curve(std::span<const double> scores,
                                       std::span<const uint8_t> is_one) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] < scores[b]; });
  double ones = 0, zeros = 0, above = 0;
  for (size_t i = 0; i < order.size();) {
    double one = 0, zero = 0;  // of equal scores
    size_t end = i;
    for (; end < order.size() && scores[order[end]] == scores[order[i]]; ++end)
      (is_one[order[end]] != 0 ? one : zero) += 1;
    above += one * (zeros + zero / 2);
    ones += one;
    zeros += zero;
    i = end;
  }
  if (ones == 0 || zeros == 0) return std::nullopt;
  return above / (ones * zeros);
}

}  // namespace weir::analytics
