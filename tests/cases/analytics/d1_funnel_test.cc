// The funnel variant table of SEMANTICS §2 over D1, row by row, from the head and from parts.

#include "tests/support/d1.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::BehaviourWorld;
using Counts = std::vector<int64_t>;

enum class Where { Head, Parts, Both };

class D1Funnel : public ::testing::TestWithParam<Where> {
 protected:
  D1Funnel() : world_(testing::shanghai_time("2026-03-20T00:00:00")) {
    size_t n = 0;
    for (const testing::D1Event& e : testing::d1_events()) {
      testing::post_d1(world_, e);
      // Both: every third row seals, so people are spread over many parts and the head.
      if (GetParam() == Where::Both && ++n % 3 == 0) {
        EXPECT_TRUE(world_.checkpoint());
      }
    }
    if (GetParam() == Where::Parts) {
      EXPECT_TRUE(world_.checkpoint());
    }
  }

  json::value ask(std::string_view extra) {
    std::string query = R"({"kind":"funnel","range":{"from":"2026-03-02","to":"2026-03-08"},
        "steps":[{"event":"view"},{"event":"cart"},{"event":"pay"}])" +
                        std::string(extra) + "}";
    auto answer = world_.ask(query);
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : json::value(json::object{{"steps", json::array()}});
  }
  Counts counts(std::string_view extra) { return testing::step_counts(ask(extra)); }

  BehaviourWorld world_;
};

