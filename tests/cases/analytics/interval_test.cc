// Time between two events (SEMANTICS §6 DS2): the figures over D1, a reference written from the
// definition, and laws.

#include "tests/support/d1.h"
#include "tests/support/small_logs.h"

#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::SeededRandom;
using testing::SmallEvent;
using testing::SmallLog;

class D1Interval : public ::testing::Test {
 protected:
  D1Interval() : world_(testing::shanghai_time("2026-03-20T00:00:00")) {
    testing::post_d1(world_);
    EXPECT_TRUE(world_.checkpoint());
  }
  json::value ask(const std::string& extra, const char* start = "view", const char* end = "pay") {
    auto answer = world_.ask(
        R"({"kind":"interval","range":{"from":"2026-03-02","to":"2026-03-08"},"start":{"event":")" +
        std::string(start) + R"("},"end":{"event":")" + end + "\"}" + extra + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : json::value(nullptr);
  }
  static double minutes(const json::value& box, const char* field) {
    return testing::number_at(box.at(field)) / kMinuteMs;
  }
  BehaviourWorld world_;
};

TEST_F(D1Interval, ViewToPayNearest) {
  // u1 20, u2 3370, u4 30, u5 10 minutes; u6 is 1 ms over seven days.
  json::value total = ask("").at("total");
  EXPECT_EQ(total.at("pairs").to_number<int>(), 4);
  EXPECT_EQ(total.at("persons").to_number<int>(), 4);
  EXPECT_EQ(minutes(total, "min_ms"), 10);
  EXPECT_EQ(minutes(total, "p50_ms"), 25);
  EXPECT_EQ(minutes(total, "max_ms"), 3370);
  EXPECT_EQ(minutes(total, "avg_ms"), 857.5);
}
TEST_F(D1Interval, ViewToPayFirstTakesTheEarliestView) {
  // u4: from 09:00, not 09:30.
  EXPECT_EQ(minutes(ask(R"(,"pairing":"first")").at("total"), "p50_ms"), 40);
}
TEST_F(D1Interval, TheLimitMayBeLongerOrNone) {
  EXPECT_EQ(ask(R"(,"limit":"P8D")").at("total").at("pairs").to_number<int>(), 5);
  json::value none = ask(R"(,"limit":"none")");
  EXPECT_EQ(none.at("total").at("pairs").to_number<int>(), 5);
  EXPECT_EQ(none.at("final").at(0), json::value(false));
}
TEST_F(D1Interval, DatesAreThoseOfTheStart) {
  json::value answer = ask("");
  std::vector<int> pairs;
  for (const json::value& box : answer.at("series").at(0).at("values").as_array())
    pairs.push_back(box.at("pairs").to_number<int>());
  EXPECT_EQ(pairs, (std::vector<int>{2, 1, 1, 0, 0, 0, 0}));
  EXPECT_TRUE(answer.at("series").at(0).at("values").at(3).at("p50_ms").is_null());
}
TEST_F(D1Interval, RelatedPropertiesPairWithinAValue) {
  // u4's view of A at 09:00 belongs to the payment for A.
  json::value total = ask(R"(,"relate":[["event.sku","event.sku"]])").at("total");
  EXPECT_EQ(total.at("pairs").to_number<int>(), 4);
  EXPECT_EQ(minutes(total, "p50_ms"), 40);
}
TEST_F(D1Interval, TheSameEventTwiceIsConsecutiveOccurrences) {
  // u1 1380, u3 1439, u4 30.
  json::value total = ask("", "view", "view").at("total");
  EXPECT_EQ(total.at("pairs").to_number<int>(), 3);
  EXPECT_EQ(minutes(total, "p50_ms"), 1380);
}
TEST_F(D1Interval, BreakdownByTheStartOrTheEnd) {
  json::value start = ask(R"(,"breakdown":[{"prop":"event.sku"}])").at("series");
  EXPECT_EQ(json::to_text(start.at(0).at("breakdown")), R"(["A"])");
  EXPECT_EQ(start.at(0).at("total").at("pairs").to_number<int>(), 3);
  EXPECT_EQ(json::to_text(start.at(1).at("breakdown")), R"(["B"])");
  json::value end = ask(R"(,"breakdown":[{"prop":"event.sku","of":"end"}])").at("series");
  ASSERT_EQ(end.as_array().size(), 1u);
  EXPECT_EQ(end.at(0).at("total").at("pairs").to_number<int>(), 4);
}
TEST_F(D1Interval, ErrorsNameTheField) {
  auto field = [&](const std::string& extra) {
    auto answer =
        world_.ask(R"({"kind":"interval","range":{"last":7},"start":{"event":"a"})" + extra + "}");
    return answer ? "" : answer.error().field;
  };
  EXPECT_EQ(field(""), "end");
  EXPECT_EQ(field(R"(,"end":{})"), "end.event");
  EXPECT_EQ(field(R"(,"end":{"event":"b"},"limit":"soon")"), "limit");
  EXPECT_EQ(field(R"(,"end":{"event":"b"},"pairing":"last")"), "pairing");
  EXPECT_EQ(field(R"(,"end":{"event":"b"},"relate":[["event.a"]])"), "relate[0]");
  EXPECT_EQ(field(R"(,"end":{"event":"b"},"breakdown":[{"prop":"event.x","of":"both"}])"),
            "breakdown[0].of");
}

