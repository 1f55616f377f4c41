// What every adapter of the Analytics port promises beyond single questions: answers as of an
// instant, answers that do not depend on arrival, and the same answers after seals and restarts.

#include "ports/analytics.h"

#include "tests/support/behaviour_world.h"
#include "tests/support/seeded_random.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::BehaviourWorld;

constexpr TimeMs kDay = 1772380800000;  // 2026-03-02 00:00 Asia/Shanghai
constexpr TimeMs kNow = kDay + 10 * kDayMs;

Envelope arrival(std::string id, TimeMs received) {
  Envelope record;
  record.message_id = std::move(id);
  record.received_time = received;
  return record;
}

double total_as_of(BehaviourWorld& world, TimeMs as_of) {
  auto answer = world.ask(
      R"({"kind":"trends","range":{"from":"2026-03-02","to":"2026-03-08"},"as_of":)" +
      std::to_string(as_of) + R"(,"series":[{"name":"A","event":"view","measure":"total"}]})");
  EXPECT_TRUE(answer) << answer.error().message;
  return answer->at("series").at(0).at("total").to_number<double>();
}

TEST(AnalyticsContract, AnAnswerAsOfAnInstantIgnoresWhatWasReceivedLater) {
  BehaviourWorld world(kNow);
  world.post_record(0, "u1", "view", kDay + kHourMs, {}, arrival("on time", kDay + kHourMs + 900));
  world.post_record(1, "u1", "view", kDay + kHourMs, {}, arrival("late", kDay + 5 * kDayMs));
  world.post_record(2, "u2", "view", kDay + 3 * kDayMs, {}, arrival("x", kDay + 3 * kDayMs));
  for (int sealed = 0; sealed < 2; ++sealed) {
    EXPECT_EQ(total_as_of(world, kDay + 2 * kDayMs), 1);
    EXPECT_EQ(total_as_of(world, kDay + 4 * kDayMs), 2);
    EXPECT_EQ(total_as_of(world, kDay + 6 * kDayMs), 3);
    EXPECT_EQ(total_as_of(world, kNow), 3);
    ASSERT_TRUE(world.checkpoint());
  }
}

/// Names of u1's events, oldest first, as a strict funnel sees them: one step per event.
std::string strict_order(BehaviourWorld& world) {
  std::string out;
  for (std::string first : {"a", "b", "c"}) {
    for (std::string second : {"a", "b", "c"}) {
      if (first == second) continue;
      auto answer = world.ask(
          R"({"kind":"funnel","range":{"from":"2026-03-02","to":"2026-03-08"},"order":"strict",)"
          R"("steps":[{"event":")" +
          first + R"("},{"event":")" + second + R"("}]})");
      EXPECT_TRUE(answer) << answer.error().message;
      out += first + second + json::to_text(answer->at("steps")) + "\n";
    }
  }
  return out;
}

TEST(AnalyticsContract, EventsOfOneInstantAreInTheOrderOfTheirIdsHoweverTheyArrive) {
  struct Sent {
    std::string event, id;
  };
  std::vector<Sent> sent = {{"a", "m-1"}, {"b", "m-2"}, {"c", "m-3"}};
  std::string expected;
  testing::SeededRandom random(3);
  for (int round = 0; round < 12; ++round) {
    BehaviourWorld world(kNow);
    random.shuffle(sent);
    for (size_t i = 0; i < sent.size(); ++i)
      world.post_record(i, "u1", sent[i].event, kDay, {}, arrival(sent[i].id, kDay));
    std::string said = strict_order(world);
    if (round == 0) expected = said;
    EXPECT_EQ(said, expected);
    ASSERT_TRUE(world.checkpoint());
    EXPECT_EQ(strict_order(world), expected) << "sealed";
  }
}

TEST(AnalyticsContract, SealsMergesAndRestartsChangeNoAnswer) {
  BehaviourWorld world(kNow);
  testing::SeededRandom random(5);
  const char* question =
      R"({"kind":"trends","range":{"from":"2026-03-02","to":"2026-03-08"},"breakdown":[{"prop":"event.sku"}],)"
      R"("series":[{"name":"A","event":"view","measure":"uniques"},{"name":"B","event":"view","measure":"total"}]})";
  std::string before;
  for (int round = 0; round < 8; ++round) {
    for (int i = 0; i < 200; ++i) {
      world.post("u" + std::to_string(random.below(20)), "view",
                 kDay + random.below(6 * 86400) * int64_t{1000},
                 {{"sku", "s" + std::to_string(random.below(5))}});
    }
    if (round == 4) world.merge("u1", "u2");
    auto in_head = world.ask(question);
    ASSERT_TRUE(in_head) << in_head.error().message;
    ASSERT_TRUE(world.checkpoint());
    auto in_part = world.ask(question);
    ASSERT_TRUE(in_part);
    EXPECT_EQ(json::to_text(in_part->at("series")), json::to_text(in_head->at("series")));
    before = json::to_text(in_part->at("series"));
  }
  world.close();
  world.open();
  auto again = world.ask(question);
  ASSERT_TRUE(again);
  EXPECT_EQ(json::to_text(again->at("series")), before);
}

TEST(AnalyticsContract, AStoreThatIsOlderThanTheStateIsRefused) {
  BehaviourWorld world(kNow);
  testing::MapStateStore state;
  for (int round = 0; round < 2; ++round) {
    world.post("u1", "view", kDay);
    ASSERT_TRUE(world.checkpoint());
    WriteBatch batch;
    world.behaviour().fold().save(batch);
    ASSERT_TRUE(state.write(batch));
  }
  world.close();
  world.open();
  EXPECT_TRUE(world.behaviour().fold().load(state));
  world.close();
  auto files = world.env().files().list("/behaviour");
  ASSERT_TRUE(files);
  for (const std::string& name : *files) {
    if (name != "LOCK") {
      ASSERT_TRUE(world.env().files().remove("/behaviour/" + name));
    }
  }
  world.open();
  Status loaded = world.behaviour().fold().load(state);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::DataLoss);
}

}  // namespace
}  // namespace weir
