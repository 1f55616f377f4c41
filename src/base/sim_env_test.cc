#include "base/sim_env.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weir {
namespace {

constexpr TimeMs kStart = 1'790'000'000'000;

std::string interleaving(uint64_t seed) {
  auto env = SimEnv::make(seed, kStart);
  auto a = env->make_executor("a"), b = env->make_executor("b");
  std::string order;
  for (int i = 0; i < 10; ++i) {
    a->post([&order, i] { order += static_cast<char>('a' + i); });
    b->post([&order, i] { order += static_cast<char>('A' + i); });
  }
  env->run_ready();
  return order;
}

TEST(SimExecutorTest, KeepsOrderWithinAndDrawsItBetweenExecutors) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::string order = interleaving(seed);
    EXPECT_EQ(order, interleaving(seed));
    std::string lower, upper;
    for (char c : order) (c >= 'a' ? lower : upper) += c;
    EXPECT_EQ(lower, "abcdefghij");
    EXPECT_EQ(upper, "ABCDEFGHIJ");
    seen.insert(order);
  }
  EXPECT_GT(seen.size(), 15u);
}

TEST(SimExecutorTest, RunsDelayedTasksAtTheirVirtualInstant) {
  auto env = SimEnv::make(1, kStart);
  auto executor = env->make_executor("a");
  std::vector<TimeMs> seen;
  executor->post_after(3 * kDayMs, [&] {
    seen.push_back(env->clock().now());
    executor->post_after(kHourMs, [&] { seen.push_back(env->clock().now()); });
  });
  executor->post_after(5, [&] { seen.push_back(env->clock().now()); });
  env->run_until(kStart + 4);
  EXPECT_TRUE(seen.empty());
  env->run_for(4 * kDayMs);
  EXPECT_EQ(seen,
            (std::vector<TimeMs>{kStart + 5, kStart + 3 * kDayMs, kStart + 3 * kDayMs + kHourMs}));
  EXPECT_EQ(env->clock().now(), kStart + 4 + 4 * kDayMs);
  EXPECT_EQ(env->clock().monotonic_us(), (4 + 4 * kDayMs) * 1000);
}

TEST(SimExecutorTest, StopRunsWhatWasPostedAndKillDoesNot) {
  auto env = SimEnv::make(1, kStart);
  int ran = 0;
  auto stopped = env->make_executor("s");
  stopped->post([&] { ++ran; });
  stopped->post_after(1, [&] { ran += 100; });
  stopped->stop();
  stopped->post([&] { ran += 100; });
  EXPECT_EQ(ran, 1);
  auto killed = env->make_executor("k");
  killed->post([&] { ran += 100; });
  killed->post_after(1, [&] { ran += 100; });
  env->kill_process();
  killed->post([&] { ran += 100; });
  killed.reset();
  auto fresh = env->make_executor("f");
  fresh->post([&] { ++ran; });
  env->run_for(10);
  EXPECT_EQ(ran, 2);
}

TEST(SimRandomTest, IsAFunctionOfTheSeed) {
  auto one = SimEnv::make(7, kStart), two = SimEnv::make(7, kStart);
  auto other = SimEnv::make(8, kStart);
  std::string bytes = one->random().bytes(100);
  EXPECT_EQ(bytes, two->random().bytes(100));
  EXPECT_NE(bytes, other->random().bytes(100));
}

class SimFilesTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(files_.make_dirs("/data").has_value()); }

  std::unique_ptr<File> create(const std::string& path) {
    auto file = files_.open(path, OpenMode::Create);
    EXPECT_TRUE(file.has_value());
    return std::move(*file);
  }
  void settle() { ASSERT_TRUE(files_.sync_dir("/data").has_value()); }
  std::string content(const std::string& path) { return files_.read_all(path).value_or("(none)"); }
  void cut(PowerCut mode) {
    env_->kill_process();
    env_->power_cut(mode);
  }

  std::unique_ptr<SimEnv> env_ = SimEnv::make(3, kStart);
  FileSystem& files_ = env_->files();
};

