// Rolling WAU and MAU (SEMANTICS TR5): the figures over D1, a naive reference, and who is behind
// them.

#include "tests/support/d1.h"
#include "tests/support/random_logs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::Person;
using testing::SeededRandom;

class RollingActive : public ::testing::Test {
 protected:
  RollingActive() : world_(testing::shanghai_time("2026-03-20T00:00:00")) {
    testing::post_d1(world_);
    EXPECT_TRUE(world_.checkpoint());
  }
  json::value ask(const std::string& from, const std::string& to, const std::string& series,
                  const std::string& extra = "") {
    auto answer = world_.ask(R"({"kind":"trends","range":{"from":")" + from + R"(","to":")" + to +
                             R"("},"series":)" + series + extra + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : json::value(nullptr);
  }
  static std::string values(const json::value& answer, size_t line = 0) {
    return json::to_text(answer.at("series").at(line).at("values"));
  }
  BehaviourWorld world_;
  const std::string wau_ = R"([{"event":"$any_active","measure":"wau"}])";
};

TEST_F(RollingActive, WeekOfD1) {
  json::value answer = ask("2026-03-02", "2026-03-10", wau_);
  EXPECT_EQ(values(answer), "[4,5,6,6,6,6,6,6,3]");
  EXPECT_TRUE(answer.at("series").at(0).at("total").is_null()) << "a rolling number is of a day";
}

TEST_F(RollingActive, DaysBeforeTheRangeCount) {
  EXPECT_EQ(values(ask("2026-03-09", "2026-03-12", wau_)), "[6,3,2,1]");
  EXPECT_EQ(values(ask("2026-03-20", "2026-03-20", R"([{"event":"view","measure":"mau"}])")),
            "[6]");
}

TEST_F(RollingActive, StickinessIsAFormula) {
  json::value answer =
      ask("2026-03-02", "2026-03-10",
          R"([{"name":"A","event":"$any_active","measure":"uniques"},
              {"name":"B","event":"$any_active","measure":"wau"},
              {"name":"C","event":"$any_active","measure":"mau"}])",
          R"(,"formulas":[{"name":"F1","expr":"A/B"},{"name":"F2","expr":"A/C"}])");
  EXPECT_EQ(values(answer, 0), "[4,4,1,1,0,0,0,1,0]");
  EXPECT_EQ(values(answer, 2), "[4,5,6,6,6,6,6,6,6]");
  const json::value& weekly = answer.at("series").at(3).at("values");
  EXPECT_NEAR(weekly.at(1).to_number<double>(), 4.0 / 5, 1e-12);
  EXPECT_NEAR(weekly.at(7).to_number<double>(), 1.0 / 6, 1e-12);
  EXPECT_TRUE(answer.at("series").at(4).at("total").is_null());
}

TEST_F(RollingActive, DaysToComeAreNotKnown) {
  EXPECT_EQ(values(ask("2026-03-08", "2026-03-11", wau_, R"(,"as_of":"2026-03-09T12:00:00")")),
            "[6,6,null,null]");
  // At 07:59 u6 had not come back, but the days before count.
  EXPECT_EQ(values(ask("2026-03-09", "2026-03-09", wau_, R"(,"as_of":"2026-03-09T07:59:00")")),
            "[5]");
}

TEST_F(RollingActive, ComparedWithTheDaysBefore) {
  json::value answer = ask("2026-03-09", "2026-03-10", wau_, R"(,"compare":"previous")");
  EXPECT_EQ(json::to_text(answer.at("series").at(0).at("previous")),
            R"({"values":[6,6],"total":null})");
}

TEST_F(RollingActive, OnlyDaysAndNeverCumulative) {
  auto field = [&](const std::string& extra) {
    auto answer = world_.ask(R"({"kind":"trends","range":{"last":7,"unit":"day"},"series":)" +
                             wau_ + extra + "}");
    return answer ? "" : answer.error().field;
  };
  EXPECT_EQ(field(R"(,"interval":"week")"), "interval");
  EXPECT_EQ(field(R"(,"cumulative":true)"), "cumulative");
}

TEST_F(RollingActive, TheTotalHasNoPeopleAndADayHas) {
  auto drill = [&](const std::string& of) {
    return world_.ask(
        R"({"kind":"drill","of":{"query":{"kind":"trends","range":{"from":"2026-03-08","to":"2026-03-10"},
            "series":)" +
        wau_ + "}" + of + "}}");
  };
  auto none = drill("");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().field, "of.bucket");
  auto day = drill(R"(,"bucket":"2026-03-10")");
  ASSERT_TRUE(day) << day.error().message;
  EXPECT_EQ(day->at("total").to_number<int>(), 3) << "u2, u5, u6";
}

constexpr int kPeople = 200;
constexpr int kDays = 40;

