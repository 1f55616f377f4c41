// Lifecycle and stickiness: the figures of SEMANTICS §1 over D1, PostHog's cases, and a naive
// reading of the rules over random logs.

#include "tests/support/d1.h"
#include "tests/support/peer_cases.h"
#include "tests/support/random_logs.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::LogEvent;
using testing::Person;
using testing::SeededRandom;

class D1Activity : public ::testing::Test {
 protected:
  D1Activity() : world_(testing::shanghai_time("2026-03-20T00:00:00")) { testing::post_d1(world_); }
  json::value ask(const std::string& kind, const std::string& extra = "",
                  const std::string& to = "2026-03-10") {
    auto answer = world_.ask(R"({"kind":")" + kind + R"(","range":{"from":"2026-03-02","to":")" +
                             to + "\"}" + extra + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : json::value(nullptr);
  }
  static std::string text(const json::value& answer, const char* field) {
    return json::to_text(answer.at(field));
  }
  static std::string persons(const json::value& line) {
    std::string out;
    for (const json::value& v : line.at("distribution").as_array())
      out += json::to_text(v.at("persons")) + " ";
    return out;
  }
  BehaviourWorld world_;
};

TEST_F(D1Activity, TR7Lifecycle) {
  json::value a = ask("lifecycle");
  EXPECT_EQ(text(a, "active"), "[4,4,1,1,0,0,0,1,0]");
  EXPECT_EQ(text(a, "new"), "[4,1,1,0,0,0,0,0,0]");
  EXPECT_EQ(text(a, "returning"), "[0,3,0,0,0,0,0,0,0]");
  EXPECT_EQ(text(a, "resurrected"), "[0,0,0,1,0,0,0,1,0]");
  EXPECT_EQ(text(a, "dormant"), "[0,1,4,1,1,0,0,0,1]");
}
TEST_F(D1Activity, TR7FirstEverIgnoresTheRangeButNotTheEventFilter) {
  json::value later =
      *world_.ask(R"({"kind":"lifecycle","range":{"from":"2026-03-03","to":"2026-03-03"}})");
  EXPECT_EQ(text(later, "new"), "[1]");
  EXPECT_EQ(text(later, "returning"), "[3]");
  EXPECT_EQ(text(later, "dormant"), "[1]");
  // The first pay of u2 is on 03-05.
  json::value pay = ask("lifecycle", R"(,"active":{"event":"pay"})");
  EXPECT_EQ(text(pay, "new"), "[1,1,1,1,0,0,0,1,0]");
  // A filter over all events does not make anybody new again.
  json::value filtered =
      ask("lifecycle", R"(,"filter":{"prop":"event.sku","op":"eq","value":"B"})");
  EXPECT_EQ(text(filtered, "active"), "[0,2,0,0,0,0,0,0,0]");
  EXPECT_EQ(text(filtered, "new"), "[0,1,0,0,0,0,0,0,0]");
  EXPECT_EQ(text(filtered, "resurrected"), "[0,1,0,0,0,0,0,0,0]");
}
TEST_F(D1Activity, TR7IntervalsEndWithAsOf) {
  json::value a = ask("lifecycle", R"(,"as_of":"2026-03-04T12:00:00")");
  EXPECT_EQ(text(a, "active"), "[4,4,0]");
  EXPECT_EQ(text(a, "partial"), "[false,false,true]");
  EXPECT_EQ(text(a, "final"), "[false,false,false]");
  json::value weeks = ask("lifecycle", R"(,"interval":"week")");
  EXPECT_EQ(text(weeks, "active"), "[6,1]");
  EXPECT_EQ(text(weeks, "returning"), "[0,1]");
  EXPECT_EQ(text(weeks, "dormant"), "[0,5]");
}
TEST_F(D1Activity, RT8ChurnedAndResurrected) {
  // On 03-10 with X = 7 the last active days that count are 03-04 … 03-10: u2, u5 and u6.
  json::value a = ask("lifecycle", R"(,"churn_days":7)");
  EXPECT_EQ(text(a, "churn"), R"({"days":7,"churned":3,"resurrected":[0,0,0,0,0,0,0,0,0]})");
  // u6 is back on 03-09 after six days without, u2 on 03-05 after one.
  EXPECT_EQ(json::to_text(ask("lifecycle", R"(,"churn_days":6)").at("churn").at("resurrected")),
            "[0,0,0,0,0,0,0,1,0]");
  EXPECT_EQ(json::to_text(ask("lifecycle", R"(,"churn_days":1)").at("churn").at("resurrected")),
            "[0,0,0,1,0,0,0,1,0]");
}
TEST_F(D1Activity, TR6Stickiness) {
  json::value a = ask("stickiness", "", "2026-03-08");
  EXPECT_EQ(persons(a), "3 2 1 0 0 0 0 ");  // u4 u5 u6; u1 u3; u2
  EXPECT_EQ(text(a, "total"), "6");
  EXPECT_EQ(persons(ask("stickiness", R"(,"cumulative":true)", "2026-03-08")), "6 3 1 0 0 0 0 ");
  json::value by =
      ask("stickiness", R"(,"active":{"event":"view"},"breakdown":[{"prop":"event.sku"}])",
          "2026-03-08");
  EXPECT_EQ(persons(by), "4 2 0 0 0 0 0 ");
  EXPECT_EQ(persons(by.at("breakdown").at(0)), "5 1 0 0 0 0 0 ");
  EXPECT_EQ(persons(by.at("breakdown").at(1)), "2 0 0 0 0 0 0 ");
}
TEST_F(D1Activity, ErrorsNameTheField) {
  auto field = [&](const std::string& text) {
    auto answer = world_.ask("{" + text + R"(,"range":{"last":7}})");
    return answer ? "answered" : answer.error().field;
  };
  EXPECT_EQ(field(R"("kind":"lifecycle","churn_days":0)"), "answered");
  EXPECT_EQ(field(R"("kind":"lifecycle","churn_days":-1)"), "churn_days");
  EXPECT_EQ(field(R"("kind":"lifecycle","churn_days":3,"interval":"week")"), "churn_days");
  EXPECT_EQ(field(R"("kind":"lifecycle","active":{"filter":{}})"), "active.event");
  EXPECT_EQ(field(R"("kind":"stickiness","churn_days":3)"), "churn_days");
  EXPECT_EQ(field(R"("kind":"stickiness","cumulative":1)"), "cumulative");
}

