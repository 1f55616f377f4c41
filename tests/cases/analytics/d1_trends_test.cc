// The figures of SEMANTICS §1 over D1.

#include "tests/support/d1.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::BehaviourWorld;

class D1Trends : public ::testing::Test {
 protected:
  D1Trends() : world_(testing::shanghai_time("2026-03-20T00:00:00")) {
    testing::post_d1(world_);
    EXPECT_TRUE(world_.checkpoint());
  }

  json::value ask(const std::string& series, const std::string& extra = "",
                  const std::string& to = "2026-03-08") {
    auto answer = world_.ask(R"({"kind":"trends","range":{"from":"2026-03-02","to":")" + to +
                             R"("},"series":)" + series + extra + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : json::value(nullptr);
  }
  static std::string values(const json::value& answer, size_t line = 0) {
    return json::to_text(answer.at("series").as_array().at(line).at("values"));
  }
  static std::string total(const json::value& answer, size_t line = 0) {
    return json::to_text(answer.at("series").as_array().at(line).at("total"));
  }

  BehaviourWorld world_;
};

TEST_F(D1Trends, ViewsByDay) {
  json::value a = ask(
      R"([{"event":"view"},{"event":"view","measure":"uniques"},{"event":"view","measure":"per_user"}])");
  EXPECT_EQ(values(a, 0), "[4,4,1,0,0,0,0]");
  EXPECT_EQ(total(a, 0), "9");
  EXPECT_EQ(values(a, 1), "[4,3,1,0,0,0,0]");
  EXPECT_EQ(total(a, 1), "6");  // of the range, not a sum
  EXPECT_NEAR(a.at("series").at(2).at("values").at(1).to_number<double>(), 4.0 / 3, 1e-12);
  EXPECT_TRUE(a.at("series").at(2).at("values").at(3).is_null());
  EXPECT_EQ(
      json::to_text(a.at("buckets")),
      R"(["2026-03-02","2026-03-03","2026-03-04","2026-03-05","2026-03-06","2026-03-07","2026-03-08"])");
}

TEST_F(D1Trends, RunningUniques) {
  json::value a = ask(R"([{"event":"view","measure":"uniques"}])", R"(,"cumulative":true)");
  EXPECT_EQ(values(a), "[4,5,6,6,6,6,6]");
}

TEST_F(D1Trends, Amounts) {
  auto measure = [&](const std::string& agg) {
    return total(ask(R"([{"event":"pay","measure":{"agg":")" + agg + R"(","prop":"event.amt"}}])"));
  };
  EXPECT_EQ(measure("sum"), "64800");
  EXPECT_EQ(measure("avg"), "16200");
  EXPECT_EQ(measure("p50"), "14900");
  EXPECT_EQ(measure("p90"), "26970");
  EXPECT_EQ(measure("min"), "5000");
  EXPECT_EQ(measure("max"), "30000");
  EXPECT_EQ(measure("distinct"), "4");
  EXPECT_EQ(measure("sum_per_user"), "16200");
}

TEST_F(D1Trends, FormulaUsesTotalsOfTheRange) {
  json::value a = ask(
      R"([{"name":"A","event":"pay","measure":"uniques"},{"name":"B","event":"view","measure":"uniques"}])",
      R"(,"formulas":[{"name":"F1","expr":"A/B"}])");
  EXPECT_NEAR(a.at("series").at(2).at("total").to_number<double>(), 4.0 / 6, 1e-12);
  EXPECT_TRUE(a.at("series").at(2).at("values").at(4).is_null());  // 0/0
}

TEST_F(D1Trends, DailyActiveUsersDependOnTheZone) {
  std::string active = R"([{"event":"$any_active","measure":"uniques"}])";
  EXPECT_EQ(values(ask(active)), "[4,4,1,1,0,0,0]");
  EXPECT_EQ(values(ask(active, "", "2026-03-09")), "[4,4,1,1,0,0,0,1]");
  EXPECT_EQ(values(ask(active, R"(,"tz":"UTC")")), "[4,3,1,1,0,0,0]");
}

