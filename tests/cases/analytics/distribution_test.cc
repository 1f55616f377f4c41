// How people are spread over how much they did (SEMANTICS §6 DS1): the figures over D1, a reference
// written from the definition, and laws.

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

class D1Distribution : public ::testing::Test {
 protected:
  D1Distribution() : world_(testing::shanghai_time("2026-03-20T00:00:00")) {
    testing::post_d1(world_);
    EXPECT_TRUE(world_.checkpoint());
  }
  json::value ask(const std::string& metric, const std::string& extra = "") {
    auto answer = world_.ask(
        R"({"kind":"distribution","range":{"from":"2026-03-02","to":"2026-03-08"},"metric":)" +
        metric + extra + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : json::value(nullptr);
  }
  static std::string counts(const json::value& answer) {
    return json::to_text(answer.at("total").at("counts"));
  }
  BehaviourWorld world_;
};

TEST_F(D1Distribution, ViewsOfAPerson) {
  json::value answer = ask(R"({"event":"view","agg":"count"})");
  // Once: u2, u5, u6. Twice: u1, u3, u4.
  EXPECT_EQ(counts(answer), "[0,3,3,0,0,0,0]");
  EXPECT_EQ(answer.at("total").at("persons").to_number<int>(), 6);
  EXPECT_EQ(json::to_text(answer.at("bins").at(3)), R"({"from":3,"to":6})");
  EXPECT_EQ(json::to_text(answer.at("bins").at(6)), R"({"from":21,"to":null})");
}
TEST_F(D1Distribution, ActiveDaysAndHoursAreLocal) {
  // u1 and u3 on two days, u4 twice on one.
  EXPECT_EQ(counts(ask(R"({"event":"view","agg":"active_days"})")), "[0,4,2,0,0,0,0]");
  EXPECT_EQ(counts(ask(R"({"event":"view","agg":"active_hours"})")), "[0,4,2,0,0,0,0]");
  // In UTC u1's second view at 01:00 is still another day; u2's cart is on the day of the view.
  std::string any = R"({"event":"$any_active","agg":"active_days"})";
  EXPECT_EQ(counts(ask(any)), "[0,3,2,1,0,0,0]") << "u4, u5, u6 | u1, u3 | u2";
  EXPECT_EQ(counts(ask(any, R"(,"tz":"UTC")")), "[0,3,3,0,0,0,0]");
}
TEST_F(D1Distribution, SumsAndAveragesOfAProperty) {
  json::value sums =
      ask(R"({"event":"pay","agg":"sum","prop":"event.amt"})", R"(,"bins":[0,9900,20000])");
  EXPECT_EQ(counts(sums), "[0,1,2,1]");
  EXPECT_EQ(sums.at("total").at("sum").to_number<int>(), 64800);
  EXPECT_EQ(sums.at("total").at("p50").to_number<double>(), 14900);
  json::value automatic = ask(R"({"event":"pay","agg":"avg","prop":"event.amt"})");
  // Four people: ⌈4^⅓⌉ = 2 bins of equal width between 5000 and 30000.
  EXPECT_EQ(counts(automatic), "[0,2,2]") << "below 17500: 5000 and 9900";
}
TEST_F(D1Distribution, PeopleOfTheSegmentWhoDidNothing) {
  auto answer = world_.ask(
      R"({"kind":"distribution","range":{"last":7},"metric":{"event":"view"},"include_zero":true})");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().field, "include_zero");
}
TEST_F(D1Distribution, PerDay) {
  json::value answer = ask(R"({"event":"view"})", R"(,"interval":"day")");
  std::vector<std::string> days;
  for (const json::value& cell : answer.at("values").as_array())
    days.push_back(json::to_text(cell.at("counts")));
  ASSERT_EQ(days.size(), 7u);
  EXPECT_EQ(days[0], "[0,4,0,0,0,0,0]");
  EXPECT_EQ(days[1], "[0,2,1,0,0,0,0]");
  EXPECT_EQ(days[3], "[0,0,0,0,0,0,0]");
}

// The reference.

struct Metric {
  std::string agg;
  std::optional<double> of(const SmallLog& events) const {
    if (events.empty()) return std::nullopt;
    std::set<TimeMs> days, hours;
    double sum = 0, numbers = 0;
    for (const SmallEvent& e : events) {
      days.insert((e.time + 8 * kHourMs) / kDayMs);
      hours.insert(e.time / kHourMs);
      if (find_property(e.properties, "amt") == nullptr) continue;
      sum += static_cast<double>(int_property(e.properties, "amt"));
      ++numbers;
    }
    if (agg == "count") return static_cast<double>(events.size());
    if (agg == "active_days") return static_cast<double>(days.size());
    if (agg == "active_hours") return static_cast<double>(hours.size());
    if (numbers == 0) return std::nullopt;
    return agg == "sum" ? sum : sum / numbers;
  }
};

