// Sessions: the figures of SEMANTICS §4 over D1, and a naive reading of the rules over random logs.

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
using testing::NaiveSession;
using testing::Person;
using testing::SeededRandom;

class D1Sessions : public ::testing::Test {
 protected:
  D1Sessions() : world_(testing::shanghai_time("2026-03-20T00:00:00")) { testing::post_d1(world_); }
  json::value ask(const std::string& extra = "") {
    auto answer = world_.ask(
        R"({"kind":"sessions","range":{"from":"2026-03-02","to":"2026-03-09"})" + extra + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : json::value(nullptr);
  }
  static int64_t total(const json::value& line, const char* field) {
    return line.at("total").at(field).to_number<int64_t>();
  }
  BehaviourWorld world_;
};

TEST_F(D1Sessions, SS1APauseOfExactlyThirtyMinutesContinues) {
  json::value a = ask();
  EXPECT_EQ(total(a, "sessions"), 10);
  EXPECT_EQ(total(a, "bounces"), 4);
  EXPECT_EQ(total(a, "duration_ms"), 111 * kMinuteMs + 1);  // u6 pays 1 ms after the cart
  EXPECT_EQ(total(a, "persons"), 6);
  EXPECT_EQ(json::to_text(a.at("sessions")), "[4,3,1,1,0,0,0,1]");
  EXPECT_EQ(json::to_text(a.at("persons")), "[4,3,1,1,0,0,0,1]");
  EXPECT_EQ(json::to_text(a.at("bounces")), "[1,2,0,1,0,0,0,0]");
  EXPECT_NEAR(a.at("total").at("avg_depth").to_number<double>(), 2.1, 1e-12);
  EXPECT_EQ(json::to_text(a.at("avg_duration_ms").at(4)), "null");
}
TEST_F(D1Sessions, SS2MidnightCutsWhenAsked) {
  EXPECT_EQ(total(ask(R"(,"session":{"cut_at_midnight":true})"), "sessions"), 11);
}
TEST_F(D1Sessions, SS2OtherCuts) {
  EXPECT_EQ(total(ask(R"(,"session":{"gap":"PT29M"})"), "sessions"), 11);  // u4 09:00 | 09:30
  EXPECT_EQ(total(ask(R"(,"session":{"start_events":["cart"]})"), "sessions"), 13);
  EXPECT_EQ(total(ask(R"(,"session":{"end_events":["cart"]})"), "sessions"), 15);
  // Without chat u1's session is as long; without pay u2's third day is no session.
  EXPECT_EQ(total(ask(R"(,"session":{"ignore_events":["chat"]})"), "sessions"), 10);
  EXPECT_EQ(total(ask(R"(,"session":{"ignore_events":["pay"]})"), "sessions"), 9);
}
TEST_F(D1Sessions, SS3DepthDurationAndSource) {
  json::value by = ask(R"(,"breakdown":[{"prop":"event.sku"}])");
  EXPECT_EQ(json::to_text(by.at("breakdown").at(0).at("values")), R"(["A"])");
  EXPECT_EQ(total(by.at("breakdown").at(0), "sessions"), 9);
  EXPECT_EQ(total(by.at("breakdown").at(1), "sessions"), 1);
  EXPECT_EQ(total(ask(R"(,"filter":{"prop":"event.sku","op":"eq","value":"B"})"), "sessions"), 1);
  EXPECT_EQ(total(ask(R"(,"containing":{"event":"pay"})"), "sessions"), 5);
  EXPECT_EQ(total(ask(R"(,"containing":{"event":"pay","filter":{"prop":"event.amt","op":"gt",
      "value":9900}})"),
                  "sessions"),
            2);
}
TEST_F(D1Sessions, SS3SessionsOfAnSdkGoByItsIds) {
  auto post = [&](const char* who, const char* time, const char* id) {
    Properties properties;
    if (*id != '\0') properties.push_back({"$session_id", std::string(id)});
    world_.post(who, "tap", testing::shanghai_time(time), std::move(properties));
  };
  post("s1", "2026-03-07T10:00:00", "x");
  post("s1", "2026-03-07T12:00:00", "x");  // a pause does not matter
  post("s1", "2026-03-07T12:00:00", "y");
  post("s1", "2026-03-07T12:01:00", "x");
  post("s1", "2026-03-07T12:02:00", "");
  json::value a = ask(R"(,"session":{"mode":"sdk"})");
  EXPECT_EQ(total(a, "sessions"), 2);
  EXPECT_EQ(total(a, "duration_ms"), 121 * kMinuteMs);
  EXPECT_EQ(total(a, "bounces"), 1);
}
TEST_F(D1Sessions, SystemEventsMakeNoSessions) {
  world_.post("u1", "$message_sent", testing::shanghai_time("2026-03-07T10:00:00"));
  EXPECT_EQ(total(ask(), "sessions"), 10);
}
TEST_F(D1Sessions, ErrorsNameTheField) {
  auto field = [&](const std::string& extra) {
    auto answer = world_.ask(R"({"kind":"sessions","range":{"last":7})" + extra + "}");
    return answer ? "answered" : answer.error().field;
  };
  EXPECT_EQ(field(""), "answered");
  EXPECT_EQ(field(R"(,"session":{"gap":"PT4M"})"), "session.gap");
  EXPECT_EQ(field(R"(,"session":{"gap":"PT6H"})"), "session.gap");
  EXPECT_EQ(field(R"(,"session":{"gaps":1})"), "session.gaps");
  EXPECT_EQ(field(R"(,"session":{"start_events":"x"})"), "session.start_events");
  EXPECT_EQ(field(R"(,"session":{"source":"channel"})"), "session.source");
  EXPECT_EQ(field(R"(,"containing":{})"), "containing.event");
}