TEST_F(D1Trends, BreakdownOrdersByTotalAndFillsNone) {
  json::value a = ask(R"([{"event":"$any_active"}])", R"(,"breakdown":[{"prop":"event.sku"}])");
  EXPECT_EQ(json::to_text(a.at("series").at(0).at("breakdown")), R"(["A"])");
  EXPECT_EQ(total(a, 0), "15");
  EXPECT_EQ(json::to_text(a.at("series").at(1).at("breakdown")), R"(["B"])");
  EXPECT_EQ(total(a, 1), "3");
  EXPECT_EQ(json::to_text(a.at("series").at(2).at("breakdown")), R"(["$none"])");
  EXPECT_EQ(total(a, 2), "1");
}

TEST_F(D1Trends, BinsOfANumber) {
  json::value a =
      ask(R"([{"event":"pay"}])", R"(,"breakdown":[{"prop":"event.amt","bins":[9900,20000]}])");
  std::map<std::string, std::string> lines;
  for (size_t i = 0; i < a.at("series").as_array().size(); ++i) {
    lines[std::string(a.at("series").at(i).at("breakdown").at(0).as_string())] = total(a, i);
  }
  EXPECT_EQ(lines, (std::map<std::string, std::string>{
                       {"<9900", "1"}, {"[9900,20000)", "2"}, {"[20000,+∞)", "1"}}));
}

TEST_F(D1Trends, CompareWithTheDaysBefore) {
  json::value a = *world_.ask(R"({"kind":"trends","range":{"from":"2026-03-04","to":"2026-03-05"},
      "series":[{"event":"view"}],"compare":"previous"})");
  EXPECT_EQ(values(a), "[1,0]");
  EXPECT_EQ(json::to_text(a.at("series").at(0).at("previous")), R"({"values":[4,4],"total":8})");
}

TEST_F(D1Trends, WeeksMonthsAndHours) {
  EXPECT_EQ(values(ask(R"([{"event":"view"}])", R"(,"interval":"week")", "2026-03-09")), "[9,0]");
  EXPECT_EQ(values(ask(R"([{"event":"view"}])", R"(,"interval":"month")")), "[9]");
  json::value hours = *world_.ask(
      R"({"kind":"trends","range":{"from":"2026-03-02","to":"2026-03-02"},"interval":"hour",
      "series":[{"event":"view"}]})");
  EXPECT_EQ(values(hours), "[0,0,0,0,0,0,0,0,1,0,1,0,1,0,0,0,0,0,0,0,0,0,0,1]");
  EXPECT_EQ(json::to_text(hours.at("buckets").at(8)), R"("2026-03-02T08:00")");
}

TEST_F(D1Trends, QuartersAndYears) {
  world_.post("u1", "view", testing::shanghai_time("2025-12-31T23:59:59"));
  world_.post("u1", "view", testing::shanghai_time("2026-01-01T00:00:00"));
  auto by = [&](const std::string& interval) {
    return *world_.ask(R"({"kind":"trends","range":{"from":"2025-11-05","to":"2026-04-01"},
        "series":[{"event":"view"}],"interval":")" +
                       interval + "\"}");
  };
  json::value quarters = by("quarter"), years = by("year");
  EXPECT_EQ(values(quarters), "[1,10,0]");
  EXPECT_EQ(json::to_text(quarters.at("buckets")), R"(["2025-10-01","2026-01-01","2026-04-01"])");
  EXPECT_EQ(values(years), "[1,10]");
  EXPECT_EQ(json::to_text(years.at("buckets")), R"(["2025-01-01","2026-01-01"])");
}

TEST_F(D1Trends, BucketsAreFinalThreeDaysAfterTheirEnd) {
  json::value a = ask(R"([{"event":"view"}])", R"(,"as_of":"2026-03-07T00:00:00")");
  EXPECT_EQ(json::to_text(a.at("series").at(0).at("final")),
            "[true,true,false,false,false,false,false]");
}

