// Laws of SEMANTICS §15 that hold whatever the question: about order of arrival, two names of one
// person, shifts of time, events that nobody asks about, what was asked before, a sample of
// everybody, and time zones.

#include "tests/support/rounded_json.h"
#include "tests/support/small_logs.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::rounded;
using testing::SeededRandom;
using testing::SmallEvent;
using testing::SmallLog;

constexpr TimeMs kNow = testing::kLogNow + 200 * kDayMs;

SmallLog log_of(uint64_t seed) {
  SeededRandom random(seed);
  testing::SmallLogShape shape;
  shape.names = {"view", "view", "cart", "pay", "chat"};
  shape.events_max = 14;
  shape.step = 11 * kMinuteMs;
  shape.steps = 20 * 24 * 60 / 11;  // twenty days
  shape.dress = [](SeededRandom& r, SmallEvent& e) {
    const char* channels[] = {"ad", "mp", "sms"};
    if (r.chance(80)) e.properties.push_back({"channel", std::string(channels[r.below(3)])});
    if (e.name == "pay") e.properties.push_back({"amt", static_cast<int64_t>(r.below(1000))});
  };
  SmallLog log = testing::random_log(random, 60, shape);
  // Distinct times: which of two simultaneous events comes first may depend on their identities.
  for (size_t i = 0; i < log.size(); ++i) log[i].time += static_cast<TimeMs>(i);
  return log;
}

void post(BehaviourWorld& world, const SmallLog& log, DurationMs shift = 0) {
  for (int i = 0; i < 60; ++i) world.identity_of("u" + std::to_string(i));
  for (const SmallEvent& e : log) world.post(e.who, e.name, e.time + shift, e.properties);
}

std::string day(int n) {
  return Calendar::shanghai().date_text(testing::kLogStart + n * kDayMs);
}
std::string days(int from, int to) {
  return R"("range":{"from":")" + day(from) + R"(","to":")" + day(to) + R"("})";
}

/// Every kind of question that is about events of a range.
std::vector<std::string> questions() {
  return {
      R"("kind":"trends","series":[{"event":"view"},{"event":"$any_active","measure":"uniques"},
         {"event":"pay","measure":{"agg":"p90","prop":"event.amt"}}],"breakdown":[{"prop":"event.channel"}])",
      R"("kind":"trends","series":[{"event":"view","measure":"wau"},{"event":"view","measure":"mau"}])",
      R"("kind":"trends","cumulative":true,"series":[{"event":"view","measure":"uniques"}])",
      R"("kind":"funnel","window":"P2D","steps":[{"event":"view"},{"event":"cart"},{"event":"pay"}],
         "breakdown":[{"prop":"event.channel"}],"output":["steps","trend","time_to_convert"])",
      R"("kind":"funnel","order":"strict","counting":"totals","steps":[{"event":"view"},{"event":"cart"}])",
      R"("kind":"retention","unit":"day","periods":5,"start":{"event":"view"},"return":{"events":["cart","pay"]},
         "clock":"rolling","breakdown":[{"prop":"event.channel"}])",
      R"("kind":"lifecycle","interval":"day","churn_days":3,"breakdown":[{"prop":"event.channel"}])",
      R"("kind":"stickiness","interval":"day","active":{"event":"view"})",
      R"("kind":"sessions","interval":"day","breakdown":[{"prop":"event.channel"}])",
      R"("kind":"paths","anchor":{"type":"start","event":"view"})",
      R"("kind":"distribution","metric":{"event":"view","agg":"active_days"},"interval":"day")",
      R"("kind":"interval","start":{"event":"view"},"end":{"event":"pay"},"interval":"day")",
      R"("kind":"attribution","conversion":{"event":"pay","value":"event.amt","id":"none"},
         "touches":{"types":["view"]},"models":["first","linear","markov"],"lookback":"P3D")"};
}

/// One line per question, without dates and what the answer cost.
std::string answers(BehaviourWorld& world, const std::string& range,
                    const std::string& extra = "") {
  std::string out;
  for (const std::string& q : questions()) {
    auto answer = world.ask("{" + q + "," + range + extra + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message) << q;
    if (!answer) return {};
    json::object o = answer->as_object();
    for (const char* field :
         {"elapsed_ms", "events_scanned", "query_hash", "cached", "as_of", "buckets", "from", "to"})
      o.erase(field);
    std::function<void(json::value&)> drop_dates = [&](json::value& v) {
      if (v.is_array()) {
        for (json::value& item : v.get_array()) drop_dates(item);
      } else if (v.is_object()) {
        v.get_object().erase("bucket");
        for (auto& field : v.get_object()) drop_dates(field.value());
      }
    };
    json::value whole(std::move(o));
    drop_dates(whole);
    out += rounded(whole) + "\n";
  }
  return out;
}