/// Persons with an event named `name` (and value, unless null) in the days that end with each.
std::vector<int> naive(const std::vector<Person>& people, TimeMs start, int trailing,
                       const std::string& name, const std::string* value) {
  std::vector<int> out;
  for (int day = 0; day < kDays; ++day) {
    std::set<std::string> seen;
    for (const Person& person : people) {
      for (const testing::LogEvent& e : person.log) {
        auto at = static_cast<int>(std::floor(static_cast<double>(e.time - start) / kDayMs));
        if (e.name != name || (value != nullptr && e.value != *value)) continue;
        if (at <= day && at > day - trailing) seen.insert(person.name);
      }
    }
    out.push_back(static_cast<int>(seen.size()));
  }
  return out;
}

std::vector<int> numbers(const json::value& line) {
  std::vector<int> out;
  for (const json::value& v : line.at("values").as_array()) out.push_back(v.to_number<int>());
  return out;
}

TEST(RollingActiveReference, RandomLogs) {
  constexpr TimeMs kFrom = 1772380800000;  // 2026-03-02 00:00
  uint64_t seed = testing::test_seed(4001);
  for (int round = 0; round < testing::rounds_for(kPeople); ++round, ++seed) {
    SeededRandom random(seed);
    BehaviourWorld world(kFrom + 100 * kDayMs);
    testing::LogShape shape;
    shape.from = kFrom - 35 * kDayMs;
    shape.span = 80 * kDayMs;
    shape.step = 6 * kHourMs;
    shape.names = {"a", "b"};
    shape.values = {"x", "y", "z"};
    std::vector<Person> people = testing::random_people(world, random, kPeople, shape);
    std::string range = R"({"kind":"trends","range":{"from":"2026-03-02","to":"2026-04-10"},)";
    auto answer = world.ask(range + R"("series":[{"event":"a","measure":"wau"},
        {"event":"b","measure":"mau"},{"event":"a","measure":"uniques"}]})");
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_EQ(numbers(answer->at("series").at(0)), naive(people, kFrom, 7, "a", nullptr)) << seed;
    ASSERT_EQ(numbers(answer->at("series").at(1)), naive(people, kFrom, 30, "b", nullptr)) << seed;
    ASSERT_EQ(numbers(answer->at("series").at(2)), naive(people, kFrom, 1, "a", nullptr)) << seed;
    auto broken = world.ask(range + R"("series":[{"event":"a","measure":"wau"}],
        "breakdown":[{"prop":"event.v"}]})");
    ASSERT_TRUE(broken) << broken.error().message;
    ASSERT_EQ(broken->at("series").as_array().size(), 4u);
    for (const json::value& line : broken->at("series").as_array()) {
      std::string value(json::view(line.at("breakdown").at(0).as_string()));
      if (value == "$none") value.clear();
      ASSERT_EQ(numbers(line), naive(people, kFrom, 7, "a", &value)) << seed << value;
    }
    int day = static_cast<int>(random.below(kDays));
    std::string date = Calendar::shanghai().date_text(kFrom + day * kDayMs);
    auto drilled =
        world.ask(R"({"kind":"drill","of":{"query":)" + range +
                  R"("series":[{"event":"b","measure":"mau"}],"breakdown":[{"prop":"event.v"}]},
            "bucket":")" +
                  date + R"(","breakdown":["y"]}})");
    ASSERT_TRUE(drilled) << drilled.error().message;
    std::string y = "y";
    ASSERT_EQ(drilled->at("total").to_number<int>(),
              naive(people, kFrom, 30, "b", &y)[static_cast<size_t>(day)])
        << seed;
  }
}

TEST(ActiveEvents, WhatSomebodyDoesCountsAndWhatWeirDerivesDoesNot) {
  BehaviourWorld world(testing::shanghai_time("2026-03-20T00:00:00"));
  TimeMs day = testing::shanghai_time("2026-03-10T12:00:00");
  for (const char* event : {"view", "$MPLaunch", "$AppStart", "$pageview", "$segment_entered",
                            "$message_sent", "$tag_changed"})
    world.post(event, event, day);
  auto answer = world.ask(R"({"kind":"trends","range":{"from":"2026-03-10","to":"2026-03-10"},
                              "series":[{"event":"$any_active","measure":"uniques"}]})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(json::to_text(answer->at("series").at(0).at("values")), "[4]");
}

TEST(ActiveEvents, AreThoseThatTheProjectNames) {
  BehaviourWorld world(testing::shanghai_time("2026-03-20T00:00:00"));
  TimeMs day = testing::shanghai_time("2026-03-10T12:00:00");
  for (const char* event : {"view", "chat", "pay"}) world.post(event, event, day);
  ASSERT_TRUE(world.checkpoint());
  world.close();
  world.open({"pay", "chat", "never_seen"});
  auto answer = world.ask(R"({"kind":"trends","range":{"from":"2026-03-10","to":"2026-03-10"},
                              "series":[{"event":"$any_active","measure":"uniques"}]})");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(json::to_text(answer->at("series").at(0).at("values")), "[2]");
}

}  // namespace
}  // namespace weir