TEST_F(D1Trends, PeopleAreFilteredAndBrokenDownByTheirTraits) {
  world_.set_trait("u1", "city", std::string("杭州"));
  world_.set_trait("u2", "city", std::string("上海"));
  json::value a =
      ask(R"([{"event":"view","measure":"uniques"}])", R"(,"breakdown":[{"prop":"profile.city"}])");
  EXPECT_EQ(json::to_text(a.at("series").at(0).at("breakdown")), R"(["$none"])");
  EXPECT_EQ(total(a, 0), "4");
  EXPECT_EQ(total(a, 1), "1");
  json::value b =
      ask(R"([{"event":"view"}])", R"(,"filter":{"prop":"profile.city","op":"eq","value":"杭州"})");
  EXPECT_EQ(total(b), "2");
}

TEST_F(D1Trends, MergingPeopleLowersUniquesAndErasingHidesEvents) {
  std::string uniques = R"([{"event":"view","measure":"uniques"},{"event":"view"}])";
  world_.merge("u3", "u4");
  json::value merged = ask(uniques);
  EXPECT_EQ(total(merged, 0), "5");
  EXPECT_EQ(total(merged, 1), "9");
  world_.erase("u1");
  json::value erased = ask(uniques);
  EXPECT_EQ(total(erased, 0), "4");
  EXPECT_EQ(total(erased, 1), "7");
}

TEST_F(D1Trends, MoreThanTwentyFiveValuesShowTheRestExactly) {
  TimeMs time = testing::shanghai_time("2026-03-02T10:00:00");
  for (int person = 0; person < 3; ++person) {
    for (int value = 0; value < 40; ++value) {
      if (value >= 30 && person > 0) continue;
      world_.post("x" + std::to_string(person), "spin", time + value,
                  {{"slot", std::string(value < 10 ? "s0" : "s") + std::to_string(value)}});
    }
  }
  json::value a =
      ask(R"([{"event":"spin","measure":"uniques"}])", R"(,"breakdown":[{"prop":"event.slot"}])");
  ASSERT_EQ(a.at("series").as_array().size(), 26u);
  EXPECT_EQ(json::to_text(a.at("series").at(0).at("breakdown")), R"(["s00"])");
  EXPECT_EQ(json::to_text(a.at("series").at(25).at("breakdown")), R"(["$other"])");
  EXPECT_EQ(total(a, 25), "3");  // three people, not 15 times three
}

TEST_F(D1Trends, ErrorsNameTheField) {
  auto field = [&](std::string_view query) {
    auto answer = world_.ask(query);
    EXPECT_FALSE(answer);
    return answer ? std::string() : answer.error().field;
  };
  std::string head = R"({"kind":"trends","range":{"from":"2026-03-02","to":"2026-03-08"},)";
  EXPECT_EQ(field(R"({"kind":"trend"})"), "kind");
  EXPECT_EQ(field(head + R"("series":[]})"), "series");
  EXPECT_EQ(field(head + R"("series":[{"event":"view","measure":"sum"}]})"),
            "series[0].measure.prop");
  EXPECT_EQ(field(head + R"("series":[{"event":"view"}],"intervall":"day"})"), "intervall");
  EXPECT_EQ(field(head + R"("series":[{"event":"view"}],"interval":"decade"})"), "interval");
  EXPECT_EQ(
      field(head +
            R"("series":[{"name":"A","event":"view"}],"formulas":[{"name":"F","expr":"A/Z"}]})"),
      "formulas[0].expr");
  EXPECT_EQ(
      field(
          R"({"kind":"trends","range":{"from":"2026-03-08","to":"2026-03-02"},"series":[{"event":"v"}]})"),
      "range.to");
  EXPECT_EQ(field(R"({"kind":"trends","series":[{"event":"v"}]})"), "range");
  EXPECT_EQ(field(R"({"kind":"funnel","range":{"last":7,"unit":"day"},"steps":[{"event":"a"}]})"),
            "steps");
}

}  // namespace
}  // namespace weir
