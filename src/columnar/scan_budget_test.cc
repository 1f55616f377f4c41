// What a scan may cost, how it is stopped, and how far it says it is.

#include "base/sim_env.h"
#include "columnar/scan.h"
#include "columnar/store.h"

#include <gtest/gtest.h>

#include <set>

namespace weir::columnar {
namespace {

constexpr uint32_t kGroups = 1000;

/// Every look at it is a microsecond later: time passes with the units of a scan.
class TickingClock : public Clock {
 public:
  TimeMs now() override { return 0; }
  int64_t monotonic_us() override { return ++ticks_; }

 private:
  int64_t ticks_ = 0;
};

class Seen : public GroupOperator {
 public:
  void group(uint32_t group, std::span<Hit>, RowReader&) override {
    groups.insert(group);
    if (cancel_at == group) cancelled.store(true);
  }
  uint64_t memory_bytes() const override { return groups.size() * 1000; }

  std::set<uint32_t> groups;
  uint32_t cancel_at = kNone;
  std::atomic<bool> cancelled{false};
};

struct ScanBudgetTest : ::testing::Test {
  std::unique_ptr<SimEnv> env = SimEnv::make(1, 0);
  std::unique_ptr<Store> store = *Store::open(env->files(), "/store");
  TickingClock clock;
  WorkProgress progress;
  Seen seen;

  void SetUp() override {
    // Enough rows that the groups are several units.
    for (uint32_t group = 0; group < kGroups; ++group) {
      store->assign(group, group);
      for (int i = 0; i < 100; ++i) {
        NewRow row;
        row.subject = group;
        row.time = i;
        row.position = group * 100 + static_cast<uint32_t>(i);
        row.event = "view";
        store->append(row);
      }
    }
  }

  Result<uint64_t> run(const ScanBudget& budget, ScanSpec spec = {}) {
    spec.all_events = true;
    return scan(*store->snapshot(), spec, budget, {}, [&]() -> GroupOperator& { return seen; });
  }
};

TEST_F(ScanBudgetTest, SaysHowFarItIs) {
  ScanBudget budget;
  budget.progress = &progress;
  ASSERT_TRUE(run(budget));
  EXPECT_EQ(progress.passes.load(), 1u);
  EXPECT_EQ(progress.done.load(), progress.total.load());
  EXPECT_GE(progress.total.load(), kGroups);
  EXPECT_EQ(progress.share(), 1.0);
}

TEST_F(ScanBudgetTest, AnAnswerSoFarIsAboutTheFirstGroupsAndSoAreLaterPasses) {
  ScanBudget budget;
  budget.progress = &progress;
  budget.clock = &clock;
  budget.partial_at_us = 3;
  ASSERT_TRUE(run(budget));
  size_t first = seen.groups.size();
  EXPECT_GT(first, 0u);
  EXPECT_LT(first, size_t{kGroups});
  EXPECT_EQ(*seen.groups.rbegin(), first - 1) << "a hole";
  EXPECT_GT(progress.share(), 0.0);
  EXPECT_LT(progress.share(), 1.0);
  seen.groups.clear();
  ASSERT_TRUE(run(budget));
  EXPECT_EQ(seen.groups.size(), first);
}

TEST_F(ScanBudgetTest, TooMuchMemoryEndsItAndSaysWhatToDo) {
  ScanBudget budget;
  budget.memory_max = kGroups * 1000 - 1;
  auto scanned = run(budget);
  ASSERT_FALSE(scanned);
  EXPECT_EQ(scanned.error().code, ErrorCode::ResourceExhausted);
  EXPECT_NE(scanned.error().message.find("sample"), std::string::npos);
  seen.groups.clear();
  budget.memory_max = kGroups * 1000;
  EXPECT_TRUE(run(budget));
}

TEST_F(ScanBudgetTest, TimeAndCancellationEndItBetweenUnits) {
  ScanBudget budget;
  budget.clock = &clock;
  budget.deadline_us = 3;
  auto late = run(budget);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::ResourceExhausted);
  EXPECT_LT(seen.groups.size(), size_t{kGroups});
  seen.groups.clear();
  ScanBudget stoppable;
  stoppable.cancelled = &seen.cancelled;
  seen.cancel_at = 5;
  auto stopped = run(stoppable);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::Unavailable);
  EXPECT_LT(seen.groups.size(), size_t{kGroups});
}

TEST_F(ScanBudgetTest, ARangeOfGroupsIsAllThatIsHandedOut) {
  ScanSpec spec;
  spec.group_begin = 130;
  spec.group_end = 711;
  ASSERT_TRUE(run({}, spec));
  EXPECT_EQ(*seen.groups.begin(), 130u);
  EXPECT_EQ(*seen.groups.rbegin(), 710u);
  EXPECT_EQ(seen.groups.size(), 581u);
}

}  // namespace
}  // namespace weir::columnar
