#include "messaging/quiet_hours.h"

#include <gtest/gtest.h>

namespace weir::messaging {
namespace {

const Calendar kCalendar = Calendar::shanghai();
constexpr ClosedHours kNight{22 * 60, 8 * 60};
constexpr ClosedHours kNone{};

TimeMs at(std::string_view text) {
  return *parse_time(text, "Asia/Shanghai");
}

TEST(QuietHours, TheStartIsInsideAndTheEndIsOutside) {
  EXPECT_EQ(next_open(at("2026-03-02 21:59:59"), kNight, kNone, kCalendar, 0, "k"),
            at("2026-03-02 21:59:59"));
  EXPECT_EQ(next_open(at("2026-03-02 22:00"), kNight, kNone, kCalendar, 0, "k"),
            at("2026-03-03 08:00"));
  EXPECT_EQ(next_open(at("2026-03-03 07:59:59"), kNight, kNone, kCalendar, 0, "k"),
            at("2026-03-03 08:00"));
  EXPECT_EQ(next_open(at("2026-03-03 08:00"), kNight, kNone, kCalendar, 0, "k"),
            at("2026-03-03 08:00"));
}

TEST(QuietHours, TheJitterComesFromTheKeyAndStaysBelowItsBound) {
  for (std::string key : {"a", "b", "c", "d"}) {
    TimeMs first = next_open(at("2026-03-02 23:00"), kNight, kNone, kCalendar, 30 * kMinuteMs, key);
    EXPECT_EQ(first,
              next_open(at("2026-03-03 01:00"), kNight, kNone, kCalendar, 30 * kMinuteMs, key));
    EXPECT_GE(first, at("2026-03-03 08:00"));
    EXPECT_LT(first, at("2026-03-03 08:30"));
  }
}

TEST(QuietHours, TheSmsWallHoldsOutsideTheJourneysQuietHours) {
  constexpr ClosedHours kWall{21 * 60, 8 * 60};
  EXPECT_EQ(next_open(at("2026-03-05 21:50"), kNight, kWall, kCalendar, 0, "k"),
            at("2026-03-06 08:00"));
  EXPECT_EQ(next_open(at("2026-03-05 20:59"), kNight, kWall, kCalendar, 0, "k"),
            at("2026-03-05 20:59"));
}

TEST(QuietHours, QuietHoursInsideOneDay) {
  constexpr ClosedHours kNoon{12 * 60, 14 * 60};
  EXPECT_EQ(next_open(at("2026-03-02 13:00"), kNoon, kNone, kCalendar, 0, "k"),
            at("2026-03-02 14:00"));
  EXPECT_EQ(next_open(at("2026-03-02 14:00"), kNoon, kNone, kCalendar, 0, "k"),
            at("2026-03-02 14:00"));
}

}  // namespace
}  // namespace weir::messaging
