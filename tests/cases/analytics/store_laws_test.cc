// Laws that must hold whatever the events: the order of arrival, splits and merges of people,
// seals, merges of parts, restarts and power cuts change no answer (SEMANTICS §15, RELIABILITY).

#include "tests/support/behaviour_world.h"
#include "tests/support/seeded_random.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::SeededRandom;

constexpr TimeMs kNow = 1774000000000;  // 2026-03-20
constexpr TimeMs kStart = 1772380800000;

struct Event {
  std::string who, name;
  TimeMs time;
  Properties properties;
};

std::vector<Event> random_events(SeededRandom& random, int count, int people) {
  const char* names[] = {"view", "cart", "pay", "chat"};
  const char* channels[] = {"wechat", "sms", "app"};
  std::vector<Event> out;
  for (int i = 0; i < count; ++i) {
    Event e;
    e.who = "u" + std::to_string(random.below(static_cast<uint32_t>(people)));
    e.name = names[random.below(4)];
    // Distinct times: the order of simultaneous events is the order of the log.
    e.time = kStart + static_cast<TimeMs>(random.below(7 * 24 * 60)) * kMinuteMs + i;
    if (random.chance(80))
      e.properties.push_back({"channel", std::string(channels[random.below(3)])});
    if (e.name == "pay") e.properties.push_back({"amt", static_cast<int64_t>(random.below(10000))});
    if (random.chance(10)) e.properties.push_back({"price", 0.25 * random.below(400)});
    if (random.chance(10))
      e.properties.push_back({"tags", StringList{"a", "b" + std::to_string(random.below(5))}});
    if (random.chance(10))
      e.properties.push_back({"raw", JsonText{R"({"n":)" + std::to_string(i) + "}"}});
    if (random.chance(10)) e.properties.push_back({"vip", random.chance(50)});
    out.push_back(std::move(e));
  }
  return out;
}

void post(BehaviourWorld& world, const Event& e) {
  world.post(e.who, e.name, e.time, e.properties);
}

/// Answers to a set of questions, without what they cost.
std::string answers(BehaviourWorld& world) {
  const char* questions[] = {
      R"("kind":"funnel","window":"P1D","steps":[{"event":"view"},{"event":"cart"},{"event":"pay"}],
         "breakdown":[{"prop":"event.channel"}],"output":["trend","time_to_convert"])",
      R"("kind":"funnel","order":"strict","steps":[{"event":"view"},{"event":"cart"}])",
      R"("kind":"funnel","order":"any","counting":"totals","steps":[{"event":"view"},{"event":"cart"}])",
      R"("kind":"trends","series":[{"event":"pay","measure":{"agg":"p90","prop":"event.amt"}},
         {"event":"$any_active","measure":"uniques"},{"event":"view","measure":{"agg":"avg","prop":"event.price"}},
         {"event":"view","filter":{"prop":"event.tags","op":"has_any","value":["b1"]}}],
         "breakdown":[{"prop":"event.channel"}])"};
  std::string out;
  for (const char* q : questions) {
    auto answer =
        world.ask(std::string(R"({"range":{"from":"2026-03-02","to":"2026-03-08"},)") + q + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    if (!answer) return {};
    json::object o = answer->as_object();
    o.erase("elapsed_ms");
    o.erase("events_scanned");
    out += json::to_text(o) + "\n";
  }
  return out;
}

TEST(StoreLaws, ArrivalOrderSealsAndPartMergesChangeNoAnswer) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SeededRandom random(seed);
    std::vector<Event> events = random_events(random, 600, 20);
    BehaviourWorld plain(kNow), mixed(kNow);
    for (const Event& e : events) post(plain, e);
    random.shuffle(events);
    for (const Event& e : events) {
      post(mixed, e);
      if (random.chance(4)) {
        ASSERT_TRUE(mixed.checkpoint());
      }
    }
    ASSERT_EQ(answers(plain), answers(mixed)) << "seed " << seed;
  }
}

