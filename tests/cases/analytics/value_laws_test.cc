// Laws of SEMANTICS §15 for distribution, interval, attribution, RFM, stages, LTV, repurchase: how
// events arrive, whose identity they came under and when it all happened change no answer.

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

SmallLog shop_log(SeededRandom& random) {
  testing::SmallLogShape shape;
  shape.names = {"view", "view", "click", "order_paid", "order_refunded"};
  shape.events_max = 14;
  shape.step = 7 * kMinuteMs;
  shape.steps = 60 * 24 * 60 / 7;  // sixty days
  shape.dress = [](SeededRandom& r, SmallEvent& e) {
    const char* channels[] = {"ad", "mp", "direct"};
    if (r.chance(80)) e.properties.push_back({"channel", std::string(channels[r.below(3)])});
    if (!e.name.starts_with("order")) return;
    e.properties.push_back({"order_id", "o" + std::to_string(r.below(4))});
    e.properties.push_back({"amount_fen", static_cast<int64_t>(r.below(1000))});
  };
  SmallLog log = testing::random_log(random, 60, shape);
  // Distinct times: which of two simultaneous events comes first may depend on their identities.
  for (size_t i = 0; i < log.size(); ++i) log[i].time += static_cast<TimeMs>(i);
  return log;
}

std::string answers(BehaviourWorld& world, int shift_days = 0) {
  auto day = [&](int n) {
    return Calendar::shanghai().date_text(testing::kLogStart + (n + shift_days) * kDayMs);
  };
  std::string range = R"("range":{"from":")" + day(7) + R"(","to":")" + day(48) + R"("})";
  std::string as_of = R"(,"as_of":")" + day(55) + "\"";
  std::vector<std::string> questions = {
      R"("kind":"distribution","metric":{"event":"view","agg":"active_hours"},"interval":"day",
         "breakdown":[{"prop":"event.channel"}],)" +
          range,
      R"("kind":"interval","start":{"event":"view"},"end":{"event":"order_paid"},"pairing":"first",
         "breakdown":[{"prop":"event.channel"}],)" +
          range,
      R"("kind":"attribution","touches":{"types":["click","view"]},
         "models":["last_non_direct","linear","time_decay","markov","shapley_rate"],)" +
          range,
      R"("kind":"rfm","lookback":"P40D","score":{"mode":"quintile"})" + as_of,
      R"("kind":"stages","personal_cycle":true,"thresholds":[5,15,30])" + as_of,
      R"("kind":"ltv","acquisition":{"event":"view"},"breakdown":[{"prop":"event.channel"}],
         "incomplete":true,"periods":20,)" +
          range + as_of,
      R"("kind":"repurchase","variant":"cohort","within":[5,10],)" + range + as_of};
  std::string out;
  for (const std::string& q : questions) {
    auto answer = world.ask("{" + q + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message) << q;
    if (!answer) return {};
    json::object o = answer->as_object();
    for (const char* cost : {"elapsed_ms", "events_scanned", "query_hash"}) o.erase(cost);
    for (const char* date : {"buckets", "as_of", "from", "to"}) o.erase(date);
    out += rounded(o) + "\n";
  }
  return out;
}

TEST(ValueLaws, ArrivalOrderSealsAndPartMergesChangeNoAnswer) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SeededRandom random(seed);
    SmallLog log = shop_log(random);
    BehaviourWorld plain(kNow), mixed(kNow);
    for (const SmallEvent& e : log) plain.post(e.who, e.name, e.time, e.properties);
    random.shuffle(log);
    for (const SmallEvent& e : log) {
      mixed.post(e.who, e.name, e.time, e.properties);
      if (random.chance(4)) {
        ASSERT_TRUE(mixed.checkpoint());
      }
    }
    // People have other numbers in the other world; nothing of an answer is by number.
    ASSERT_EQ(answers(plain), answers(mixed)) << "seed " << seed;
  }
}

TEST(ValueLaws, EventsOfTwoIdentitiesMergedAreAsIfTheyWereOne) {
  SeededRandom random(11);
  SmallLog log = shop_log(random);
  BehaviourWorld one(kNow), two(kNow);
  for (const SmallEvent& e : log) one.post(e.who, e.name, e.time, e.properties);
  for (SmallEvent e : log) {
    if (random.chance(50)) e.who += "-phone";
    two.post(e.who, e.name, e.time, e.properties);
    if (random.chance(3)) {
      ASSERT_TRUE(two.checkpoint());
    }
  }
  EXPECT_NE(answers(one), answers(two));
  // Everybody exists in both worlds, also those who did nothing under one of the names.
  for (int i = 0; i < 60; ++i) {
    one.identity_of("u" + std::to_string(i));
    two.merge("u" + std::to_string(i) + "-phone", "u" + std::to_string(i));
  }
  std::string merged = answers(two);
  // The world of tests counts merged-away profiles as people of the base: leave stages out.
  auto without_stages = [](const std::string& text) {
    std::string out;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.find("stages:") == std::string::npos) out += line + "\n";
    }
    return out;
  };
  EXPECT_EQ(without_stages(answers(one)), without_stages(merged));
}

TEST(ValueLaws, ShiftingEverythingByWholeDaysShiftsTheAnswer) {
  for (int days : {1, 10, 100}) {
    SeededRandom random(21);
    SmallLog log = shop_log(random);
    BehaviourWorld here(kNow), there(kNow);
    for (const SmallEvent& e : log) {
      here.post(e.who, e.name, e.time, e.properties);
      there.post(e.who, e.name, e.time + days * kDayMs, e.properties);
    }
    EXPECT_EQ(answers(here), answers(there, days)) << days;
  }
}

TEST(ValueLaws, AnEventThatNobodyAsksForChangesNothing) {
  SeededRandom random(31);
  SmallLog log = shop_log(random);
  BehaviourWorld world(kNow);
  for (const SmallEvent& e : log) world.post(e.who, e.name, e.time, e.properties);
  for (int i = 0; i < 60; ++i) world.identity_of("u" + std::to_string(i));
  std::string before = answers(world);
  for (int i = 0; i < 60; ++i) {
    std::string who = "u" + std::to_string(i);
    world.post(who, "chat", testing::kLogStart + 20 * kDayMs, {{"channel", std::string("ad")}});
    world.post(who, "order_paid", kNow - kHourMs, {{"amount_fen", int64_t{5}}});
  }
  // The late orders are after as_of, or after the ranges and the windows that follow them.
  EXPECT_TRUE(answers(world) == before);
}

}  // namespace
}  // namespace weir
