#include "model/facts.h"
#include "plays/plays.h"
#include "tests/support/fold_harness.h"

#include <gtest/gtest.h>

namespace weir::plays {
namespace {

using Outcome = CouponResult::Outcome;

/// Gives each record to the profile named in its "who" property.
class WhoFold : public Fold {
 public:
  std::string_view name() const override { return "who"; }
  Status load(const StateStore&) override { return {}; }
  void save(WriteBatch&) override {}
  void apply(Step& step, StepContext&) override {
    if (int64_t who = int_property(step.record.properties, "who", -1); who >= 0) {
      step.profile = ProfileOrdinal(static_cast<uint32_t>(who));
    }
  }
};

class CouponsTest : public ::testing::Test {
 protected:
  void define(std::string id, std::string body) {
    Envelope e;
    e.kind = RecordKind::Definition;
    e.name = std::move(id);
    e.properties = {{"body", JsonText{std::move(body)}}};
    harness.apply(e);
  }
  Outcome issue(uint32_t profile, std::string_view key, int per_person = 1,
                std::string_view budget = "") {
    CouponResult r =
        coupons.issue("t", ProfileOrdinal(profile), 0, budget, per_person, key, harness);
    last_id = r.coupon_id;
    harness.apply(Envelope{});  // folds what issuing emitted
    return r.outcome;
  }
  void order(int64_t payer, const std::string& coupon, Trust trust = Trust::Server) {
    Envelope e;
    e.trust = trust;
    e.name = facts::kOrderPaid;
    e.properties = {{"who", payer}, {"coupon_id", coupon}, {"order_id", std::string("o1")}};
    harness.apply(e);
  }

