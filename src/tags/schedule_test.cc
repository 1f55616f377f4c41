#include "tags/schedule.h"

#include <gtest/gtest.h>

namespace weir::tags {
namespace {

std::string next(std::string_view cron, std::string_view after) {
  Calendar calendar = Calendar::shanghai();
  auto schedule = Schedule::parse(cron);
  if (!schedule) return schedule.error().field;
  return format_utc(schedule->next_after(*parse_time(after, "Asia/Shanghai"), calendar));
}

TEST(ScheduleText, RunsAtTheNextInstantThatFits) {
  EXPECT_EQ(next("0 2 * * *", "2026-03-02T01:59:59"), "2026-03-01T18:00:00.000Z");
  EXPECT_EQ(next("0 2 * * *", "2026-03-02T02:00:00"), "2026-03-02T18:00:00.000Z");
  EXPECT_EQ(next("30 3 * * 0", "2026-03-02T00:00:00"), "2026-03-07T19:30:00.000Z");
  EXPECT_EQ(next("30 3 * * 7", "2026-03-02T00:00:00"), "2026-03-07T19:30:00.000Z");
  EXPECT_EQ(next("0 */6 1 1,7 *", "2026-03-02T00:00:00"), "2026-06-30T16:00:00.000Z");
  EXPECT_EQ(next("0 0 29 2 *", "2026-03-02T00:00:00"), "2028-02-28T16:00:00.000Z");
}

TEST(ScheduleText, AsInCronEitherOfTwoDayFieldsFits) {
  EXPECT_EQ(next("0 0 4 * 5", "2026-03-02T00:00:00"), "2026-03-03T16:00:00.000Z");
  EXPECT_EQ(next("0 0 20 * 5", "2026-03-02T00:00:00"), "2026-03-05T16:00:00.000Z");
}

TEST(ScheduleText, WhatIsNoScheduleIsRefused) {
  for (std::string_view bad :
       {"", "0 2 * *", "60 2 * * *", "0 2 * * 1-", "a 2 * * *", "0 5-2 * * *", "0 2 */0 * *"}) {
    EXPECT_EQ(next(bad, "2026-03-02T00:00:00"), "refresh.schedule") << bad;
  }
}

}  // namespace
}  // namespace weir::tags
