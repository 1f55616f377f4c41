// Questions on other threads while the fold appends, seals and the merger merges: every answer is
// that of some moment. Meant for the thread sanitizer; also checks that counts never go back.

#include "base/real_env.h"
#include "columnar/columnar.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace weir::columnar {
namespace {

uint64_t count_views(Store& store, std::span<Executor* const> helpers) {
  auto snapshot = store.snapshot();
  EXPECT_TRUE(snapshot);
  TrendsSpec spec;
  spec.series.resize(1);
  if (auto code = store.dictionary()[Family::Event].find("view")) {
    spec.series[0].events.events = {*code};
  }
  KeyDef key;
  key.property = store.dictionary()[Family::Property].find("v").value_or(kNone);
  spec.keys = {key};
  spec.buckets.starts = {0};
  spec.buckets.end = INT64_MAX;
  spec.to = INT64_MAX;
  auto result = run_trends(*snapshot, spec, {}, helpers);
  EXPECT_TRUE(result);
  double total = 0;
  for (const auto& line : result->lines) total += line.total.value_or(0);
  return static_cast<uint64_t>(total);
}

TEST(StoreThreads, QuestionsRunBesideAppendsSealsAndMerges) {
  testing::TempDir dir;
  auto env = make_real_env();
  auto store = *Store::open(env->files(), dir.path() + "/store");
  auto helper = env->make_executor("helper");
  Executor* helpers[] = {helper.get()};
  constexpr uint64_t kRows = 20000;
  std::atomic<bool> done{false};
  std::thread asking([&] {
    uint64_t before = 0;
    while (!done.load()) {
      uint64_t now = count_views(*store, helpers);
      EXPECT_GE(now, before);
      before = now;
    }
  });
  std::thread merging([&] {
    while (!done.load()) EXPECT_TRUE(store->merge_once());
  });
  for (uint64_t i = 0; i < kRows; ++i) {
    auto subject = static_cast<uint32_t>(i % 3000);
    store->assign(subject, subject);
    std::string value = "v" + std::to_string(i % 50);
    NewRow row;
    row.subject = subject;
    row.time = static_cast<int64_t>(i) + 1;
    row.position = i;
    row.event = "view";
    row.cells.push_back({"v", CellType::Text, 0, value, nullptr});
    store->append(row);
    if (i % 1000 == 999) {
      EXPECT_TRUE(store->seal(i + 1));
    }
    if (i % 500 == 0) store->join(subject, (subject + 1) % 3000);
  }
  done.store(true);
  asking.join();
  merging.join();
  EXPECT_EQ(count_views(*store, helpers), kRows);
  helper->stop();
}

}  // namespace
}  // namespace weir::columnar