  WhoFold who;
  CouponFold coupons;
  weir::testing::FoldHarness harness{1'000'000, {&who, &coupons}};
  std::string last_id;
};

TEST_F(CouponsTest, IssuesUntilTheStockIsGone) {
  define("coupon_template/t", R"({"name":"T","stock":2,"value_fen":500,"valid":"P3D"})");
  EXPECT_EQ(issue(1, "k1"), Outcome::Ok);
  EXPECT_EQ(issue(2, "k2"), Outcome::Ok);
  EXPECT_EQ(issue(3, "k3"), Outcome::OutOfStock);
  EXPECT_EQ(harness.facts_named(facts::kCouponIssued).size(), 2u);
}

TEST_F(CouponsTest, TheSameEffectKeyGivesTheSameCoupon) {
  define("coupon_template/t", R"({"stock":9,"value_fen":500})");
  EXPECT_EQ(issue(1, "k1"), Outcome::Ok);
  std::string first = last_id;
  EXPECT_EQ(issue(1, "k1"), Outcome::Ok);
  EXPECT_EQ(last_id, first);
  EXPECT_EQ(coupons.templates().at(0).issued, 1);
}

TEST_F(CouponsTest, APersonGetsOneAndIsShownTheOneAlreadyHeld) {
  define("coupon_template/t", R"({"value_fen":500})");
  EXPECT_EQ(issue(1, "k1"), Outcome::Ok);
  std::string first = last_id;
  EXPECT_EQ(issue(1, "k2"), Outcome::AlreadyOwned);
  EXPECT_EQ(last_id, first);
}

TEST_F(CouponsTest, TheTemplateBudgetAndTheSharedBudgetAreNeverOverspent) {
  define("coupon_template/t", R"({"value_fen":500,"budget_fen":1200})");
  EXPECT_EQ(issue(1, "k1"), Outcome::Ok);
  EXPECT_EQ(issue(2, "k2"), Outcome::Ok);
  EXPECT_EQ(issue(3, "k3"), Outcome::BudgetExhausted);
  define("coupon_template/t", R"({"value_fen":500,"budget_fen":0})");
  define("coupon_budget/b", R"({"budget_fen":600})");
  EXPECT_EQ(issue(4, "k4", 1, "b"), Outcome::Ok);
  EXPECT_EQ(issue(5, "k5", 1, "b"), Outcome::BudgetExhausted);
}

TEST_F(CouponsTest, ExpiryGivesTheBudgetBackAndFreesThePerson) {
  define("coupon_template/t", R"({"value_fen":500,"budget_fen":500,"valid":"P1D"})");
  EXPECT_EQ(issue(1, "k1"), Outcome::Ok);
  harness.advance_by(kDayMs + 1);
  EXPECT_EQ(coupons.coupons_of(ProfileOrdinal(1)).at(0).state, "expired");
  EXPECT_EQ(coupons.templates().at(0).spent_fen, 0);
  EXPECT_EQ(issue(1, "k2"), Outcome::Ok);
}

TEST_F(CouponsTest, APaidOrderRedeemsOnceAndSaysSo) {
  define("coupon_template/t", R"({"value_fen":500})");
  issue(1, "k1");
  order(1, last_id);
  order(1, last_id);
  EXPECT_EQ(coupons.templates().at(0).redeemed, 1);
  EXPECT_EQ(harness.facts_named(facts::kCouponRedeemed).size(), 1u);
  EXPECT_EQ(coupons.templates().at(0).spent_fen, 500);
}

TEST_F(CouponsTest, PublicKeysAndOtherPeopleCannotRedeem) {
  define("coupon_template/t", R"({"value_fen":500})");
  issue(1, "k1");
  order(1, last_id, Trust::Public);
  order(2, last_id);
  EXPECT_EQ(coupons.templates().at(0).redeemed, 0);
  EXPECT_EQ(coupons.redemptions_refused(), 2u);
}

TEST_F(CouponsTest, AnOrderPaidInTimeCountsAfterTheTimerRan) {
  define("coupon_template/t", R"({"value_fen":500,"valid":"P1D"})");
  issue(1, "k1");
  TimeMs paid = harness.now() + kHourMs;
  harness.advance_by(2 * kDayMs);
  Envelope e;
  e.trust = Trust::Server;
  e.name = facts::kCouponRedeemed;
  e.event_time = paid;
  e.properties = {{"who", int64_t{1}}, {"coupon_id", last_id}};
  harness.apply(e);
  EXPECT_EQ(coupons.coupons_of(ProfileOrdinal(1)).at(0).state, "redeemed");
  EXPECT_EQ(coupons.templates().at(0).spent_fen, 500);
  EXPECT_EQ(coupons.templates().at(0).expired, 0);
}

TEST_F(CouponsTest, AMergeUnitesCouponsAndAnErasureForgetsThem) {
  define("coupon_template/t", R"({"value_fen":500})");
  issue(1, "k1");
  issue(2, "k2");
  harness.merged(ProfileOrdinal(2), ProfileOrdinal(1));
  EXPECT_EQ(coupons.coupons_of(ProfileOrdinal(1)).size(), 2u);
  EXPECT_EQ(issue(1, "k3"), Outcome::AlreadyOwned);
  harness.erased(ProfileOrdinal(1));
  EXPECT_TRUE(coupons.coupons_of(ProfileOrdinal(1)).empty());
  EXPECT_EQ(harness.timer_count(), 0u);
}

TEST_F(CouponsTest, AfterASplitACouponIsOfWhomItWasIssuedTo) {
  define("coupon_template/t", R"({"value_fen":500})");
  issue(1, "k1");
  issue(2, "k2");
  harness.merged(ProfileOrdinal(2), ProfileOrdinal(1));
  harness.split({ProfileOrdinal(1), ProfileOrdinal(2), {}, {ProfileOrdinal(2)}});
  EXPECT_EQ(coupons.coupons_of(ProfileOrdinal(1)).size(), 1u);
  EXPECT_EQ(coupons.coupons_of(ProfileOrdinal(2)).size(), 1u);
  EXPECT_EQ(issue(2, "k3"), Outcome::AlreadyOwned);
}

TEST_F(CouponsTest, ARestartKeepsTheLedger) {
  define("coupon_template/t", R"({"value_fen":500,"stock":1})");
  issue(1, "k1");
  weir::testing::MapStateStore store;
  harness.save(store);
  CouponFold again;
  ASSERT_TRUE(again.load(store).has_value());
  EXPECT_EQ(again.coupons_of(ProfileOrdinal(1)).size(), 1u);
  EXPECT_EQ(again.issue("t", ProfileOrdinal(2), 0, "", 1, "k2", harness).outcome,
            Outcome::OutOfStock);
}

TEST(CouponTemplate, ErrorsNameTheField) {
  EXPECT_EQ(check_coupon_template(R"({"stock":-1})").error().field, "stock");
  EXPECT_FALSE(check_coupon_template("[]").has_value());
}

}  // namespace
}  // namespace weir::plays