TEST_P(D1Funnel, WindowOfSevenDaysIsInclusive) {
  EXPECT_EQ(counts(""), (Counts{6, 5, 4}));
  EXPECT_EQ(counts(R"(,"window":{"value":7,"unit":"day"})"), (Counts{6, 5, 4}));
}
TEST_P(D1Funnel, WindowOfOneHour) {
  EXPECT_EQ(counts(R"(,"window":{"value":1,"unit":"hour"})"), (Counts{6, 4, 3}));
}
TEST_P(D1Funnel, WindowOfThirtyMinutesFromAnyOrTheFirstEntry) {
  EXPECT_EQ(counts(R"(,"window":"PT30M")"), (Counts{6, 4, 3}));
  EXPECT_EQ(counts(R"(,"window":"PT30M","entry":"first")"), (Counts{6, 3, 2}));
}
TEST_P(D1Funnel, Strict) {
  EXPECT_EQ(counts(R"(,"order":"strict")"), (Counts{6, 5, 3}));
}
TEST_P(D1Funnel, StrictMayIgnoreEvents) {
  EXPECT_EQ(counts(R"(,"order":"strict","ignore_events":["chat"])"), (Counts{6, 5, 4}));
}
TEST_P(D1Funnel, StrictIncrease) {
  EXPECT_EQ(counts(R"(,"strict_increase":true)"), (Counts{6, 4, 3}));
}
TEST_P(D1Funnel, AnyOrder) {
  EXPECT_EQ(counts(R"(,"order":"any")"), (Counts{6, 6, 4}));
}
TEST_P(D1Funnel, HoldSku) {
  EXPECT_EQ(counts(R"(,"hold":[["sku","sku","sku"]])"), (Counts{6, 5, 3}));
}
TEST_P(D1Funnel, ExcludeChatBetweenTwoAndThree) {
  EXPECT_EQ(counts(R"(,"exclusions":[{"event":"chat","between":[2,3],"mode":"chain"}])"),
            (Counts{6, 5, 3}));
  EXPECT_EQ(counts(R"(,"exclusions":[{"event":"chat","between":[2,3],"mode":"person"}])"),
            (Counts{5, 4, 3}));
}
TEST_P(D1Funnel, Totals) {
  Counts week = counts(R"(,"counting":"totals")"),
         hour = counts(R"(,"counting":"totals","window":"PT1H")");
  EXPECT_EQ(week.front(), 7);
  EXPECT_EQ(week.back(), 4);
  EXPECT_EQ(hour.front(), 8);
  EXPECT_EQ(hour.back(), 3);
}
TEST_P(D1Funnel, TrendByDateOfEntry) {
  json::value answer = ask(R"(,"output":["steps","trend"])");
  const json::array& trend = answer.at("trend").as_array();
  ASSERT_EQ(trend.size(), 7u);
  auto at = [&](size_t day) { return json::to_text(trend[day]); };
  EXPECT_EQ(at(0), R"({"bucket":"2026-03-02","counts":[4,3,2]})");
  EXPECT_EQ(at(1), R"({"bucket":"2026-03-03","counts":[3,1,1]})");
  EXPECT_EQ(at(2), R"({"bucket":"2026-03-04","counts":[1,1,1]})");
  EXPECT_EQ(at(3), R"({"bucket":"2026-03-05","counts":[0,0,0]})");
}
TEST_P(D1Funnel, TimeToConvert) {
  json::value answer = ask(R"(,"output":["steps","time_to_convert"])");
  const json::object& time = answer.at("time_to_convert").as_object();
  // Minutes: u1 20, u2 3370, u4 30 (the view at 09:30, not 09:00), u5 10.
  EXPECT_EQ(time.at("count").to_number<int64_t>(), 4);
  EXPECT_DOUBLE_EQ(time.at("avg_ms").to_number<double>(), 857.5 * 60000);
  EXPECT_DOUBLE_EQ(time.at("p50_ms").to_number<double>(), 25.0 * 60000);
  EXPECT_EQ(time.at("min_ms").to_number<int64_t>(), 10 * kMinuteMs);
  EXPECT_EQ(time.at("max_ms").to_number<int64_t>(), 3370 * kMinuteMs);
  Counts bins;
  for (const json::value& bin : time.at("histogram").as_array())
    bins.push_back(bin.at("count").to_number<int64_t>());
  // 5–15 m, 15–30 m, 30 m–1 h, 2–3 d.
  EXPECT_EQ(bins, (Counts{0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}));
}
TEST_P(D1Funnel, TimeToConvertInBinsOfEqualWidth) {
  // FN13: ⌈4^⅓⌉ = 2 bins over 10…3370 minutes.
  json::value answer = ask(R"(,"output":["time_to_convert"],"bins":"auto")");
  EXPECT_EQ(json::to_text(answer.at("time_to_convert").at("histogram")),
            R"([{"from_ms":600000,"to_ms":101400000,"count":3},)"
            R"({"from_ms":101400000,"to_ms":202200000,"count":1}])");
}
TEST_P(D1Funnel, CalendarDay) {
  // u2's cart is after midnight; u6's a week later.
  EXPECT_EQ(counts(R"(,"window":"calendar_day")"), (Counts{6, 3, 3}));
}
TEST_P(D1Funnel, BoundAllCutsEveryStepAtTheEndOfTheRange) {
  EXPECT_EQ(counts(R"(,"bound_all":true)"), (Counts{6, 4, 4}));
}
TEST_P(D1Funnel, PendingAreThoseWhoseWindowIsOpen) {
  EXPECT_EQ(ask("").at("pending").to_number<int64_t>(), 0);
  // On 03-09 07:00 u6's window is open (until 08:00), u3's too.
  json::value early = ask(R"(,"as_of":"2026-03-09T07:00:00")");
  EXPECT_EQ(testing::step_counts(early), (Counts{6, 4, 4}));
  EXPECT_EQ(early.at("pending").to_number<int64_t>(), 2);
}
TEST_P(D1Funnel, BreakdownByTheFirstOrLastOrAStepsValue) {
  auto by = [&](std::string_view attribution) {
    json::value answer = ask(R"(,"breakdown":[{"prop":"event.sku","attribution":")" +
                             std::string(attribution) + "\"}]");
    std::map<std::string, Counts> out;
    for (const json::value& b : answer.at("breakdown").as_array()) {
      out[std::string(b.at("value").as_string())] = testing::step_counts(b);
    }
    return out;
  };
  using Table = std::map<std::string, Counts>;
  // u4's chosen chain is view B, cart B, pay A.
  EXPECT_EQ(by("first"), (Table{{"A", {5, 4, 3}}, {"B", {1, 1, 1}}}));
  EXPECT_EQ(by("last"), (Table{{"A", {6, 5, 4}}}));
  EXPECT_EQ(by("step:2"), (Table{{"A", {4, 4, 3}}, {"B", {1, 1, 1}}}));
  EXPECT_EQ(by("all_steps"), (Table{{"A", {6, 4, 3}}, {"B", {2, 1, 0}}}));
}
TEST_P(D1Funnel, AStepMayHaveAFilter) {
  std::string query =
      R"({"kind":"funnel","range":{"from":"2026-03-02","to":"2026-03-08"},"steps":[{"event":"view"},
    {"event":"pay","filter":{"prop":"event.amt","op":"gt","value":9900}}]})";
  EXPECT_EQ(testing::step_counts(*world_.ask(query)), (Counts{6, 2}));
}

INSTANTIATE_TEST_SUITE_P(Storage, D1Funnel,
                         ::testing::Values(Where::Head, Where::Parts, Where::Both));

}  // namespace
}  // namespace weir
