#include "base/time.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TimeMs at(std::string_view text) {
  return parse_time(text).value_or(-1);
}

TEST(DurationTest, ReadsWeeksToSeconds) {
  EXPECT_EQ(parse_duration("PT30M").value_or(-1), 30 * kMinuteMs);
  EXPECT_EQ(parse_duration("P3D").value_or(-1), 3 * kDayMs);
  EXPECT_EQ(parse_duration("P1DT12H").value_or(-1), 36 * kHourMs);
  EXPECT_EQ(parse_duration("P2W").value_or(-1), 14 * kDayMs);
  EXPECT_EQ(parse_duration("PT0S").value_or(-1), 0);
  EXPECT_EQ(parse_duration("PT1H1M1S").value_or(-1), kHourMs + kMinuteMs + kSecondMs);
}

TEST(DurationTest, RefusesWhatHasNoFixedLengthOrNoSense) {
  for (std::string_view text : {"", "P", "PT", "P1Y", "P1M", "1D", "P1H", "PT1D", "P-1D", "PT1",
                                "P1.5D", "PTM", "P9999D", "P1DT", "PT1HT1M", "P1DP1D", " P1D"}) {
    auto result = parse_duration(text);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(result.error().message.find("PT30M"), std::string::npos);
  }
}

TEST(TimeTest, ReadsTheFormsThatClientsSend) {
  EXPECT_EQ(at("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(at("2026-11-22T16:55:33.311Z"), 1795366533311);
  EXPECT_EQ(at("2026-11-23T00:55:33.311+08:00"), 1795366533311);
  EXPECT_EQ(at("2026-11-23T00:55:33.311+0800"), 1795366533311);
  EXPECT_EQ(at("2026-11-22 16:55:33"), 1795366533000);
  EXPECT_EQ(at("2026-11-22"), 1795305600000);
  EXPECT_EQ(parse_time("2026-11-23 00:55:33", "Asia/Shanghai").value_or(-1), 1795366533000);
  EXPECT_EQ(format_utc(1795366533311), "2026-11-22T16:55:33.311Z");
}

TEST(TimeTest, RefusesNonsense) {
  for (std::string_view text : {"", "now", "2026-13-01", "2026-02-30", "2026-11-22T25:00:00Z"}) {
    EXPECT_FALSE(parse_time(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_time("2026-11-22", "Mars/Olympus").has_value());
}

TEST(CalendarTest, KnowsTheLocalDate) {
  Calendar shanghai = Calendar::shanghai();
  TimeMs time = at("2026-03-01T16:30:00Z");
  EXPECT_EQ(shanghai.date_text(time), "2026-03-02");
  Calendar::Local local = shanghai.local(time);
  EXPECT_EQ(local.hour, 0);
  EXPECT_EQ(local.minute, 30);
  EXPECT_EQ(local.weekday, 1);  // a Monday
  EXPECT_EQ(shanghai.day_start(shanghai.day_number(time)), at("2026-03-01T16:00:00Z"));
  EXPECT_EQ(shanghai.parse_date("2026-03-02").value_or(-1), at("2026-03-01T16:00:00Z"));
  EXPECT_EQ(day_text(shanghai.day_number(time)), "2026-03-02");
  EXPECT_FALSE(shanghai.parse_date("2026-3-2").has_value());
  EXPECT_FALSE(Calendar::open("Asia/Atlantis").has_value());
}

TEST(CalendarTest, HandlesInstantsBefore1970) {
  Calendar utc = *Calendar::open("UTC");
  EXPECT_EQ(utc.day_number(-1), -1);
  EXPECT_EQ(utc.date_text(-1), "1969-12-31");
  EXPECT_EQ(utc.local(-1).millisecond, 999);
}

// New York, 2026-03-08: 02:00 becomes 03:00.
TEST(CalendarTest, TakesTheFirstInstantAfterAGap) {
  Calendar york = *Calendar::open("America/New_York");
  int32_t day = york.day_number(at("2026-03-08T12:00:00Z"));
  EXPECT_EQ(york.at(day, 2 * 60 + 30), at("2026-03-08T07:00:00Z"));
  EXPECT_EQ(york.at(day, 3 * 60), at("2026-03-08T07:00:00Z"));
  EXPECT_EQ(york.at(day, 60), at("2026-03-08T06:00:00Z"));
  EXPECT_EQ(york.day_start(day + 1) - york.day_start(day), 23 * kHourMs);
}

// New York, 2026-11-01: 02:00 becomes 01:00.
TEST(CalendarTest, TakesTheFirstOfTwoInAnOverlap) {
  Calendar york = *Calendar::open("America/New_York");
  int32_t day = york.day_number(at("2026-11-01T12:00:00Z"));
  EXPECT_EQ(york.at(day, 60 + 30), at("2026-11-01T05:30:00Z"));
  EXPECT_EQ(york.at(day, 2 * 60), at("2026-11-01T07:00:00Z"));
  EXPECT_EQ(york.day_start(day + 1) - york.day_start(day), 25 * kHourMs);
}

// Sao Paulo, 2018-11-04: midnight itself does not exist.
TEST(CalendarTest, StartsADayThatHasNoMidnight) {
  Calendar paulo = *Calendar::open("America/Sao_Paulo");
  auto start = paulo.parse_date("2018-11-04");
  ASSERT_TRUE(start.has_value());
  EXPECT_EQ(*start, at("2018-11-04T03:00:00Z"));
  EXPECT_EQ(paulo.local(*start).hour, 1);
  EXPECT_EQ(paulo.day_number(*start - 1) + 1, paulo.day_number(*start));
}

}  // namespace
}  // namespace weir
