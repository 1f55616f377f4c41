#pragma once
// From buyers' purchases to models, and from models to what each buyer will be worth (CL2–CL5).

#include "analytics/purchase_models.h"
#include "model/ids.h"
#include "ports/answers_value.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace weir::analytics {

// CL5: fewer say nothing about others.
inline constexpr uint64_t kClvBuyersMin = 500, kClvRepeatersMin = 100;
inline constexpr double kClvMonthDays = 30;

struct ClvOptions {
  double period_days = 1;  // of a period of PurchasesAnswer
  double unit_days = 1;    // of the models' time
  int months = 12;         // of 30 days
  double discount = 0.01;  // a month
  double margin = 1;

  double in_units(double periods) const { return periods * period_days / unit_days; }
  double month() const { return kClvMonthDays / unit_days; }
};

struct ClvModels {
  Fitted<BgNbd> purchases;
  Fitted<GammaGamma> value;
  uint64_t buyers = 0, repeaters = 0;  // with a purchase; with a repeat
  uint64_t fitted_to = 0;              // of the buyers
  std::optional<double> correlation;   // of number and mean value of repeats (CL3)
};

/// A buyer as the models see them.
struct ClvBuyer {
  PurchaseHistory history;
  double mean = 0;  // of repeats; 0 without
};

/// At the end of the data; at the cut, nullopt when the first purchase came later.
ClvBuyer buyer_at_end(const PurchasesAnswer::Buyer& buyer, int32_t end, const ClvOptions& options);
std::optional<ClvBuyer> buyer_at_cut(const PurchasesAnswer::Buyer& buyer, int32_t cut,
                                     const ClvOptions& options);

/// FailedPrecondition: too few (CL5), or values without a mean (q ≤ 1).
Result<ClvModels> fit_models(std::span<const ClvBuyer> buyers, const std::atomic<bool>* cancelled);

struct ClvScore {
  double alive = 0;
  double purchases = 0;  // expected within the horizon
  double value = 0;      // expected of one purchase, before margin
  double clv = 0;        // discounted, with margin (CL4)
};

/// One score per buyer. Unavailable: cancelled.
Result<std::vector<ClvScore>> score(std::span<const ClvBuyer> buyers, const ClvModels& models,
                                    const ClvOptions& options, const std::atomic<bool>* cancelled);

/// Group 1…`groups` of each score, the best first: 1 + ⌊groups · those strictly better / all⌋, so
/// that equal scores share one.
std::vector<int> value_groups(std::span<const ClvScore> scores, int groups);

}  // namespace weir::analytics