TEST(StoreLaws, EventsOfTwoIdentitiesMergedAreAsIfTheyWereOne) {
  SeededRandom random(11);
  std::vector<Event> events = random_events(random, 500, 12);
  BehaviourWorld one(kNow), two(kNow);
  for (const Event& e : events) post(one, e);
  for (Event e : events) {
    if (random.chance(50)) e.who += "-phone";
    post(two, e);
    if (random.chance(3)) {
      ASSERT_TRUE(two.checkpoint());
    }
  }
  EXPECT_NE(answers(one), answers(two));
  for (int i = 0; i < 12; ++i)
    two.merge("u" + std::to_string(i) + "-phone", "u" + std::to_string(i));
  EXPECT_EQ(answers(one), answers(two));
}

TEST(StoreLaws, AReplayAfterAKillAddsNothingTwice) {
  SeededRandom random(12);
  std::vector<Event> events = random_events(random, 300, 10);
  BehaviourWorld whole(kNow), killed(kNow);
  for (const Event& e : events) post(whole, e);
  std::string expected = answers(whole);
  for (size_t stop : {50u, 120u, 299u}) {
    for (size_t i = 0; i < stop; ++i) {
      killed.post_at(i, events[i].who, events[i].name, events[i].time, events[i].properties);
      if (i % 40 == 39) {
        ASSERT_TRUE(killed.checkpoint());
      }
    }
    killed.close();
    killed.env().kill_process();
    killed.open();
    // The pipeline's cursor may be far behind the store's: everything is folded again.
    for (size_t i = 0; i < stop; ++i) {
      killed.post_at(i, events[i].who, events[i].name, events[i].time, events[i].properties);
    }
    EXPECT_EQ(killed.behaviour().event_count(), stop);
  }
  for (size_t i = 299; i < events.size(); ++i) post(killed, events[i]);
  EXPECT_EQ(answers(killed), expected);
}

TEST(StoreLaws, APowerCutAtAnyStepOfASealLosesNothingSealed) {
  SeededRandom random(13);
  std::vector<Event> events = random_events(random, 120, 6);
  for (PowerCut mode : {PowerCut::DropUnsynced, PowerCut::KeepUnsynced, PowerCut::TearUnsynced}) {
    for (int64_t step = 0; step < 12; ++step) {
      BehaviourWorld world(kNow, static_cast<uint64_t>(step) + 1);
      for (size_t i = 0; i < 60; ++i) post(world, events[i]);
      ASSERT_TRUE(world.checkpoint());
      for (size_t i = 60; i < 120; ++i) post(world, events[i]);
      // The seal fails at its step-th write or sync; then the power goes.
      (step % 2 == 0 ? world.env().file_faults().fail_sync_after
                     : world.env().file_faults().fail_append_after) = step / 2;
      bool sealed = world.checkpoint().has_value();
      world.env().file_faults() = {};
      world.close();
      world.env().power_cut(mode);
      world.env().kill_process();
      world.open();
      size_t kept = world.behaviour().event_count();
      ASSERT_TRUE(kept == 60 || kept == 120) << kept;
      if (sealed) {
        ASSERT_EQ(kept, 120u);
      }
      for (size_t i = 0; i < 120; ++i) {
        world.post_at(i, events[i].who, events[i].name, events[i].time, events[i].properties);
      }
      ASSERT_EQ(world.behaviour().event_count(), 120u) << "step " << step;
      ASSERT_TRUE(world.checkpoint());
    }
  }
}

TEST(StoreLaws, ACancelledOrTooLargeQuestionSaysSo) {
  BehaviourWorld world(kNow);
  SeededRandom random(14);
  for (const Event& e : random_events(random, 200, 10)) post(world, e);
  TrendsQuery query;
  query.common.range = {kStart, kStart + 7 * kDayMs};
  query.common.as_of = kNow;
  query.series.push_back({"A", {"view"}, {}, {}});
  std::atomic<bool> cancelled{true};
  QueryControl control;
  control.cancelled = &cancelled;
  auto answer = world.behaviour().trends(query, control);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Unavailable);
  control = {};
  control.time_max_ms = -1;
  answer = world.behaviour().trends(query, control);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::ResourceExhausted);
}

}  // namespace
}  // namespace weir