TEST_F(SimFilesTest, APowerCutTakesUnsyncedBytes) {
  auto file = create("/data/log");
  settle();
  ASSERT_TRUE(file->append("safe").has_value());
  ASSERT_TRUE(file->sync().has_value());
  ASSERT_TRUE(file->append("lost").has_value());
  EXPECT_EQ(content("/data/log"), "safelost");
  cut(PowerCut::DropUnsynced);
  EXPECT_EQ(content("/data/log"), "safe");
  EXPECT_FALSE(file->append("x").has_value());
}

TEST_F(SimFilesTest, APowerCutTakesNamesWhoseDirectoryWasNotSynced) {
  auto file = create("/data/new");
  ASSERT_TRUE(file->append("bytes").has_value());
  ASSERT_TRUE(file->sync().has_value());
  cut(PowerCut::DropUnsynced);
  EXPECT_FALSE(files_.exists("/data/new"));
  EXPECT_TRUE(files_.exists("/data"));
}

TEST_F(SimFilesTest, ASyncedNameWithUnsyncedBytesIsAnEmptyFile) {
  auto file = create("/data/new");
  ASSERT_TRUE(file->append("bytes").has_value());
  settle();
  cut(PowerCut::DropUnsynced);
  EXPECT_EQ(content("/data/new"), "");
}

TEST_F(SimFilesTest, RenamesAndRemovalsComeBackUntilTheDirectoryIsSynced) {
  ASSERT_TRUE(files_.write_atomic("/data/a", "A").has_value());
  ASSERT_TRUE(files_.write_atomic("/data/b", "B").has_value());
  ASSERT_TRUE(files_.rename("/data/a", "/data/b").has_value());
  EXPECT_EQ(content("/data/b"), "A");
  cut(PowerCut::DropUnsynced);
  EXPECT_EQ(content("/data/a"), "A");
  EXPECT_EQ(content("/data/b"), "B");
  ASSERT_TRUE(files_.remove("/data/a").has_value());
  cut(PowerCut::DropUnsynced);
  EXPECT_TRUE(files_.exists("/data/a"));
  ASSERT_TRUE(files_.remove("/data/a").has_value());
  settle();
  cut(PowerCut::DropUnsynced);
  EXPECT_EQ(*files_.list("/data"), std::vector<std::string>{"b"});
}

TEST_F(SimFilesTest, ARenameAcrossDirectoriesIsDurableInBothOrNone) {
  ASSERT_TRUE(files_.make_dirs("/data/in").has_value());
  ASSERT_TRUE(files_.make_dirs("/data/out").has_value());
  auto file = create("/data/in/f");
  ASSERT_TRUE(file->append("x").has_value());
  ASSERT_TRUE(file->sync().has_value());
  ASSERT_TRUE(files_.rename("/data/in/f", "/data/out/f").has_value());
  ASSERT_TRUE(files_.sync_dir("/data/out").has_value());
  cut(PowerCut::DropUnsynced);
  EXPECT_FALSE(files_.exists("/data/in/f"));
  EXPECT_EQ(content("/data/out/f"), "x");
}

TEST_F(SimFilesTest, WriteAtomicIsOldOrNewAfterEveryKindOfCut) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    for (PowerCut mode : {PowerCut::DropUnsynced, PowerCut::KeepUnsynced, PowerCut::TearUnsynced}) {
      for (int64_t fault = -1; fault < 3; ++fault) {
        auto env = SimEnv::make(seed, kStart);
        ASSERT_TRUE(env->files().make_dirs("/d").has_value());
        ASSERT_TRUE(env->files().write_atomic("/d/s", "old").has_value());
        env->file_faults().fail_sync_after = fault;
        bool ok = env->files().write_atomic("/d/s", "new").has_value();
        env->kill_process();
        env->power_cut(mode);
        std::string found = env->files().read_all("/d/s").value_or("(none)");
        EXPECT_TRUE(found == "new" || (!ok && found == "old")) << found;
      }
    }
  }
}

