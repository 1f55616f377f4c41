// Journeys that begin when somebody leaves a segment: who became part of another person did not.

#include "journey/journey.h"
#include "model/facts.h"
#include "tests/support/fold_harness.h"
#include "tests/support/small_world.h"

#include <gtest/gtest.h>

namespace weir::journey {
namespace {

constexpr TimeMs kMonday = 1772380800000;  // 2026-03-02 00:00 in Shanghai

struct NoCoupons : CouponIssuer {
  CouponResult issue(std::string_view, ProfileOrdinal, DurationMs, std::string_view, int,
                     std::string_view, StepContext&) override {
    return {};
  }
};
struct NoSends : SendPlanner {
  void plan(const SendRequest&, StepContext&) override {}
  void cancel(std::string_view, StepContext&) override {}
};

struct Fixture : ::testing::Test {
  Fixture() {
    journeys.connect(sends);
    Envelope e;
    e.kind = RecordKind::Definition;
    e.name = "journey/back";
    e.properties = {{"body", JsonText{R"({"schema":"weir.journey/1","id":"back","version":1,
        "name":"back","subject":"person","trigger":{"type":"segment_exit","segment":"vip"},
        "entry":{"limit":{"mode":"unlimited"},"concurrency":9,"purpose":"marketing"},
        "start":"w","nodes":{"w":{"type":"wait","for":"P1D","on":{"done":"x"}},
        "x":{"type":"exit","reason":"end"}}})"}}};
    harness.apply(std::move(e));
    EXPECT_EQ(journeys.list().size(), 1u);
    Envelope live;
    live.kind = RecordKind::Definition;
    live.name = "journey_state/back";
    live.properties = {{"body", JsonText{R"({"state":"live"})"}}};
    harness.apply(std::move(live));
  }
  void left(std::string reason, int64_t profile) {
    Envelope e;
    e.name = facts::kSegmentLeft;
    e.identities = {{IdentityKind::UserId, "", "u"}};
    e.properties = {
        {"segment", std::string("vip")}, {"reason", std::move(reason)}, {"profile", profile}};
    harness.apply(std::move(e));
    harness.advance_by(1000);
  }
  int64_t entered() const { return journeys.list().front().entered; }

  testing::SmallWorld world;
  NoCoupons coupons;
  NoSends sends;
  JourneyFold journeys{{}, {&world, nullptr, nullptr, &world}, coupons};
  testing::FoldHarness harness{kMonday + 10 * kHourMs, {&world, &journeys}};
};

TEST_F(Fixture, LeavingASegmentBeginsTheJourneyAndBecomingSomebodyElseDoesNot) {
  left("merge", 7);
  EXPECT_EQ(entered(), 0);
  left("event", 0);
  EXPECT_EQ(entered(), 1);
  left("merge", 0);  // the person themselves, whom the merge took out of it
  EXPECT_EQ(entered(), 2);
}

}  // namespace
}  // namespace weir::journey