constexpr TimeMs kFrom = 1772755200000;  // 2026-03-06 00:00 UTC
constexpr int kPeople = 50;

/// sessions, persons, bounces, events, duration.
using Row = std::array<int64_t, 5>;

TEST(SessionsReference, AgreesWithTheDefinitionOnRandomLogs) {
  uint64_t seed = testing::test_seed(2101);
  for (int round = 0; round < testing::rounds_for(kPeople); ++round, ++seed) {
    SeededRandom random(seed);
    BehaviourWorld world(kFrom + 40 * kDayMs);
    std::vector<Person> people =
        testing::random_people(world, random, kPeople, testing::session_shape(random, kFrom));
    NaiveRules rules = testing::random_rules(random);
    bool containing = random.chance(30);
    int days = 1 + static_cast<int>(random.below(3));
    int32_t first = rules.calendar.day_number(kFrom);
    std::map<std::string, std::map<int32_t, Row>> want;  // value → day, -1 = all
    for (const Person& person : people) {
      std::set<std::pair<std::string, int32_t>> seen;
      for (const NaiveSession& session : naive_sessions(person, rules)) {
        int32_t day = rules.calendar.day_number(session[0].time) - first;
        if (day < 0 || day >= days) continue;
        bool has = std::any_of(session.begin(), session.end(),
                               [](const LogEvent& e) { return e.name == "d" && e.value == "x"; });
        if (containing && !has) continue;
        std::string value = session[0].value.empty() ? "$none" : session[0].value;
        for (const std::string& v : {std::string(), value}) {
          for (int32_t d : {day, -1}) {
            Row& row = want[v][d];
            row[0] += 1;
            row[1] += seen.insert({v, d}).second ? 1 : 0;
            row[2] += session.size() == 1 ? 1 : 0;
            row[3] += static_cast<int64_t>(session.size());
            row[4] += session.back().time - session.front().time;
          }
        }
      }
    }
    json::object question{
        {"kind", "sessions"},
        {"range", json::object{{"from", day_text(first)}, {"to", day_text(first + days - 1)}}},
        {"tz", rules.calendar.name()},
        {"session", rules.json()},
        {"breakdown", json::array{json::object{{"prop", "event.v"}}}}};
    if (containing) {
      question["containing"] =
          json::object{{"event", "d"},
                       {"filter", json::object{{"prop", "event.v"}, {"op", "eq"}, {"value", "x"}}}};
    }
    auto answer = world.ask_json(json::value(question));
    ASSERT_TRUE(answer) << json::to_text(question) << answer.error().message;
    std::map<std::string, std::map<int32_t, Row>> got;
    auto read = [&](const std::string& value, const json::value& line) {
      const json::value& total = line.at("total");
      int64_t sessions = total.at("sessions").to_number<int64_t>();
      if (sessions == 0) return;
      double events = total.at("avg_depth").to_number<double>() * static_cast<double>(sessions);
      got[value][-1] = {sessions, total.at("persons").to_number<int64_t>(),
                        total.at("bounces").to_number<int64_t>(), std::llround(events),
                        total.at("duration_ms").to_number<int64_t>()};
      for (int d = 0; d < days; ++d) {
        auto at = static_cast<size_t>(d);
        auto n = line.at("sessions").at(at).to_number<int64_t>();
        if (n == 0) continue;
        auto sum = [&](const char* field) {
          return std::llround(line.at(field).at(at).to_number<double>() * static_cast<double>(n));
        };
        got[value][d] = {n, line.at("persons").at(at).to_number<int64_t>(),
                         line.at("bounces").at(at).to_number<int64_t>(), sum("avg_depth"),
                         sum("avg_duration_ms")};
      }
    };
    read("", *answer);
    for (const json::value& line : answer->at("breakdown").as_array())
      read(std::string(json::view(line.at("value").as_string())), line);
    ASSERT_EQ(got, want) << "WEIR_SEED=" << seed << " " << json::to_text(question);
  }
}

