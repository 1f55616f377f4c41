// The vectors of SEMANTICS CL2–CL4 and what the formulas must add up to.

#include "analytics/clv_scores.h"

#include <gtest/gtest.h>

#include <cmath>

namespace weir::analytics {
namespace {

const BgNbd kCdnow{0.243, 4.414, 0.793, 2.426};  // weeks
const GammaGamma kCdnowValue{6.25, 3.74, 15.44};
const PurchaseHistory kTwice{2, 30.43, 38.86}, kNever{0, 0, 38.86};

TEST(PurchaseModels, VectorsOfCL2) {
  EXPECT_NEAR(kCdnow.log_likelihood(kTwice), -9.4586, 1e-4);
  EXPECT_NEAR(kCdnow.alive(kTwice), 0.7266, 1e-4);
  EXPECT_NEAR(kCdnow.expected(kTwice, 39), 1.2260, 1e-4);
  EXPECT_NEAR(kCdnow.log_likelihood(kNever), -0.5547, 1e-4);
  EXPECT_EQ(kCdnow.alive(kNever), 1);
  EXPECT_NEAR(kCdnow.expected(kNever, 39), 0.1951, 1e-4);
}

TEST(PurchaseModels, VectorsOfCL3) {
  EXPECT_NEAR(kCdnowValue.expected(0, 0), 35.219, 1e-3);
  EXPECT_NEAR(kCdnowValue.expected(2, 25), 26.837, 1e-3);
  EXPECT_NEAR(kCdnowValue.expected(1, 52.54), 47.261, 1e-3);
}

TEST(PurchaseModels, VectorOfCL4) {
  ClvModels models;
  models.purchases.model = kCdnow;
  models.value.model = kCdnowValue;
  ClvOptions options;
  options.unit_days = 7;  // a month is 30/7 weeks
  std::vector<ClvBuyer> buyers{{kTwice, 25}};
  auto scores = score(buyers, models, options, nullptr);
  ASSERT_TRUE(scores);
  EXPECT_NEAR((*scores)[0].clv, 39.04, 0.005);
  options.margin = 0.5;
  EXPECT_NEAR((*score(buyers, models, options, nullptr))[0].clv, 19.52, 0.005);
}

TEST(PurchaseModels, ProbabilitiesOfANewBuyerAddUpToTheirExpectation) {
  for (double t : {0.5, 5.0, 39.0}) {
    double sum = 0, mean = 0;
    for (int n = 0; n < 400; ++n) {
      double share = kCdnow.probability(n, t);
      sum += share;
      mean += n * share;
    }
    EXPECT_NEAR(sum, 1, 1e-9) << t;
    EXPECT_NEAR(mean, kCdnow.expected_of_new(t), 1e-6) << t;
  }
  EXPECT_EQ(kCdnow.probability(0, 0), 1);
  EXPECT_EQ(kCdnow.probability(3, 0), 0);
}

TEST(PurchaseModels, ExpectationsAreContinuousWhereTheFormulaDividesByZero) {
  BgNbd below = kCdnow, at = kCdnow, above = kCdnow;
  below.a = 1 - 1e-5;
  at.a = 1;
  above.a = 1 + 1e-5;
  double middle = (below.expected(kTwice, 39) + above.expected(kTwice, 39)) / 2;
  EXPECT_NEAR(at.expected(kTwice, 39), middle, 1e-5);
}

TEST(PurchaseModels, LongHorizonsAndManyPurchasesStayFinite) {
  double before = 0;
  for (double t : {1.0, 100.0, 10'000.0, 1'000'000.0}) {
    double now = kCdnow.expected(kNever, t);
    EXPECT_GT(now, before) << t;
    EXPECT_TRUE(std::isfinite(now)) << t;
    before = now;
  }
  EXPECT_TRUE(std::isfinite(kCdnow.expected({800, 38, 38.86}, 52)));
  EXPECT_NEAR(kCdnow.alive({800, 1, 38.86}), 0, 1e-12) << "bought daily, then stopped";
}

TEST(PurchaseModels, EqualScoresShareAGroup) {
  std::vector<ClvScore> scores(10);
  for (size_t i = 0; i < scores.size(); ++i) scores[i].clv = i < 4 ? 1 : static_cast<double>(i);
  // 9 8 7 6 5 4, then four equal ones with six better.
  EXPECT_EQ(value_groups(scores, 5), (std::vector<int>{4, 4, 4, 4, 3, 3, 2, 2, 1, 1}));
}

TEST(PurchaseModels, TooFewBuyersAreRefused) {
  std::vector<ClvBuyer> buyers(499, ClvBuyer{kTwice, 25});
  auto models = fit_models(buyers, nullptr);
  ASSERT_FALSE(models);
  EXPECT_EQ(models.error().code, ErrorCode::FailedPrecondition);
  EXPECT_NE(models.error().message.find("499"), std::string::npos) << models.error().message;
  buyers.assign(600, ClvBuyer{kNever, 0});
  EXPECT_FALSE(fit_models(buyers, nullptr)) << "nobody came back";
}

TEST(PurchaseModels, AFitCanBeCancelled) {
  std::atomic<bool> cancelled{true};
  std::vector<WeightedHistory> data{{kTwice, 300}, {kNever, 700}};
  auto fitted = fit_bg_nbd(data, &cancelled);
  ASSERT_FALSE(fitted);
  EXPECT_EQ(fitted.error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace weir::analytics