std::string compare(const json::value& cell, const std::vector<double>& values,
                    const std::vector<double>& bins) {
  std::string out;
  auto check = [&](const std::string& field, double want) {
    double got = testing::number_at(cell.at(field));
    if (!testing::close(got, want))
      out += " " + field + " want " + std::to_string(want) + " got " + std::to_string(got);
  };
  check("persons", static_cast<double>(values.size()));
  for (size_t b = 0; b <= bins.size(); ++b) {
    double low = b == 0 ? -1e300 : bins[b - 1], high = b == bins.size() ? 1e300 : bins[b];
    auto want =
        std::count_if(values.begin(), values.end(), [&](double v) { return v >= low && v < high; });
    if (cell.at("counts").at(b).to_number<int64_t>() != want) out += " bin " + std::to_string(b);
  }
  if (values.empty()) return out;
  double sum = 0;
  for (double v : values) sum += v;
  check("sum", sum);
  check("avg", sum / static_cast<double>(values.size()));
  for (auto [field, p] : {std::pair("min", 0.0),
                          {"p25", 0.25},
                          {"p50", 0.5},
                          {"p75", 0.75},
                          {"p90", 0.9},
                          {"max", 1.0}})
    check(field, testing::naive_percentile(values, p));
  return out;
}

/// Numbers of the people whose events pass, per person together.
std::vector<double> numbers_of(const SmallLog& log, const Metric& metric,
                               const std::function<bool(const SmallEvent&)>& passes) {
  std::vector<double> out;
  for (auto& [who, events] : testing::by_person(log)) {
    SmallLog own;
    std::copy_if(events.begin(), events.end(), std::back_inserter(own), passes);
    if (auto value = metric.of(own)) out.push_back(*value);
  }
  return out;
}

std::string compare_answer(const json::value& answer, const SmallLog& log, const Metric& metric,
                           TimeMs from, const std::vector<double>& bins) {
  TimeMs to = from + 3 * kDayMs;
  auto in_range = [&](const SmallEvent& e) {
    return e.name == "a" && e.time >= from && e.time < to;
  };
  auto on_day = [&](const SmallEvent& e, size_t day) {
    return in_range(e) && (e.time - from) / kDayMs == static_cast<TimeMs>(day);
  };
  std::string out = compare(answer.at("total"), numbers_of(log, metric, in_range), bins);
  for (size_t day = 0; day < 3; ++day) {
    auto want = numbers_of(log, metric, [&](const SmallEvent& e) { return on_day(e, day); });
    out += compare(answer.at("values").at(day), want, bins);
  }
  for (const json::value& s : answer.at("series").as_array()) {
    std::string sku(json::view(s.at("breakdown").at(0).as_string()));
    auto is_sku = [&](const SmallEvent& e) {
      return testing::text_property(e, "sku") == (sku == "$none" ? "" : sku);
    };
    out += compare(
        s.at("total"),
        numbers_of(log, metric, [&](const SmallEvent& e) { return in_range(e) && is_sku(e); }),
        bins);
    for (size_t day = 0; day < 3; ++day) {
      auto want =
          numbers_of(log, metric, [&](const SmallEvent& e) { return on_day(e, day) && is_sku(e); });
      out += compare(s.at("values").at(day), want, bins);
    }
  }
  return out;
}

TEST(DistributionReference, SmallLogsForEachMetric) {
  testing::SmallLogShape shape;
  shape.names = {"a", "b"};
  shape.step = 40 * kMinuteMs;
  shape.steps = 200;
  shape.dress = [](SeededRandom& random, SmallEvent& e) {
    if (random.chance(80)) e.properties.push_back({"sku", random.chance(50) ? "A" : "B"});
    if (random.chance(70))
      e.properties.push_back({"amt", static_cast<int64_t>(random.below(500)) - 100});
  };
  uint64_t seed = testing::test_seed(1);
  const std::vector<double> bins = {0, 1, 2, 3, 100, 250};
  for (int world_number = 0; world_number < testing::rounds_for(100); ++world_number, ++seed) {
    SeededRandom random(seed);
    SmallLog log = testing::random_log(random, 100, shape);
    BehaviourWorld world(testing::kLogNow);
    testing::post_log(world, log, random);
    for (const char* agg : {"count", "active_days", "active_hours", "sum", "avg"}) {
      std::string q = R"({"kind":"distribution","range":{"from":"2026-03-03","to":"2026-03-05"},
          "interval":"day","bins":[0,1,2,3,100,250],"breakdown":[{"prop":"event.sku"}],
          "metric":{"event":"a","prop":"event.amt","agg":")" +
                      std::string(agg) + "\"}}";
      auto answer = world.ask(q);
      ASSERT_TRUE(answer) << answer.error().message;
      ASSERT_EQ(compare_answer(*answer, log, {agg}, testing::kLogStart + kDayMs, bins), "")
          << "seed " << seed << " " << q;
    }
  }
}

TEST(DistributionLaws, TheRestOfManyValuesIsOneNumberPerPerson) {
  BehaviourWorld world(testing::kLogNow);
  for (int v = 0; v < 40; ++v) {
    for (int p = 0; p < (v < 25 ? 2 : 1); ++p) {
      std::string who = v < 25 ? "u" + std::to_string(v) + "-" + std::to_string(p) : "same";
      world.post(who, "a", testing::kLogStart + v * kMinuteMs, {{"sku", "v" + std::to_string(v)}});
    }
  }
  auto answer = world.ask(
      R"({"kind":"distribution","range":{"from":"2026-03-02","to":"2026-03-08"},
          "metric":{"event":"a","agg":"active_hours"},"breakdown":[{"prop":"event.sku"}]})");
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->at("series").as_array().size(), 26u);
  const json::value& other = answer->at("series").at(25);
  EXPECT_EQ(json::to_text(other.at("breakdown")), R"(["$other"])");
  EXPECT_EQ(other.at("total").at("persons").to_number<int>(), 1);
  EXPECT_EQ(other.at("total").at("sum").to_number<int>(), 1) << "one hour, not fifteen";
}

}  // namespace
}  // namespace weir