TEST(ActivityCases, PeersAgree) {
  int ran = 0;
  json::value suite = testing::load_cases("retention.json");
  for (const json::value& one : suite.at("cases").as_array()) {
    std::string name = testing::text_of(one.at("name"));
    const json::value& query = one.at("query");
    std::string type = testing::text_of(query.at("type"));
    if (type != "lifecycle" && type != "stickiness") continue;
    ++ran;
    BehaviourWorld world(*parse_time("2026-01-01T00:00:00Z"));
    testing::fill(world, one);
    json::object question = testing::common_of(query, type.c_str());
    question["active"] = testing::part_of(query.at("target"));
    auto answer = world.ask_json(json::value(std::move(question)));
    ASSERT_TRUE(answer) << name << ": " << answer.error().message;
    for (const auto& want : one.at("expected").as_object()) {
      std::string key(want.key());
      if (type == "stickiness") {
        const json::value& got =
            key == "total" ? answer->at("total")
                           : answer->at("distribution").at(std::stoul(key) - 1).at("persons");
        EXPECT_EQ(got.to_number<int>(), want.value().to_number<int>()) << name << " " << key;
        continue;
      }
      const char* field = key == "resurrecting" ? "resurrected" : key.c_str();
      const json::array& values = want.value().as_array();
      for (size_t i = 0; i < values.size(); ++i) {
        int sign = key == "dormant" ? -1 : 1;
        EXPECT_EQ(answer->at(field).at(i).to_number<int>() * sign, values[i].to_number<int>())
            << name << " " << key << " " << i;
      }
    }
  }
  EXPECT_EQ(ran, 5);
}