TEST(Metamorphic, OrderOfArrivalChangesNothing) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    SmallLog log = log_of(seed);
    BehaviourWorld plain(kNow), mixed(kNow);
    post(plain, log);
    for (int i = 0; i < 60; ++i) mixed.identity_of("u" + std::to_string(i));
    SeededRandom random(seed);
    random.shuffle(log);
    for (const SmallEvent& e : log) {
      mixed.post(e.who, e.name, e.time, e.properties);
      if (random.chance(4)) {
        ASSERT_TRUE(mixed.checkpoint());
      }
    }
    ASSERT_EQ(answers(plain, days(2, 15)), answers(mixed, days(2, 15))) << seed;
  }
}

TEST(Metamorphic, TwoNamesOfOnePersonMergedAreOnePerson) {
  SmallLog log = log_of(11);
  BehaviourWorld one(kNow), two(kNow);
  post(one, log);
  for (int i = 0; i < 60; ++i) two.identity_of("u" + std::to_string(i));
  SeededRandom random(11);
  for (SmallEvent e : log) {
    if (random.chance(50)) e.who += "-phone";
    two.post(e.who, e.name, e.time, e.properties);
    if (random.chance(3)) {
      ASSERT_TRUE(two.checkpoint());
    }
  }
  std::string split = answers(two, days(2, 15));
  EXPECT_NE(split, answers(one, days(2, 15)));
  for (int i = 0; i < 60; ++i)
    two.merge("u" + std::to_string(i) + "-phone", "u" + std::to_string(i));
  EXPECT_EQ(answers(one, days(2, 15)), answers(two, days(2, 15)));
}

TEST(Metamorphic, ShiftingEverythingByWholeDaysShiftsTheAnswer) {
  for (int shift : {1, 10, 100}) {
    SmallLog log = log_of(21);
    BehaviourWorld here(kNow), there(kNow);
    post(here, log);
    post(there, log, shift * kDayMs);
    EXPECT_EQ(answers(here, days(2, 15)), answers(there, days(2 + shift, 15 + shift))) << shift;
  }
}

TEST(Metamorphic, AnEventFarInTheFutureOfTheRangeChangesNothing) {
  SmallLog log = log_of(31);
  BehaviourWorld world(kNow);
  post(world, log);
  std::string before = answers(world, days(2, 15));
  // A name of its own: a view would be a first return, a last touch without order.
  for (int i = 0; i < 60; ++i)
    world.post("u" + std::to_string(i), "survey", kNow - kHourMs, {{"channel", std::string("ad")}});
  EXPECT_EQ(answers(world, days(2, 15)), before);
}

TEST(Metamorphic, AskingForLessAndThenAgainForMoreGivesTheSame) {
  BehaviourWorld world(kNow), fresh(kNow);
  post(world, log_of(41));
  post(fresh, log_of(41));
  answers(world, days(4, 6));
  answers(world, days(0, 19));
  EXPECT_EQ(answers(world, days(2, 15)), answers(fresh, days(2, 15)));
}

TEST(Metamorphic, ASampleOfEverybodyIsEverybody) {
  BehaviourWorld world(kNow);
  post(world, log_of(51));
  EXPECT_EQ(answers(world, days(2, 15), R"(,"sample":1.0)"), answers(world, days(2, 15)));
}

TEST(Metamorphic, AnotherZoneMovesOnlyTheEdgesOfBuckets) {
  BehaviourWorld world(kNow);
  post(world, log_of(61));
  // The same instants in either zone.
  std::string range = R"("range":{"from":1772553600000,"to":1773763200000})";
  auto ask = [&](const std::string& question, const std::string& zone) {
    auto answer = world.ask("{" + question + "," + range + R"(,"tz":")" + zone + "\"}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : json::value(json::object{});
  };
  std::string trends =
      R"("kind":"trends","series":[{"event":"view"},{"event":"view","measure":"uniques"}])";
  std::string funnel =
      R"("kind":"funnel","window":"P2D","steps":[{"event":"view"},{"event":"pay"}])";
  json::value home = ask(trends, "Asia/Shanghai");
  for (const char* zone : {"UTC", "America/New_York", "Asia/Kolkata"}) {
    json::value there = ask(trends, zone);
    for (size_t line : {0, 1})
      EXPECT_EQ(there.at("series").at(line).at("total"), home.at("series").at(line).at("total"));
    int64_t rows = 0;
    for (const json::value& v : there.at("series").at(0).at("values").as_array())
      rows += v.to_number<int64_t>();
    EXPECT_EQ(rows, home.at("series").at(0).at("total").to_number<int64_t>()) << zone;
    EXPECT_EQ(ask(funnel, zone).at("steps"), ask(funnel, "Asia/Shanghai").at("steps")) << zone;
  }
}

}  // namespace
}  // namespace weir