TEST(Sessions, ACutBySourceIsNotSureWhereTheSessionBeforeMayHaveBeenCutForItsLength) {
  // An event every four hours, from two days before the range on. Sessions are cut after 24 hours:
  // at noon of 03-05, where the source begins anew, and at 16:00 of 03-06. A pass that reads from
  // 03-05 on must not take the source of 20:00 for a change.
  BehaviourWorld world(testing::shanghai_time("2026-03-20T00:00:00"));
  TimeMs begin = testing::shanghai_time("2026-03-04T08:00:00");
  for (int i = 0; i <= 14; ++i) {
    Properties properties;
    if (i == 5 || i == 6) properties.push_back({"v", std::string("x")});
    if (i == 9) properties.push_back({"v", std::string("y")});
    world.post("u", "a", begin + i * 4 * kHourMs, std::move(properties));
  }
  ASSERT_TRUE(world.checkpoint());
  auto answer = world.ask(
      R"({"kind":"sessions","range":{"from":"2026-03-06","to":"2026-03-06"},
          "session":{"gap":"PT5H","cut_on_source_change":true,"source":"event.v"}})");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->at("total").at("sessions").to_number<int>(), 1);
}

TEST(SessionsReference, EveryNumberIsThatManyPersons) {
  SeededRandom random(3);
  BehaviourWorld world(kFrom + 40 * kDayMs);
  testing::LogShape shape{kFrom, 3 * kDayMs, kHourMs, {"a", "b"}, {}, 20, true};
  for (int v = 0; v < 40; ++v) shape.values.push_back("v" + std::to_string(v));
  testing::random_people(world, random, 200, shape);
  SessionsQuery query;
  query.common.range = {kFrom, kFrom + 2 * kDayMs};
  query.common.as_of = kFrom + 40 * kDayMs;
  query.common.breakdown.push_back({"event.v", {}});
  query.session.gap_ms = 2 * kHourMs;
  SessionsAnswer whole = *world.behaviour().sessions(query, {});
  ASSERT_EQ(whole.lines.size(), 27u);
  for (const SessionsLine& line : whole.lines) {
    DrillCell cell;
    cell.breakdown = line.values;
    auto check = [&](const SessionCounts& counts) {
      cell.series = "";
      DrillAnswer people = *world.behaviour().drill(query, cell, {});
      ASSERT_EQ(people.people.size(), counts.persons);
      ASSERT_EQ(people.rows, counts.sessions);
      cell.series = "bounces";
      ASSERT_EQ(world.behaviour().drill(query, cell, {})->rows, counts.bounces);
    };
    check(line.total);
    for (size_t b = 0; b < whole.buckets.size(); ++b) {
      cell.bucket = whole.buckets[b];
      check(line.buckets[b]);
    }
  }
}

}  // namespace
}  // namespace weir