constexpr TimeMs kFrom = 1772755200000;  // 2026-03-06 00:00 UTC
constexpr int kPeople = 100;

struct Question {
  std::string interval;
  bool filtered = false, keyed = false;
  int churn_days = 0, days = 1;
};

/// Everything a person's days say, read off the definitions.
class Naive {
 public:
  Naive(const Question& q, const Calendar& calendar, int32_t first_day)
      : q_(q),
        calendar_(calendar),
        first_(unit_of(first_day)),
        last_(unit_of(first_day + q.days - 1)) {}

  int64_t unit_of(int32_t day) const { return q_.interval == "week" ? (day + 3) / 7 : day; }
  int64_t unit_at(TimeMs time) const { return unit_of(calendar_.day_number(time)); }
  bool counts(const LogEvent& e) const { return e.name != "c" && (!q_.filtered || e.value == "x"); }

  void add(const Person& person) {
    std::map<std::string, std::set<int64_t>> active;
    std::optional<int64_t> first_ever;
    for (const LogEvent& e : person.log) {
      if (e.name == "c") continue;
      if (!first_ever) first_ever = unit_at(e.time);
      if (!counts(e)) continue;
      active[""].insert(unit_at(e.time));
      if (q_.keyed) active[e.value.empty() ? "$none" : e.value].insert(unit_at(e.time));
    }
    for (const auto& [value, units] : active) {
      for (int64_t u = first_; u <= last_; ++u) {
        bool now = units.contains(u), before = units.contains(u - 1);
        auto& row = states[value];
        row.resize(static_cast<size_t>(5 * (last_ - first_ + 1)));
        int* at = &row[static_cast<size_t>(5 * (u - first_))];
        at[0] += now;
        at[1] += now && *first_ever == u;
        at[2] += now && before;
        at[3] += now && !before && *first_ever != u;
        at[4] += !now && before;
        shown_[value] |= now;
      }
    }
    churn(active[""]);
  }
  /// Values that nobody is active with in the range are not shown.
  void drop_absent() {
    std::erase_if(states,
                  [&](const auto& entry) { return !entry.first.empty() && !shown_[entry.first]; });
  }

  std::map<std::string, std::vector<int>> states;
  int churned = 0;
  std::vector<int> back;

 private:
  void churn(const std::set<int64_t>& days) {
    back.resize(static_cast<size_t>(last_ - first_ + 1));
    std::optional<int64_t> previous;
    for (int64_t d : days) {
      if (d > last_) break;
      if (d >= first_ && previous && *previous <= d - q_.churn_days - 1)
        ++back[static_cast<size_t>(d - first_)];
      previous = d;
    }
    if (previous && *previous <= last_ - q_.churn_days) ++churned;
  }

  Question q_;
  Calendar calendar_;
  int64_t first_, last_;
  std::map<std::string, bool> shown_;
};