// The reference: for each end, every start is looked at.

struct Rules {
  bool consecutive = false;
  std::string pairing = "nearest";
  DurationMs limit = INT64_MAX;
  bool bound_all = false, relate = false;
};
struct NaivePair {
  std::string who, sku;  // sku of the start
  TimeMs start;
  DurationMs length;
};

bool is_role(const SmallEvent& e, const std::string& name) {
  return e.name == name;
}

std::optional<NaivePair> pair_of(const SmallLog& events, const SmallEvent& end,
                                 const std::string& start, const std::string& end_name,
                                 const Rules& rules) {
  auto related = [&](const SmallEvent& e) {
    return !rules.relate || (!text_property(e, "sku").empty() &&
                             text_property(e, "sku") == text_property(end, "sku"));
  };
  if (rules.relate && text_property(end, "sku").empty()) return std::nullopt;
  auto order = [](const SmallEvent& e) { return std::pair(e.time, e.seq); };
  const SmallEvent* previous = nullptr;
  for (const SmallEvent& e : events) {
    if (is_role(e, end_name) && related(e) && order(e) < order(end)) previous = &e;
  }
  const SmallEvent* chosen = nullptr;
  for (const SmallEvent& e : events) {
    if (!is_role(e, start) || !related(e) || e.seq == end.seq || e.time > end.time) continue;
    bool after = previous == nullptr || e.time > previous->time;
    if (rules.consecutive) {
      if (order(e) < order(end)) chosen = &e;
      continue;
    }
    if (rules.pairing != "latest" && !after) continue;
    if (rules.pairing == "first" && chosen != nullptr) continue;
    chosen = &e;
  }
  if (chosen == nullptr) return std::nullopt;
  return NaivePair{end.who, text_property(*chosen, "sku"), chosen->time, end.time - chosen->time};
}

std::vector<NaivePair> naive_pairs(const SmallLog& log, const std::string& start,
                                   const std::string& end, TimeMs from, TimeMs to,
                                   const Rules& rules) {
  std::vector<NaivePair> out;
  for (const auto& [who, events] : testing::by_person(log)) {
    for (const SmallEvent& e : events) {
      if (!is_role(e, end)) continue;
      auto pair = pair_of(events, e, start, end, rules);
      if (!pair || pair->start < from || pair->start >= to || pair->length > rules.limit) continue;
      if (rules.bound_all && e.time >= to) continue;
      out.push_back(*pair);
    }
  }
  return out;
}

/// What differs between a box of the answer and the pairs it stands for.
std::string compare(const json::value& box, const std::vector<NaivePair>& pairs) {
  std::set<std::string> people;
  std::vector<double> lengths;
  for (const NaivePair& p : pairs) {
    people.insert(p.who);
    lengths.push_back(static_cast<double>(p.length));
  }
  std::string out;
  auto check = [&](const char* field, double want) {
    double got = testing::number_at(box.at(field));
    if (!(testing::close(got, want)))
      out += std::string(" ") + field + " want " + std::to_string(want) + " got " +
             std::to_string(got);
  };
  check("pairs", static_cast<double>(pairs.size()));
  check("persons", static_cast<double>(people.size()));
  if (pairs.empty()) return out;
  double sum = 0;
  for (double l : lengths) sum += l;
  check("avg_ms", sum / static_cast<double>(lengths.size()));
  check("min_ms", testing::naive_percentile(lengths, 0));
  check("p25_ms", testing::naive_percentile(lengths, 0.25));
  check("p50_ms", testing::naive_percentile(lengths, 0.5));
  check("p75_ms", testing::naive_percentile(lengths, 0.75));
  check("p90_ms", testing::naive_percentile(lengths, 0.9));
  check("max_ms", testing::naive_percentile(lengths, 1));
  return out;
}

