// Sessions as a measure of trends and as the window of funnels: figures of D1, a naive reading over
// random logs, and the people behind the numbers.

#include "tests/support/d1.h"
#include "tests/support/naive_sessions.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::LogEvent;
using testing::NaiveRules;
using testing::Person;
using testing::SeededRandom;

class D1SessionMeasure : public ::testing::Test {
 protected:
  D1SessionMeasure() : world_(testing::shanghai_time("2026-03-20T00:00:00")) {
    testing::post_d1(world_);
  }
  json::value ask(const std::string& question) {
    auto answer = world_.ask(question);
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : json::value(nullptr);
  }
  std::string field(const std::string& question) {
    auto answer = world_.ask(question);
    return answer ? "answered" : answer.error().field;
  }
  std::string counts(const std::string& extra) {
    json::value a = ask(R"({"kind":"funnel","range":{"from":"2026-03-02","to":"2026-03-08"},
        "steps":[{"event":"view"},{"event":"cart"},{"event":"pay"}])" +
                        extra + "}");
    std::string out;
    for (const json::value& step : a.at("steps").as_array())
      out += (out.empty() ? "" : ",") + std::to_string(step.at("count").to_number<int64_t>());
    return out;
  }
  BehaviourWorld world_;
};

TEST_F(D1SessionMeasure, TR1SessionsWithSuchAnEventCountOnceABucketAndOnceInTotal) {
  json::value a = ask(R"({"kind":"trends","range":{"from":"2026-03-02","to":"2026-03-09"},
      "series":[{"event":"$any_active","measure":"sessions"},
                {"event":"view","measure":"sessions"},{"event":"view","measure":"uniques"}],
      "formulas":[{"name":"per person","expr":"B/C"}]})");
  const json::array& series = a.at("series").as_array();
  // u2's evening session goes on after midnight: it is one of both days and one of the total.
  EXPECT_EQ(json::to_text(series.at(0).at("values")), "[4,4,1,1,0,0,0,1]");
  EXPECT_EQ(series.at(0).at("total").to_number<int>(), 10);
  EXPECT_EQ(json::to_text(series.at(1).at("values")), "[4,3,1,0,0,0,0,0]");
  EXPECT_EQ(series.at(1).at("total").to_number<int>(), 8);
  EXPECT_EQ(series.at(2).at("total").to_number<int>(), 6);
  EXPECT_NEAR(series.at(3).at("total").to_number<double>(), 8.0 / 6, 1e-9);
}
TEST_F(D1SessionMeasure, TR4TheRunningNumberCountsASessionOnce) {
  json::value a = ask(R"({"kind":"trends","range":{"from":"2026-03-02","to":"2026-03-09"},
      "cumulative":true,"series":[{"event":"$any_active","measure":"sessions"}]})");
  EXPECT_EQ(json::to_text(a.at("series").at(0).at("values")), "[4,7,8,9,9,9,9,10]");
}
TEST_F(D1SessionMeasure, FN1TheSessionIsTheWindow) {
  // u2 pays two days later, u6 carts a week later; u3's cart comes before the view; u5 has all.
  EXPECT_EQ(counts(R"(,"window":"session")"), "6,4,3");
  // With a pause of five minutes at most u1 and u5 (at once) still have view and cart together.
  EXPECT_EQ(counts(R"(,"window":"session","session":{"gap":"PT5M"})"), "6,2,0");
}
TEST_F(D1SessionMeasure, FN9SessionsAreCountedWhenAsked) {
  // u1's second view and u3's second are sessions of their own.
  EXPECT_EQ(counts(R"(,"counting":"sessions")"), "8,4,3");
  EXPECT_EQ(counts(R"(,"counting":"sessions","window":"session")"), "8,4,3");
}
TEST_F(D1SessionMeasure, FN2ASessionMayGoOnAsLongAsItsPause) {
  auto pending = [&](const char* as_of) {
    return ask(R"({"kind":"funnel","range":{"from":"2026-03-02","to":"2026-03-08"},
        "window":"session","steps":[{"event":"cart"},{"event":"pay"}],"as_of":")" +
               std::string(as_of) + "\"}")
        .at("pending")
        .to_number<int>();
  };
  EXPECT_EQ(pending("2026-03-02T10:15:00+08:00"), 1);  // u1 has carted ten minutes ago
  EXPECT_EQ(pending("2026-03-02T11:00:00+08:00"), 0);  // and paid
  EXPECT_EQ(pending("2026-03-02T12:30:00+08:00"), 1);  // u3 at 12:00, and looked at 12:01
  EXPECT_EQ(pending("2026-03-02T12:31:00+08:00"), 0);
}
TEST_F(D1SessionMeasure, ErrorsNameTheField) {
  std::string funnel =
      R"({"kind":"funnel","range":{"last":7},"steps":[{"event":"a"},{"event":"b"}])";
  EXPECT_EQ(field(funnel + R"(,"counting":"sessions","window":"P7D"})"), "window");
  EXPECT_EQ(field(funnel + R"(,"session":{}})"), "session");
  EXPECT_EQ(field(funnel + R"(,"window":"session","session":{"gap":"PT1M"}})"), "session.gap");
  EXPECT_EQ(field(R"({"kind":"trends","range":{"last":7},"series":[{"event":"a"}],"session":{}})"),
            "session");
}