TEST(ActivityReference, LifecycleAgreesWithTheDefinitionOnRandomLogs) {
  uint64_t seed = testing::test_seed(901);
  for (int round = 0; round < testing::rounds_for(kPeople); ++round, ++seed) {
    SeededRandom random(seed);
    BehaviourWorld world(kFrom + 40 * kDayMs);
    testing::LogShape shape{kFrom - 10 * kDayMs, 20 * kDayMs, 7 * kHourMs, {"a", "b", "c"},
                            {"x", "y"},          8,           false};
    std::vector<Person> people = testing::random_people(world, random, kPeople, shape);
    Question q;
    q.interval = random.chance(30) ? "week" : "day";
    q.filtered = random.chance(30);
    q.keyed = random.chance(40);
    q.churn_days = q.interval == "day" ? 1 + static_cast<int>(random.below(8)) : 0;
    q.days = 1 + static_cast<int>(random.below(12));
    std::string zone = random.chance(50) ? "America/New_York" : "Asia/Shanghai";
    Calendar calendar = *Calendar::open(zone);
    int32_t day = calendar.day_number(kFrom);
    std::string question =
        R"({"kind":"lifecycle","active":{"events":["a","b"]},"tz":")" + zone + R"(","interval":")" +
        q.interval + R"(","range":{"from":")" + day_text(day) + R"(","to":")" +
        day_text(day + q.days - 1) + "\"}" +
        (q.filtered ? R"(,"filter":{"prop":"event.v","op":"eq","value":"x"})" : "") +
        (q.keyed ? R"(,"breakdown":[{"prop":"event.v"}])" : "") +
        (q.churn_days > 0 ? ",\"churn_days\":" + std::to_string(q.churn_days) : "") + "}";
    Naive naive(q, calendar, day);
    for (const Person& person : people) naive.add(person);
    naive.drop_absent();
    auto answer = world.ask(question);
    ASSERT_TRUE(answer) << question << answer.error().message;
    auto row = [](const json::value& line) {
      std::vector<int> out;
      for (size_t i = 0; i < line.at("active").as_array().size(); ++i) {
        for (const char* field : {"active", "new", "returning", "resurrected", "dormant"})
          out.push_back(line.at(field).at(i).to_number<int>());
      }
      return out;
    };
    std::map<std::string, std::vector<int>> got{{"", row(*answer)}};
    if (q.keyed) {
      for (const json::value& line : answer->at("breakdown").as_array())
        got[std::string(json::view(line.at("value").as_string()))] = row(line);
    }
    ASSERT_EQ(got, naive.states) << "WEIR_SEED=" << seed << " " << question;
    if (q.churn_days == 0) continue;
    ASSERT_EQ(answer->at("churn").at("churned").to_number<int>(), naive.churned) << question;
    for (size_t i = 0; i < naive.back.size(); ++i) {
      ASSERT_EQ(answer->at("churn").at("resurrected").at(i).to_number<int>(), naive.back[i])
          << "WEIR_SEED=" << seed << " " << question << " day " << i;
    }
  }
}

