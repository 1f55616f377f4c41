#include "ports/person_timers.h"

#include "model/condition.h"
#include "tests/support/fold_harness.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr TimeMs kStart = 1'000'000;

/// Looks at everybody who is due, and again after `again` if that is set.
class Watcher : public Fold {
 public:
  std::string_view name() const override { return "watcher"; }
  Status load(const StateStore& store) override { return timers.load(store); }
  void save(WriteBatch& batch) override { timers.save(batch); }
  void apply(Step&, StepContext&) override {}
  void on_timer(std::string_view key, TimeMs, StepContext& context) override {
    ASSERT_TRUE(PersonTimers::owns_timer(key));
    ++fired;
    timers.on_timer(
        definitions, [&](ProfileOrdinal p) { seen.emplace_back(context.now(), p.value); }, context);
  }
  PersonTimers timers{"wx", "watcher"};
  std::vector<std::pair<TimeMs, uint32_t>> seen;
  size_t definitions = 1;
  int fired = 0;
};

using Seen = std::vector<std::pair<TimeMs, uint32_t>>;

TEST(PersonTimers, WakesEachPersonAtTheEarliestInstantAndOnce) {
  Watcher watcher;
  testing::FoldHarness harness(kStart, {&watcher});
  watcher.timers.wake(ProfileOrdinal(7), kStart + 50, harness);
  watcher.timers.wake(ProfileOrdinal(7), kStart + 90, harness);
  watcher.timers.wake(ProfileOrdinal(3), kStart + 20, harness);
  watcher.timers.wake(ProfileOrdinal(3), kStart + 10, harness);
  watcher.timers.wake(ProfileOrdinal(4), Answer::kNever, harness);
  harness.advance_by(1000);
  EXPECT_EQ(watcher.seen, (Seen{{kStart + 10, 3}, {kStart + 50, 7}}));
  EXPECT_EQ(watcher.timers.waiting(), 0);
  EXPECT_EQ(harness.timer_count(), 0);
}

TEST(PersonTimers, ForgetsWhoIsGone) {
  Watcher watcher;
  testing::FoldHarness harness(kStart, {&watcher});
  watcher.timers.wake(ProfileOrdinal(1), kStart + 5, harness);
  watcher.timers.forget(ProfileOrdinal(1), harness);
  watcher.timers.forget(ProfileOrdinal(9), harness);
  EXPECT_EQ(harness.timer_count(), 0);
  watcher.timers.wake(ProfileOrdinal(1), kStart + 5, harness);
  watcher.timers.wake(ProfileOrdinal(2), kStart + 8, harness);
  watcher.timers.forget(ProfileOrdinal(1), harness);
  harness.advance_by(100);
  EXPECT_EQ(watcher.seen, (Seen{{kStart + 8, 2}}));
}

TEST(PersonTimers, TakesOnlySoManyPeopleAStepThatDefinitionsAllow) {
  Watcher watcher;
  watcher.definitions = 100;  // 5 people a step
  testing::FoldHarness harness(kStart, {&watcher});
  for (uint32_t p = 0; p < 12; ++p) watcher.timers.wake(ProfileOrdinal(p), kStart + 10, harness);
  harness.advance_by(100);
  ASSERT_EQ(watcher.seen.size(), 12);
  EXPECT_EQ(watcher.fired, 3);
  for (uint32_t p = 0; p < 12; ++p) EXPECT_EQ(watcher.seen[p], (std::pair{kStart + 10 + p / 5, p}));
}

TEST(PersonTimers, ComeBackFromTheStore) {
  Watcher before, after;
  testing::MapStateStore store;
  testing::FoldHarness first(kStart, {&before}), second(kStart, {&after});
  before.timers.wake(ProfileOrdinal(5), kStart + 30, first);
  before.timers.wake(ProfileOrdinal(6), kStart + 40, first);
  first.save(store);
  before.timers.forget(ProfileOrdinal(6), first);
  before.timers.wake(ProfileOrdinal(8), kStart + 20, first);
  first.save(store);
  second.load(store);
  second.restore(first.snapshot());
  EXPECT_EQ(after.timers.waiting(), 2);
  second.advance_by(100);
  EXPECT_EQ(after.seen, (Seen{{kStart + 20, 8}, {kStart + 30, 5}}));
}

}  // namespace
}  // namespace weir