std::string compare_answer(const json::value& answer, const std::vector<NaivePair>& pairs,
                           TimeMs from) {
  std::string out = compare(answer.at("total"), pairs);
  std::map<std::string, std::vector<NaivePair>> by_sku;
  for (const NaivePair& p : pairs) by_sku[p.sku.empty() ? "$none" : p.sku].push_back(p);
  for (const json::value& s : answer.at("series").as_array()) {
    std::string sku(json::view(s.at("breakdown").at(0).as_string()));
    const std::vector<NaivePair>& own = by_sku[sku];
    out += compare(s.at("total"), own);
    for (size_t day = 0; day < answer.at("buckets").as_array().size(); ++day) {
      std::vector<NaivePair> of_day;
      for (const NaivePair& p : own) {
        if (static_cast<size_t>((p.start - from) / kDayMs) == day) of_day.push_back(p);
      }
      out += compare(s.at("values").at(day), of_day);
    }
    by_sku.erase(sku);
  }
  for (const auto& [sku, rest] : by_sku) out += " no line for " + sku;
  return out;
}

std::string question(const Rules& rules, const std::string& start, const std::string& end) {
  std::string limit =
      rules.limit == INT64_MAX ? "none" : "PT" + std::to_string(rules.limit / kHourMs) + "H";
  std::string out =
      R"({"kind":"interval","range":{"from":"2026-03-03","to":"2026-03-05"},"start":{"event":")" +
      start + R"("},"end":{"event":")" + end + R"("},"pairing":")" + rules.pairing +
      R"(","limit":")" + limit + R"(","breakdown":[{"prop":"event.sku"}])";
  if (rules.relate) out += R"(,"relate":[["event.sku","event.sku"]])";
  if (rules.bound_all) out += R"(,"bound_all":true)";
  return out + "}";
}

TEST(IntervalReference, SmallLogsForEachRule) {
  testing::SmallLogShape shape;
  shape.dress = [](SeededRandom& random, SmallEvent& e) {
    if (random.chance(80)) e.properties.push_back({"sku", random.chance(50) ? "A" : "B"});
  };
  uint64_t seed = testing::test_seed(1);
  for (int world_number = 0; world_number < testing::rounds_for(100); ++world_number, ++seed) {
    SeededRandom random(seed);
    SmallLog log = testing::random_log(random, 100, shape);
    BehaviourWorld world(testing::kLogNow);
    testing::post_log(world, log, random);
    TimeMs from = testing::kLogStart + kDayMs;
    for (const char* pairing : {"nearest", "first", "latest"}) {
      for (const char* end : {"b", "a"}) {
        Rules rules;
        rules.pairing = pairing;
        rules.consecutive = std::string(end) == "a";
        rules.limit = random.chance(50) ? INT64_MAX : 6 * kHourMs * (1 + random.below(8));
        rules.bound_all = random.chance(30);
        rules.relate = random.chance(50);
        std::string q = question(rules, "a", end);
        auto answer = world.ask(q);
        ASSERT_TRUE(answer) << answer.error().message;
        auto want = naive_pairs(log, "a", end, from, from + 3 * kDayMs, rules);
        ASSERT_EQ(compare_answer(*answer, want, from), "") << "seed " << seed << " " << q;
      }
    }
  }
}

TEST(IntervalLaws, MoreThanTwentyFiveValuesShareALineAndPersonsAreRecounted) {
  BehaviourWorld world(testing::kLogNow);
  for (int v = 0; v < 40; ++v) {
    // Two people for each of the first 25 values, one and the same person for the others.
    for (int p = 0; p < (v < 25 ? 2 : 1); ++p) {
      std::string who = v < 25 ? "u" + std::to_string(v) + "-" + std::to_string(p) : "same";
      TimeMs at = testing::kLogStart + (v * 2 + p) * kHourMs;
      Properties value{{"sku", "v" + std::to_string(v)}};
      world.post(who, "a", at, value);
      world.post(who, "b", at + kMinuteMs, value);
    }
  }
  auto answer = world.ask(
      R"({"kind":"interval","range":{"from":"2026-03-02","to":"2026-03-08"},"start":{"event":"a"},
          "end":{"event":"b"},"breakdown":[{"prop":"event.sku"}]})");
  ASSERT_TRUE(answer);
  const json::array& series = answer->at("series").as_array();
  ASSERT_EQ(series.size(), 26u);
  EXPECT_EQ(json::to_text(series[25].at("breakdown")), R"(["$other"])");
  EXPECT_EQ(series[25].at("total").at("pairs").to_number<int>(), 15);
  EXPECT_EQ(series[25].at("total").at("persons").to_number<int>(), 1);
  EXPECT_EQ(answer->at("total").at("persons").to_number<int>(), 51);
}

}  // namespace
}  // namespace weir