TEST(ActivityReference, StickinessAgreesWithTheDefinitionOnRandomLogs) {
  uint64_t seed = testing::test_seed(1301);
  for (int round = 0; round < testing::rounds_for(kPeople); ++round, ++seed) {
    SeededRandom random(seed);
    BehaviourWorld world(kFrom + 40 * kDayMs);
    testing::LogShape shape{kFrom - kDayMs, 8 * kDayMs, kHourMs, {"a", "c"}, {}, 8, false};
    for (int v = 0; v < 30; ++v) shape.values.push_back("v" + std::to_string(v));
    std::vector<Person> people = testing::random_people(world, random, kPeople, shape);
    // $other: the persons of the values beyond the first 25, each once.
    std::map<std::string, std::map<std::string, std::set<int32_t>>> days;
    Calendar calendar = Calendar::shanghai();
    int32_t first = calendar.day_number(kFrom);
    for (const Person& person : people) {
      for (const LogEvent& e : person.log) {
        int32_t day = calendar.day_number(e.time);
        if (e.name == "a" && day >= first && day < first + 5)
          days[e.value.empty() ? "$none" : e.value][person.name].insert(day);
      }
    }
    std::vector<std::pair<size_t, std::string>> order;
    for (const auto& [value, persons] : days) order.emplace_back(persons.size(), value);
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    std::map<std::string, std::set<int32_t>> other;
    std::map<std::string, std::vector<int>> want;
    auto add = [&](const std::string& value, const auto& persons) {
      want[value].resize(5);
      for (const auto& [name, set] : persons) ++want[value][set.size() - 1];
    };
    for (size_t i = 0; i < order.size(); ++i) {
      const auto& persons = days[order[i].second];
      if (i < 25) {
        add(order[i].second, persons);
        continue;
      }
      for (const auto& [name, set] : persons) other[name].insert(set.begin(), set.end());
    }
    if (!other.empty()) add("$other", other);
    auto answer = world.ask(
        R"({"kind":"stickiness","active":{"event":"a"},"breakdown":[{"prop":"event.v"}],
            "range":{"from":")" +
        day_text(first) + R"(","to":")" + day_text(first + 4) + "\"}}");
    ASSERT_TRUE(answer);
    std::map<std::string, std::vector<int>> got;
    for (const json::value& line : answer->at("breakdown").as_array()) {
      auto& row = got[std::string(json::view(line.at("value").as_string()))];
      for (const json::value& k : line.at("distribution").as_array())
        row.push_back(k.at("persons").to_number<int>());
    }
    ASSERT_EQ(got, want) << "WEIR_SEED=" << seed;
  }
}

TEST(ActivityReference, EveryNumberIsThatManyPersons) {
  SeededRandom random(5);
  BehaviourWorld world(kFrom + 40 * kDayMs);
  testing::LogShape shape{kFrom - 3 * kDayMs, 9 * kDayMs, kHourMs, {"a"}, {}, 8, false};
  for (int v = 0; v < 40; ++v) shape.values.push_back("v" + std::to_string(v));
  testing::random_people(world, random, 300, shape);
  LifecycleQuery life;
  life.common.range = {kFrom, kFrom + 4 * kDayMs};
  life.common.as_of = kFrom + 40 * kDayMs;
  life.common.breakdown.push_back({"event.v", {}});
  life.active.events = {"a"};
  life.churn_days = 2;
  LifecycleAnswer whole = *world.behaviour().lifecycle(life, {});
  ASSERT_EQ(whole.lines.size(), 27u);
  auto people = [&](const auto& query, const char* series, int step, std::optional<TimeMs> bucket,
                    const std::vector<std::string>& values) {
    DrillCell cell;
    cell.series = series;
    cell.step = step;
    cell.bucket = bucket;
    cell.breakdown = values;
    auto answer = world.behaviour().drill(query, cell, {});
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? answer->people.size() : SIZE_MAX;
  };
  for (size_t l : {0, 1, 25, 26}) {
    const LifecycleLine& line = whole.lines[l];
    for (size_t b = 0; b < whole.buckets.size(); ++b) {
      const LifecycleCounts& c = line.counts[b];
      TimeMs bucket = whole.buckets[b];
      ASSERT_EQ(people(life, "active", 0, bucket, line.values), c.active);
      ASSERT_EQ(people(life, "new", 0, bucket, line.values), c.fresh);
      ASSERT_EQ(people(life, "returning", 0, bucket, line.values), c.returning);
      ASSERT_EQ(people(life, "resurrected", 0, bucket, line.values), c.resurrected);
      ASSERT_EQ(people(life, "dormant", 0, bucket, line.values), c.dormant);
    }
  }
  EXPECT_EQ(people(life, "churned", 0, {}, {}), whole.churned);
  EXPECT_GT(whole.churned, 0u);
  for (size_t b = 0; b < whole.buckets.size(); ++b)
    EXPECT_EQ(people(life, "came_back", 0, whole.buckets[b], {}), whole.came_back[b]);

  StickinessQuery sticky;
  sticky.common = life.common;
  sticky.active = life.active;
  for (bool cumulative : {false, true}) {
    sticky.cumulative = cumulative;
    StickinessAnswer all = *world.behaviour().stickiness(sticky, {});
    for (const StickinessLine& line : all.lines) {
      for (size_t k = 1; k <= line.persons.size(); ++k) {
        ASSERT_EQ(people(sticky, "", static_cast<int>(k), {}, line.values), line.persons[k - 1]);
      }
    }
  }
}

}  // namespace
}  // namespace weir
