#pragma once
// Models of how often people will buy again and for how much (SEMANTICS CL2, CL3): BG/NBD (Fader,
// Hardie, Lee 2005) and Gamma-Gamma (Fader, Hardie 2013). Pure; times are in any one unit.

#include "base/result.h"

#include <atomic>
#include <cstdint>
#include <span>

namespace weir::analytics {

/// What is known of a buyer's repeat purchases.
struct PurchaseHistory {
  double repeats = 0;  // x
  double last = 0;     // t_x: time from the first purchase to the last
  double age = 0;      // T: time from the first purchase to now
};

/// A buyer buys at a rate from Gamma(r, alpha) until a purchase is the last one, each with a chance
/// from Beta(a, b).
struct BgNbd {
  double r = 1, alpha = 1, a = 1, b = 1;

  double log_likelihood(const PurchaseHistory& h) const;
  /// That the buyer will ever buy again.
  double alive(const PurchaseHistory& h) const;
  /// E[Y(t)]: purchases in the time t from now.
  double expected(const PurchaseHistory& h, double t) const;
  /// E[X(t)]: repeat purchases of a new buyer in the time t after the first.
  double expected_of_new(double t) const;
  /// That a new buyer has exactly n repeat purchases in the time t.
  double probability(int n, double t) const;
};

/// Purchases of a buyer are worth Gamma(p, ν) each, with ν from Gamma(q, v).
struct GammaGamma {
  double p = 1, q = 2, v = 1;

  /// Of a mean value `mean` > 0 over `repeats` > 0 purchases.
  double log_likelihood(double repeats, double mean) const;
  /// E[M]: mean value of a buyer's purchases. Needs q > 1; without repeats that of everybody.
  double expected(double repeats, double mean) const;
};

/// Equal observations counted together.
struct WeightedHistory {
  PurchaseHistory history;
  double weight = 1;
};
struct WeightedValue {
  double repeats = 0, mean = 0, weight = 1;
};

template <class Model>
struct Fitted {
  Model model;
  double log_likelihood = 0;
};

/// Maximum likelihood. FailedPrecondition: the data do not determine the model. Unavailable:
/// `cancelled` (may be null) became true. The same observations in the same order give the same
/// model.
Result<Fitted<BgNbd>> fit_bg_nbd(std::span<const WeightedHistory> data,
                                 const std::atomic<bool>* cancelled);
Result<Fitted<GammaGamma>> fit_gamma_gamma(std::span<const WeightedValue> data,
                                           const std::atomic<bool>* cancelled);

}  // namespace weir::analytics
