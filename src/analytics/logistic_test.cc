#include "analytics/logistic.h"

#include <gtest/gtest.h>

#include <cmath>

namespace weir::analytics {
namespace {

/// Stays as long as the test.
std::span<const uint32_t> all(size_t n) {
  static const std::vector<uint32_t> numbers = {0, 1, 2, 3, 4, 5};
  return std::span(numbers).first(n);
}

TEST(Logistic, FindsWhereTheGradientVanishes) {
  std::vector<float> rows = {1, 0, 2, 1, 0, 1, 3, 2, 1, 3, 0, 0};
  std::vector<uint8_t> ones = {1, 1, 0, 1, 0, 0};
  auto fit = fit_logistic({2, rows, ones, all(6)}, 1, nullptr);
  ASSERT_TRUE(fit);
  double g[3] = {fit->weight[0], fit->weight[1], 0};
  for (size_t i = 0; i < ones.size(); ++i) {
    std::span<const float> row(rows.data() + 2 * i, 2);
    double p = 1 / (1 + std::exp(-fit->score(row)));
    g[0] += (p - ones[i]) * row[0];
    g[1] += (p - ones[i]) * row[1];
    g[2] += p - ones[i];
  }
  for (double value : g) EXPECT_NEAR(value, 0, 1e-4);
  EXPECT_GT(fit->weight[0], 0);
  EXPECT_LT(fit->weight[1], 0);
}

TEST(Logistic, AHeavierRidgeHoldsTheWeightsSmaller) {
  std::vector<float> rows = {-1, -2, -1, 1, 2, 1};
  std::vector<uint8_t> ones = {0, 0, 0, 1, 1, 1};
  auto light = fit_logistic({1, rows, ones, all(6)}, 0.1, nullptr);
  auto heavy = fit_logistic({1, rows, ones, all(6)}, 10, nullptr);
  ASSERT_TRUE(light && heavy);
  EXPECT_GT(light->weight[0], heavy->weight[0]);
  EXPECT_GT(heavy->weight[0], 0);
}

TEST(Logistic, CountsPairsInTheRightOrderAndTiesHalf) {
  std::vector<double> scores = {1, 2, 2, 3};
  std::vector<uint8_t> ones = {0, 1, 0, 1};
  EXPECT_DOUBLE_EQ(*area_under_curve(scores, ones), (1 + 0.5 + 1 + 1) / 4.0);
  EXPECT_FALSE(area_under_curve(scores, std::vector<uint8_t>{1, 1, 1, 1}));
}

}  // namespace
}  // namespace weir::analytics
