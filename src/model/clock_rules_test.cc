#include "model/clock_rules.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr TimeMs kNow = 1'795'366'537'000;

Envelope record(TimeMs event_time, TimeMs sent_time = 0) {
  Envelope e;
  e.event_time = event_time;
  e.sent_time = sent_time;
  return e;
}

TEST(ClockRules, ASmallSkewIsLeftAlone) {
  Envelope e = record(kNow - 70'000, kNow - 60'000);
  ASSERT_TRUE(apply_clock_rules(e, kNow));
  EXPECT_EQ(e.event_time, kNow - 70'000);
  EXPECT_EQ(e.received_time, kNow);
  EXPECT_FALSE(e.time_fixed);
}

TEST(ClockRules, ALargerSkewMovesTheEventBothWays) {
  Envelope behind = record(kNow - kDayMs - 5'000, kNow - kDayMs);
  ASSERT_TRUE(apply_clock_rules(behind, kNow));
  EXPECT_EQ(behind.event_time, kNow - 5'000);
  Envelope ahead = record(kNow + kDayMs - 5'000, kNow + kDayMs);
  ASSERT_TRUE(apply_clock_rules(ahead, kNow));
  EXPECT_EQ(ahead.event_time, kNow - 5'000);
  EXPECT_FALSE(ahead.time_fixed);
}

TEST(ClockRules, ATimeMoreThanAnHourAheadBecomesNow) {
  Envelope at_limit = record(kNow + kHourMs);
  ASSERT_TRUE(apply_clock_rules(at_limit, kNow));
  EXPECT_EQ(at_limit.event_time, kNow + kHourMs);
  Envelope beyond = record(kNow + kHourMs + 1);
  ASSERT_TRUE(apply_clock_rules(beyond, kNow));
  EXPECT_EQ(beyond.event_time, kNow);
  EXPECT_TRUE(beyond.time_fixed);
}

TEST(ClockRules, AnEventOlderThanAYearIsRefusedUnlessHistorical) {
  Envelope old = record(kNow - 365 * kDayMs - 1);
  auto refused = apply_clock_rules(old, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "event_time");
  EXPECT_EQ(old.received_time, 0);
  old.historical = true;
  ASSERT_TRUE(apply_clock_rules(old, kNow));
  EXPECT_EQ(old.event_time, kNow - 365 * kDayMs - 1);
}

TEST(ClockRules, AMissingTimeIsNowAndASecondPassChangesNothing) {
  Envelope e = record(0, kNow - kDayMs);
  ASSERT_TRUE(apply_clock_rules(e, kNow));
  EXPECT_EQ(e.event_time, kNow);
  Envelope once = e;
  ASSERT_TRUE(apply_clock_rules(e, kNow + kDayMs));
  EXPECT_EQ(e, once);
}

TEST(ClockRules, HostileTimesNeverOverflow) {
  for (TimeMs hostile : {INT64_MIN, INT64_MAX, INT64_MIN + 1, INT64_MAX / 2}) {
    Envelope e = record(hostile, hostile);
    if (apply_clock_rules(e, kNow)) {
      EXPECT_EQ(e.event_time, kNow);
      EXPECT_TRUE(e.time_fixed);
    }
    Envelope sent = record(kNow, hostile);
    ASSERT_TRUE(apply_clock_rules(sent, kNow));
    EXPECT_EQ(sent.event_time, kNow);
  }
}

}  // namespace
}  // namespace weir