constexpr TimeMs kFrom = 1772755200000;  // 2026-03-06 00:00 UTC
constexpr int kPeople = 50;

TEST(SessionMeasureReference, AgreesWithTheDefinitionAndIsThatManySessions) {
  uint64_t seed = testing::test_seed(2201);
  for (int round = 0; round < testing::rounds_for(kPeople); ++round, ++seed) {
    SeededRandom random(seed);
    BehaviourWorld world(kFrom + 40 * kDayMs);
    std::vector<Person> people =
        testing::random_people(world, random, kPeople, testing::session_shape(random, kFrom));
    NaiveRules rules = testing::random_rules(random);
    int days = 1 + static_cast<int>(random.below(3));
    int32_t first = rules.calendar.day_number(kFrom);
    std::vector<int64_t> want(static_cast<size_t>(days));
    int64_t total = 0;
    for (const Person& person : people) {
      for (const auto& session : naive_sessions(person, rules)) {
        std::set<int32_t> seen;
        for (const LogEvent& e : session) {
          int32_t day = rules.calendar.day_number(e.time) - first;
          if (e.name == "d" && day >= 0 && day < days) seen.insert(day);
        }
        for (int32_t day : seen) ++want[static_cast<size_t>(day)];
        total += seen.empty() ? 0 : 1;
      }
    }
    json::object question{
        {"kind", "trends"},
        {"range", json::object{{"from", day_text(first)}, {"to", day_text(first + days - 1)}}},
        {"tz", rules.calendar.name()},
        {"session", rules.json()},
        {"series", json::array{json::object{{"event", "d"}, {"measure", "uniques"}},
                               json::object{{"event", "d"}, {"measure", "sessions"}}}}};
    auto answer = world.ask_json(json::value(question));
    ASSERT_TRUE(answer) << json::to_text(question) << answer.error().message;
    const json::value& line = answer->at("series").at(1);
    std::vector<int64_t> got;
    for (const json::value& v : line.at("values").as_array()) got.push_back(v.to_number<int64_t>());
    ASSERT_EQ(got, want) << "WEIR_SEED=" << seed << " " << json::to_text(question);
    ASSERT_EQ(line.at("total").to_number<int64_t>(), total) << "WEIR_SEED=" << seed;
    // The other series of the same pass is what it is alone.
    question["series"] = json::array{json::object{{"event", "d"}, {"measure", "uniques"}}};
    question.erase("session");
    auto alone = world.ask_json(json::value(question));
    ASSERT_TRUE(alone) << alone.error().message;
    ASSERT_EQ(json::to_text(answer->at("series").at(0)), json::to_text(alone->at("series").at(0)));
  }
}

TEST(SessionMeasureReference, DR1ItsPeopleAndRowsAreTheNumber) {
  SeededRandom random(3);
  BehaviourWorld world(kFrom + 40 * kDayMs);
  testing::LogShape shape{kFrom, 3 * kDayMs, kHourMs, {"a", "b"}, {"x", "y"}, 20, true};
  testing::random_people(world, random, 200, shape);
  TrendsQuery query;
  query.common.range = {kFrom, kFrom + 2 * kDayMs};
  query.common.as_of = kFrom + 40 * kDayMs;
  query.session.gap_ms = 2 * kHourMs;
  SeriesDef& def = query.series.emplace_back();
  def.name = "A";
  def.events = {"a"};
  def.measure.kind = Measure::Kind::Sessions;
  TrendsAnswer whole = *world.behaviour().trends(query, {});
  ASSERT_EQ(whole.series.size(), 1u);
  ASSERT_GT(*whole.series[0].total, 100);
  DrillCell cell;
  EXPECT_EQ(world.behaviour().drill(query, cell, {})->rows, *whole.series[0].total);
  for (size_t b = 0; b < whole.buckets.size(); ++b) {
    cell.bucket = whole.buckets[b];
    EXPECT_EQ(world.behaviour().drill(query, cell, {})->rows, *whole.series[0].values[b]);
  }
  FunnelQuery funnel;
  funnel.common = query.common;
  funnel.steps = {{{"a"}, {}}, {{"b"}, {}}};
  funnel.in_session = true;
  funnel.session = query.session;
  funnel.counting = FunnelQuery::Counting::Sessions;
  FunnelAnswer steps = *world.behaviour().funnel(funnel, {});
  ASSERT_GT(steps.counts[1], 50u);
  for (int step = 1; step <= 2; ++step) {
    DrillCell of;
    of.step = step;
    EXPECT_EQ(world.behaviour().drill(funnel, of, {})->rows,
              steps.counts[static_cast<size_t>(step - 1)]);
  }
}

}  // namespace
}  // namespace weir
