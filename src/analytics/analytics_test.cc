#include "analytics/formula.h"
#include "analytics/parse.h"
#include "analytics/range.h"

#include <gtest/gtest.h>

namespace weir::analytics {
namespace {

const std::vector<std::string> kNames = {"A", "B", "total_2"};

std::optional<double> evaluate(std::string_view text, std::vector<std::optional<double>> values) {
  auto formula = Formula::parse(text, kNames);
  EXPECT_TRUE(formula) << text;
  return formula ? formula->evaluate([&](size_t i) { return values[i]; }) : std::nullopt;
}

TEST(Formula, FollowsTheUsualPrecedence) {
  EXPECT_EQ(evaluate("A+B*2", {1, 2, 0}), 5);
  EXPECT_EQ(evaluate("(A+B)*2", {1, 2, 0}), 6);
  EXPECT_EQ(evaluate("-A - -B", {1, 2, 0}), 1);
  EXPECT_EQ(evaluate(" total_2 / 0.5 ", {1, 2, 3}), 6);
  EXPECT_EQ(evaluate("8/2/2", {0, 0, 0}), 2);
}

TEST(Formula, NullSpreadsAndDivisionByZeroIsNull) {
  EXPECT_EQ(evaluate("A+B", {1, std::nullopt, 0}), std::nullopt);
  EXPECT_EQ(evaluate("A/B", {1, 0, 0}), std::nullopt);
  EXPECT_EQ(evaluate("1+A/B", {1, 0, 0}), std::nullopt);
}

TEST(Formula, SaysWhereItStopsMakingSense) {
  for (std::string_view text : {"", "A+", "(A", "A B", "A**B", "C", "A;B"}) {
    auto formula = Formula::parse(text, kNames);
    ASSERT_FALSE(formula) << text;
    EXPECT_EQ(formula.error().code, ErrorCode::InvalidArgument);
  }
  EXPECT_FALSE(Formula::parse(std::string(100, '('), kNames));
}

class RangeTest : public ::testing::Test {
 protected:
  /// "from..to" in local dates, or in milliseconds before now for rolling ranges.
  std::string range(std::string_view text) {
    auto parsed = json::parse(text);
    auto r = parse_range(&*parsed, now_, WeekStart::Monday, calendar_);
    if (!r) return r.error().field;
    bool dates = calendar_.day_start(calendar_.day_number(r->from)) == r->from;
    if (!dates) return std::to_string(r->from - now_) + ".." + std::to_string(r->to - now_);
    return calendar_.date_text(r->from) + ".." + calendar_.date_text(r->to);
  }
  Calendar calendar_ = Calendar::shanghai();
  TimeMs now_ = *parse_time("2026-03-11T15:00:00+08:00");  // a Wednesday
};

TEST_F(RangeTest, DatesAreInclusive) {
  EXPECT_EQ(range(R"({"from":"2026-03-02","to":"2026-03-08"})"), "2026-03-02..2026-03-09");
  EXPECT_EQ(range(R"({"from":"2026-03-02","to":"2026-03-02"})"), "2026-03-02..2026-03-03");
}
TEST_F(RangeTest, LastIncludesTodayAndPastEndsYesterday) {
  EXPECT_EQ(range(R"({"last":7,"unit":"day"})"), "2026-03-05..2026-03-12");
  EXPECT_EQ(range(R"({"past":7,"unit":"day"})"), "2026-03-04..2026-03-11");
  EXPECT_EQ(range(R"({"last":1,"unit":"day"})"), "2026-03-11..2026-03-12");
  EXPECT_EQ(range(R"({"last":2,"unit":"week"})"), "2026-03-02..2026-03-12");
  EXPECT_EQ(range(R"({"past":1,"unit":"week"})"), "2026-03-02..2026-03-09");
  EXPECT_EQ(range(R"({"last":3,"unit":"month"})"), "2026-01-01..2026-03-12");
  EXPECT_EQ(range(R"({"past":1,"unit":"month"})"), "2026-02-01..2026-03-01");
}
TEST_F(RangeTest, HoursRoll) {
  EXPECT_EQ(range(R"({"last":2,"unit":"hour"})"), std::to_string(1 - 2 * kHourMs) + "..1");
}
TEST_F(RangeTest, ErrorsNameTheField) {
  EXPECT_EQ(range(R"({"from":"2026-03-02"})"), "range.to");
  EXPECT_EQ(range(R"({"from":"yesterday","to":"2026-03-02"})"), "range.from");
  EXPECT_EQ(range(R"({"last":0})"), "range.last");
  EXPECT_EQ(range(R"({"last":1,"unit":"year"})"), "range.unit");
}
TEST_F(RangeTest, ComparesWithTheDaysBeforeOrTheYearBefore) {
  QueryRange week{*calendar_.parse_date("2026-03-02"), *calendar_.parse_date("2026-03-09")};
  QueryRange before = previous_range(week, calendar_), year = year_ago(week, calendar_);
  EXPECT_EQ(calendar_.date_text(before.from), "2026-02-23");
  EXPECT_EQ(before.to, week.from);
  EXPECT_EQ(calendar_.date_text(year.from), "2025-03-02");
  QueryRange leap{*calendar_.parse_date("2028-02-29"), *calendar_.parse_date("2028-03-01")};
  EXPECT_EQ(calendar_.date_text(year_ago(leap, calendar_).from), "2027-02-28");
}

TEST(ParseTimeline, CursorsRoundTripAndBadOnesAreRefused) {
  auto parse = [](const std::string& before) {
    auto v = json::parse(R"({"kind":"timeline","profile_id":"p3","before":")" + before + "\"}");
    return parse_timeline(v->as_object());
  };
  TimelineCursor cursor{-5, 12, 3};
  EXPECT_EQ(parse(cursor_text(cursor))->before, cursor);
  for (const char* bad : {"x", "1-2", "1-2-", "1-2-3-4", "1--2-3"}) {
    auto q = parse(bad);
    ASSERT_FALSE(q) << bad;
    EXPECT_EQ(q.error().field, "before");
  }
}

}  // namespace
}  // namespace weir::analytics
