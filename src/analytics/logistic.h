#pragma once
// Logistic regression with a ridge (SG9): how like the one kind of rows another row is.

#include "base/result.h"

#include <atomic>
#include <optional>
#include <span>
#include <vector>

namespace weir::analytics {

/// Rows of `width` numbers, one after the other, which kind each is, and which of them to fit to.
struct LabelledRows {
  size_t width = 0;
  std::span<const float> rows;
  std::span<const uint8_t> is_one;  // 0 or 1
  std::span<const uint32_t> used;   // rows
};

struct LogisticFit {
  std::vector<double> weight;
  double intercept = 0;
  double score(std::span<const float> row) const;
};

/// Minimises Σ log(1 + e^−margin) + ridge/2 · |weight|²; the intercept is free. The same rows give
/// the same fit. Unavailable: cancelled.
Result<LogisticFit> fit_logistic(const LabelledRows& data, double ridge,
                                 const std::atomic<bool>* cancelled);

/// The chance that a one scores above a zero, ties half; nullopt without one of each.
std::optional<double> area_under_curve(std::span<const double> scores,
                                       std::span<const uint8_t> is_one);

}  // namespace weir::analytics