TEST_F(SimFilesTest, ATornCutKeepsAPrefix) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    auto env = SimEnv::make(seed, kStart);
    ASSERT_TRUE(env->files().make_dirs("/d").has_value());
    auto file = *env->files().open("/d/log", OpenMode::Create);
    ASSERT_TRUE(env->files().sync_dir("/d").has_value());
    ASSERT_TRUE(file->append("safe").has_value());
    ASSERT_TRUE(file->sync().has_value());
    ASSERT_TRUE(file->append("123").has_value());
    env->power_cut(PowerCut::TearUnsynced);
    seen.insert(env->files().read_all("/d/log").value_or("(none)"));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"safe", "safe1", "safe12", "safe123"}));
}

TEST_F(SimFilesTest, AnUnsyncedTruncationMayComeBack) {
  auto file = create("/data/log");
  settle();
  ASSERT_TRUE(file->append("0123456789").has_value());
  ASSERT_TRUE(file->sync().has_value());
  ASSERT_TRUE(file->truncate(4).has_value());
  ASSERT_TRUE(file->append("x").has_value());
  EXPECT_EQ(content("/data/log"), "0123x");
  cut(PowerCut::DropUnsynced);
  EXPECT_EQ(content("/data/log"), "0123456789");
  auto again = *files_.open("/data/log", OpenMode::Append);
  ASSERT_TRUE(again->truncate(4).has_value());
  ASSERT_TRUE(again->sync().has_value());
  cut(PowerCut::DropUnsynced);
  EXPECT_EQ(content("/data/log"), "0123");
}

// RELIABILITY P3: who syncs again after a failure is told that all is well, and it is not.
TEST_F(SimFilesTest, AFailedSyncLosesItsBytesEvenWhenALaterOneSucceeds) {
  auto file = create("/data/log");
  settle();
  ASSERT_TRUE(file->append("one").has_value());
  ASSERT_TRUE(file->sync().has_value());
  ASSERT_TRUE(file->append("two").has_value());
  env_->file_faults().fail_sync_after = 0;
  EXPECT_EQ(file->sync().error().code, ErrorCode::Unavailable);
  EXPECT_EQ(file->sync().error().code, ErrorCode::Unavailable);  // the handle is poisoned
  EXPECT_FALSE(file->append("x").has_value());
  auto again = *files_.open("/data/log", OpenMode::Append);
  ASSERT_TRUE(again->append("three").has_value());
  ASSERT_TRUE(again->sync().has_value());
  EXPECT_EQ(content("/data/log"), "onetwothree");
  cut(PowerCut::DropUnsynced);
  EXPECT_EQ(content("/data/log"), std::string("one\0\0\0three", 11));
}

TEST_F(SimFilesTest, ADiskThatFillsUpTakesAPart) {
  auto file = create("/data/log");
  env_->file_faults().fail_append_after = 1;
  ASSERT_TRUE(file->append("first").has_value());
  auto full = file->append("second");
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().code, ErrorCode::ResourceExhausted);
  std::string found = content("/data/log");
  EXPECT_TRUE(std::string("firstsecond").starts_with(found) && found.size() >= 5) << found;
  EXPECT_TRUE(file->append("third").has_value());
}

TEST_F(SimFilesTest, AKilledProcessLosesHandlesAndLocksButNotBytes) {
  auto file = create("/data/log");
  ASSERT_TRUE(file->append("unsynced").has_value());
  auto lock = files_.lock("/data/LOCK");
  ASSERT_TRUE(lock.has_value());
  EXPECT_EQ(files_.lock("/data/LOCK").error().code, ErrorCode::FailedPrecondition);
  env_->kill_process();
  EXPECT_EQ(content("/data/log"), "unsynced");
  EXPECT_FALSE(file->append("x").has_value());
  auto next = files_.lock("/data/LOCK");
  ASSERT_TRUE(next.has_value());
  lock->reset();  // the dead process's lock does not open its successor's
  EXPECT_FALSE(files_.lock("/data/LOCK").has_value());
}

