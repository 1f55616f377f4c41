// Maximum likelihood by BOBYQA of NLopt: no derivatives needed, parameters as logarithms.

#include "analytics/purchase_models.h"

#include <nlopt.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir::analytics {
namespace {

constexpr double kLogBound = 12;  // parameters between e^-12 and e^12
constexpr int kStepsMax = 3000;

struct Objective {
  std::function<double(const double* logs)> log_likelihood;
  const std::atomic<bool>* cancelled;
  nlopt_opt search;

  static double call(unsigned, const double* logs, double*, void* self) {
    const auto& own = *static_cast<const Objective*>(self);
    if (own.cancelled != nullptr && own.cancelled->load()) nlopt_force_stop(own.search);
    double value = own.log_likelihood(logs);
    return std::isfinite(value) ? value : -1e300;
  }
};

/// The logarithms of the parameters where the likelihood is largest, from all 1.
Result<std::vector<double>> maximise(unsigned parameters,
                                     std::function<double(const double*)> log_likelihood,
                                     const std::atomic<bool>* cancelled) {
  std::unique_ptr<nlopt_opt_s, decltype(&nlopt_destroy)> search(
      nlopt_create(NLOPT_LN_BOBYQA, parameters), nlopt_destroy);
  Objective objective{std::move(log_likelihood), cancelled, search.get()};
  nlopt_set_max_objective(search.get(), Objective::call, &objective);
  nlopt_set_lower_bounds1(search.get(), -kLogBound);
  nlopt_set_upper_bounds1(search.get(), kLogBound);
  nlopt_set_initial_step1(search.get(), 0.5);
  nlopt_set_xtol_abs1(search.get(), 1e-7);
  nlopt_set_maxeval(search.get(), kStepsMax);
  std::vector<double> logs(parameters, 0);
  double best = 0;
  nlopt_result how = nlopt_optimize(search.get(), logs.data(), &best);
  if (how == NLOPT_FORCED_STOP) return fail(ErrorCode::Unavailable, "the query was cancelled");
  bool settled = how > 0 ? how != NLOPT_MAXEVAL_REACHED : how == NLOPT_ROUNDOFF_LIMITED;
  if (!settled || best <= -1e299) {
    return fail(ErrorCode::FailedPrecondition,
                "the model of future purchases does not settle on these orders; ask for what "
                "people have spent so far with kind \"ltv\"");
  }
  return logs;
}

/// What the likelihood of a history takes of its number of repeats alone.
struct RepeatTerms {
  double common = 0, log_gone = 0;
};

std::vector<RepeatTerms> repeat_terms(const BgNbd& m, const std::vector<double>& repeats) {
  std::vector<RepeatTerms> out;
  double fixed =
      -std::lgamma(m.r) + m.r * std::log(m.alpha) + std::lgamma(m.a + m.b) - std::lgamma(m.b);
  for (double x : repeats) {
    double common =
        fixed + std::lgamma(m.r + x) + std::lgamma(m.b + x) - std::lgamma(m.a + m.b + x);
    out.push_back({common, x == 0 ? 0 : std::log(m.a / (m.b + x - 1))});
  }
  return out;
}

/// The histories with times scaled so that parameters are near 1, and repeats as places of a list.
struct ScaledHistories {
  struct One {
    size_t repeats;
    double last, age, weight;
  };
  std::vector<double> repeats;
  std::vector<One> all;

  ScaledHistories(std::span<const WeightedHistory> data, double unit) {
    for (const WeightedHistory& d : data) repeats.push_back(d.history.repeats);
    std::sort(repeats.begin(), repeats.end());
    repeats.erase(std::unique(repeats.begin(), repeats.end()), repeats.end());
    for (const WeightedHistory& d : data) {
      auto at = std::lower_bound(repeats.begin(), repeats.end(), d.history.repeats);
      all.push_back({static_cast<size_t>(at - repeats.begin()), d.history.last / unit,
                     d.history.age / unit, d.weight});
    }
  }

  double log_likelihood(const BgNbd& m) const {
    std::vector<RepeatTerms> terms = repeat_terms(m, repeats);
    double sum = 0;
    for (const One& one : all) {
      double x = repeats[one.repeats], log_age = std::log(m.alpha + one.age);
      double value = terms[one.repeats].common - (m.r + x) * log_age;
      if (x > 0) {
        double odds =
            terms[one.repeats].log_gone + (m.r + x) * (log_age - std::log(m.alpha + one.last));
        value += odds > 30 ? odds : std::log1p(std::exp(odds));
      }
      sum += one.weight * value;
    }
    return sum;
  }
};

}  // namespace

Result<Fitted<BgNbd>> fit_bg_nbd(std::span<const WeightedHistory> data,
                                 const std::atomic<bool>* cancelled) {
  double weight = 0, age = 0, repeats = 0;
  for (const WeightedHistory& d : data) {
    weight += d.weight;
    age += d.weight * d.history.age;
    repeats += d.weight * d.history.repeats;
  }
  if (age <= 0) {
    return fail(ErrorCode::FailedPrecondition,
                "everybody bought for the first time just now: there is no time to learn from");
  }
  double unit = age / weight;
  ScaledHistories scaled(data, unit);
  auto model_of = [](const double* logs) {
    return BgNbd{std::exp(logs[0]), std::exp(logs[1]), std::exp(logs[2]), std::exp(logs[3])};
  };
  WEIR_TRY(std::vector<double> logs,
           maximise(
               4, [&](const double* at) { return scaled.log_likelihood(model_of(at)) / weight; },
               cancelled));
  Fitted<BgNbd> out{model_of(logs.data())};
  // In the caller's unit a history is `unit` to the power of -x as likely.
  out.log_likelihood = scaled.log_likelihood(out.model) - repeats * std::log(unit);
  out.model.alpha *= unit;
  return out;
}

Result<Fitted<GammaGamma>> fit_gamma_gamma(std::span<const WeightedValue> data,
                                           const std::atomic<bool>* cancelled) {
  double weight = 0, value = 0;
  for (const WeightedValue& d : data) {
    weight += d.weight;
    value += d.weight * d.mean;
  }
  if (weight <= 0)
    return fail(ErrorCode::FailedPrecondition, "no repeat purchase is worth anything");
  double unit = value / weight;
  auto model_of = [](const double* logs) {
    return GammaGamma{std::exp(logs[0]), std::exp(logs[1]), std::exp(logs[2])};
  };
  auto log_likelihood = [&](const GammaGamma& m) {
    double sum = 0;
    for (const WeightedValue& d : data)
      sum += d.weight * m.log_likelihood(d.repeats, d.mean / unit);
    return sum;
  };
  WEIR_TRY(
      std::vector<double> logs,
      maximise(
          3, [&](const double* at) { return log_likelihood(model_of(at)) / weight; }, cancelled));
  Fitted<GammaGamma> out{model_of(logs.data())};
  out.log_likelihood = log_likelihood(out.model) - weight * std::log(unit);
  out.model.v *= unit;
  return out;
}

}  // namespace weir::analytics
