#include "base/real_env.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <thread>
#include <vector>

namespace weir {
namespace {

class RealFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/weir_files_XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    dir_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::string path(std::string_view name) const { return dir_ + "/" + std::string(name); }

  std::unique_ptr<Env> env_ = make_real_env();
  FileSystem& files_ = env_->files();
  std::string dir_;
};

TEST_F(RealFilesTest, AppendsReadsTruncatesAndReopens) {
  auto file = files_.open(path("log"), OpenMode::Create);
  ASSERT_TRUE(file.has_value()) << file.error().message;
  ASSERT_TRUE((*file)->append("hello ").has_value());
  ASSERT_TRUE((*file)->append("world").has_value());
  ASSERT_TRUE((*file)->sync().has_value());
  ASSERT_TRUE(files_.sync_dir(dir_).has_value());
  EXPECT_EQ((*file)->read_at(6, 100).value_or("?"), "world");
  EXPECT_EQ((*file)->read_at(100, 1).value_or("?"), "");
  ASSERT_TRUE((*file)->truncate(5).has_value());
  auto again = files_.open(path("log"), OpenMode::Append);
  ASSERT_TRUE(again.has_value());
  ASSERT_TRUE((*again)->append("!").has_value());
  EXPECT_EQ(files_.read_all(path("log")).value_or("?"), "hello!");
  EXPECT_EQ((*again)->size().value_or(0), 6u);
}

TEST_F(RealFilesTest, SaysWhatIsWrong) {
  EXPECT_EQ(files_.open(path("no"), OpenMode::Read).error().code, ErrorCode::NotFound);
  EXPECT_EQ(files_.open(path("no"), OpenMode::Append).error().code, ErrorCode::NotFound);
  ASSERT_TRUE(files_.open(path("a"), OpenMode::Create).has_value());
  EXPECT_EQ(files_.open(path("a"), OpenMode::Create).error().code, ErrorCode::AlreadyExists);
  EXPECT_EQ(files_.map(path("no")).error().code, ErrorCode::NotFound);
  EXPECT_EQ(files_.list(path("no")).error().code, ErrorCode::NotFound);
  EXPECT_EQ(files_.remove(path("no")).error().code, ErrorCode::NotFound);
  EXPECT_EQ(files_.rename(path("no"), path("b")).error().code, ErrorCode::NotFound);
  EXPECT_FALSE(files_.make_dirs(path("a/under")).has_value());
}

TEST_F(RealFilesTest, MapsBytesAndNothing) {
  ASSERT_TRUE(files_.write_atomic(path("part"), "0123456789").has_value());
  ASSERT_TRUE(files_.write_atomic(path("empty"), "").has_value());
  EXPECT_EQ((*files_.map(path("part")))->bytes(), "0123456789");
  EXPECT_EQ((*files_.map(path("empty")))->bytes(), "");
}

TEST_F(RealFilesTest, ReplacesAtomicallyAndLeavesNothingBeside) {
  ASSERT_TRUE(files_.write_atomic(path("state"), "old").has_value());
  ASSERT_TRUE(files_.open(path("state.tmp"), OpenMode::Create).has_value());  // a crash left it
  ASSERT_TRUE(files_.write_atomic(path("state"), "new").has_value());
  EXPECT_EQ(files_.read_all(path("state")).value_or("?"), "new");
  EXPECT_EQ(*files_.list(dir_), std::vector<std::string>{"state"});
}

TEST_F(RealFilesTest, MakesDirectoriesAndListsSorted) {
  ASSERT_TRUE(files_.make_dirs(path("x/y/z")).has_value());
  ASSERT_TRUE(files_.make_dirs(path("x/y/z")).has_value());
  ASSERT_TRUE(files_.make_dirs(path("slash/")).has_value());
  ASSERT_TRUE(files_.write_atomic(path("x/b"), "").has_value());
  ASSERT_TRUE(files_.write_atomic(path("x/a"), "").has_value());
  EXPECT_EQ(*files_.list(path("x")), (std::vector<std::string>{"a", "b", "y"}));
  EXPECT_TRUE(files_.exists(path("x/y")) && files_.exists(path("slash")));
  EXPECT_GT(files_.free_bytes(dir_).value_or(0), 0u);
}

TEST_F(RealFilesTest, LocksOnce) {
  auto lock = files_.lock(path("LOCK"));
  ASSERT_TRUE(lock.has_value());
  EXPECT_EQ(files_.lock(path("LOCK")).error().code, ErrorCode::FailedPrecondition);
  lock->reset();
  EXPECT_TRUE(files_.lock(path("LOCK")).has_value());
}

TEST(RealClockTest, GoesForward) {
  auto env = make_real_env();
  EXPECT_GT(env->clock().now(), 1'700'000'000'000);
  int64_t before = env->clock().monotonic_us();
  EXPECT_GE(env->clock().monotonic_us(), before);
  EXPECT_NE(env->random().bytes(16), env->random().bytes(16));
  EXPECT_LT(env->random().below(10), 10u);
}

TEST(ThreadExecutorTest, RunsTasksOfAThreadInOrder) {
  auto env = make_real_env();
  auto executor = env->make_executor("order");
  std::vector<std::pair<int, int>> seen;  // only the executor's thread touches it
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5000; ++i) executor->post([&seen, t, i] { seen.emplace_back(t, i); });
    });
  }
  for (auto& thread : threads) thread.join();
  executor->stop();
  ASSERT_EQ(seen.size(), 20'000u);
  int next[4] = {};
  for (auto [t, i] : seen) EXPECT_EQ(i, next[t]++);
}

TEST(ThreadExecutorTest, RunsDelayedTasksByTheirTime) {
  auto env = make_real_env();
  auto executor = env->make_executor("delay");
  std::vector<int> seen;
  std::promise<void> last;
  executor->post([&] {  // from inside, so that all are posted before the first is due
    executor->post_after(30, [&] {
      seen.push_back(3);
      last.set_value();
    });
    executor->post_after(10, [&] { seen.push_back(1); });
    executor->post_after(10, [&] { seen.push_back(2); });
    executor->post_after(3'600'000, [&] { seen.push_back(99); });
    executor->post([&] { seen.push_back(0); });
  });
  last.get_future().get();
  executor->stop();
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 2, 3}));
}

TEST(ThreadExecutorTest, StopRunsWhatWasPostedAndRefusesMore) {
  auto env = make_real_env();
  auto executor = env->make_executor("a name that is longer than the kernel allows");
  std::atomic<int> ran{0};
  for (int i = 0; i < 100; ++i) executor->post([&] { ++ran; });
  executor->stop();
  EXPECT_EQ(ran, 100);
  executor->post([&] { ++ran; });
  executor->post_after(0, [&] { ++ran; });
  executor->stop();
  EXPECT_EQ(ran, 100);
}

}  // namespace
}  // namespace weir