TEST_F(SimFilesTest, AnswersLikeTheRealFiles) {
  EXPECT_EQ(files_.open("/data/no", OpenMode::Append).error().code, ErrorCode::NotFound);
  EXPECT_EQ(files_.open("/nodir/x", OpenMode::Create).error().code, ErrorCode::NotFound);
  auto file = create("/data//y");
  EXPECT_EQ(files_.open("/data/./y", OpenMode::Create).error().code, ErrorCode::AlreadyExists);
  EXPECT_EQ((*files_.map("/data/y"))->bytes(), "");
  ASSERT_TRUE(files_.make_dirs("/data/p/q").has_value());
  EXPECT_FALSE(files_.remove("/data/p").has_value());
  EXPECT_TRUE(files_.remove("/data/p/q/").has_value());
}

class SimNetworkTest : public testing::Test {
 protected:
  void serve() {
    env_->serve(
        "http://vendor:80",
        [this](HttpRequest request, HttpResponder respond) {
          ++handled_;
          respond(
              HttpResponse::text(200, request.target + std::string(request.headers.get("host"))));
        },
        10, 20);
  }
  void call(DurationMs timeout_ms = 1000) {
    env_->http().send("http://vendor/x?y", {}, timeout_ms, [this](Result<HttpResponse> result) {
      answers_.push_back(result ? result->body : std::string(to_string(result.error().code)));
      answered_at_ = env_->clock().now();
    });
  }

  std::unique_ptr<SimEnv> env_ = SimEnv::make(5, kStart);
  int handled_ = 0;
  TimeMs answered_at_ = 0;
  std::vector<std::string> answers_;
};

TEST_F(SimNetworkTest, AnswersAfterTheLatency) {
  serve();
  call();
  env_->run_ready();
  EXPECT_TRUE(answers_.empty());
  env_->run_for(20);
  EXPECT_EQ(answers_, std::vector<std::string>{"/x?yvendor"});
  EXPECT_GE(answered_at_, kStart + 10);
}

TEST_F(SimNetworkTest, RefusesWhereNobodyServes) {
  call();
  env_->run_ready();
  EXPECT_EQ(answers_, std::vector<std::string>{"unavailable"});
}

TEST_F(SimNetworkTest, ALostReplyWasHandledAllTheSame) {
  serve();
  env_->lose_replies("http://vendor", 1);
  call(500);
  env_->run_for(100);
  EXPECT_EQ(handled_, 1);
  EXPECT_TRUE(answers_.empty());
  env_->run_for(500);
  call();
  env_->run_for(500);
  EXPECT_EQ(answers_, (std::vector<std::string>{"deadline_exceeded", "/x?yvendor"}));
}

TEST_F(SimNetworkTest, AKilledCallerHearsNothingButWasHeard) {
  serve();
  call();
  env_->run_ready();
  env_->kill_process();
  env_->run_for(kMinuteMs);
  EXPECT_EQ(handled_, 1);
  EXPECT_TRUE(answers_.empty());
}

TEST_F(SimNetworkTest, AnAnswerAfterTheDeadlineIsNotHeardTwice) {
  HttpResponder kept;
  env_->serve("http://vendor", [&](HttpRequest, HttpResponder respond) { kept = respond; }, 0, 0);
  call(100);
  env_->run_for(200);
  kept(HttpResponse::text(200, "late"));
  env_->run_for(200);
  EXPECT_EQ(answers_, std::vector<std::string>{"deadline_exceeded"});
}

}  // namespace
}  // namespace weir
