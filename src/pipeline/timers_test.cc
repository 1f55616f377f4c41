#include "pipeline/timers.h"

#include "tests/support/map_state_store.h"

#include <gtest/gtest.h>

namespace weir::pipeline {
namespace {

std::string take_all(Timers& timers, TimeMs now) {
  std::string fired;
  while (auto timer = timers.take_due(now)) fired += timer->owner + ":" + timer->key + " ";
  return fired;
}

TEST(Timers, FireInOneOrderWhateverOrderTheyWereSetIn) {
  Timers timers;
  timers.set("b", "1", 10);
  timers.set("a", "2", 10);
  timers.set("a", "1", 10);
  timers.set("z", "0", 5);
  timers.set("a", "0", 11);
  EXPECT_EQ(timers.next_due(), 5);
  EXPECT_EQ(take_all(timers, 10), "z:0 a:1 a:2 b:1 ");
  EXPECT_EQ(timers.next_due(), 11);
}

TEST(Timers, MoveAndCancel) {
  Timers timers;
  timers.set("a", "1", 10);
  timers.set("a", "1", 20);
  timers.set("a", "2", 10);
  timers.cancel("a", "2");
  timers.cancel("a", "never set");
  EXPECT_EQ(timers.size(), 1u);
  EXPECT_EQ(take_all(timers, 19), "");
  EXPECT_EQ(take_all(timers, 20), "a:1 ");
}

TEST(Timers, SurviveARestart) {
  testing::MapStateStore store;
  Timers before;
  before.set("a", std::string("\0x", 2), 10);
  before.set("a", "2", -5);
  before.set("a", "3", 30);
  WriteBatch first;
  before.save(first);
  before.take_due(0);
  before.cancel("a", "3");
  before.save(first);
  ASSERT_TRUE(store.write(first));
  Timers after;
  ASSERT_TRUE(after.load(store));
  EXPECT_EQ(after.size(), 1u);
  EXPECT_EQ(after.take_due(10)->key, std::string("\0x", 2));
}

}  // namespace
}  // namespace weir::pipeline
