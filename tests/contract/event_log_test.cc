// What every EventLog promises (ports/event_log.h), asked of every adapter.

#include "adapters/embedded/log/event_log.h"
#include "adapters/memory/memory.h"
#include "base/real_env.h"
#include "base/sim_env.h"
#include "tests/support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace weir {
namespace {

constexpr TimeMs kStart = 1'770'000'000'000;

/// One adapter in its world.
class World {
 public:
  virtual ~World() = default;
  virtual EventLog& log() = 0;
  /// Closes and opens again; false when the adapter cannot outlive its process.
  virtual bool reopen() = 0;
  virtual Result<Position> append(std::vector<std::string> records) = 0;
};

class SimWorld : public World {
 public:
  Result<Position> append(std::vector<std::string> records) override {
    std::optional<Result<Position>> answer;
    log().append(std::move(records), [&](Result<Position> r) {
      EXPECT_FALSE(answer.has_value()) << "answered twice";
      answer = std::move(r);
    });
    env_->run_ready();
    EXPECT_TRUE(answer.has_value()) << "never answered";
    return *answer;
  }

 protected:
  std::unique_ptr<SimEnv> env_ = SimEnv::make(7, kStart);
};

class MemoryWorld : public SimWorld {
 public:
  EventLog& log() override { return log_; }
  bool reopen() override { return false; }

 private:
  memory::MemoryEventLog log_{*env_};
};

embedded::EventLogOptions small_files(std::string dir) {
  embedded::EventLogOptions options;
  options.dir = std::move(dir);
  options.file_bytes_max = 4096;
  options.cache_bytes_max = 2000;
  options.disk_reserve_bytes = 0;
  return options;
}

class EmbeddedSimWorld : public SimWorld {
 public:
  EmbeddedSimWorld() { open(); }
  EventLog& log() override { return *log_; }
  bool reopen() override {
    EXPECT_TRUE(log_->close());
    log_.reset();
    open();
    return true;
  }

 private:
  void open() {
    auto opened = embedded::EmbeddedEventLog::open(*env_, small_files("/data/log"));
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = *std::move(opened);
  }
  std::unique_ptr<embedded::EmbeddedEventLog> log_;
};

class EmbeddedRealWorld : public World {
 public:
  EmbeddedRealWorld() { open(); }
  EventLog& log() override { return *log_; }
  bool reopen() override {
    EXPECT_TRUE(log_->close());
    log_.reset();
    open();
    return true;
  }
  Result<Position> append(std::vector<std::string> records) override {
    std::promise<Result<Position>> answer;
    log_->append(std::move(records), [&](Result<Position> r) { answer.set_value(std::move(r)); });
    return answer.get_future().get();
  }

 private:
  void open() {
    auto opened = embedded::EmbeddedEventLog::open(*env_, small_files(dir_.path() + "/log"));
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = *std::move(opened);
  }
  testing::TempDir dir_;
  std::unique_ptr<Env> env_ = make_real_env();
  std::unique_ptr<embedded::EmbeddedEventLog> log_;
};

using MakeWorld = std::unique_ptr<World> (*)();
template <class W>
std::unique_ptr<World> make_world() {
  return std::make_unique<W>();
}

class EventLogContract : public ::testing::TestWithParam<std::pair<const char*, MakeWorld>> {
 protected:
  std::unique_ptr<World> world_ = GetParam().second();
  EventLog& log() { return world_->log(); }

  std::vector<std::string> read_all(Position from, size_t bytes_max) {
    std::vector<std::string> out;
    Position next = from;
    for (;;) {
      auto records = log().read(next, bytes_max);
      EXPECT_TRUE(records) << (records ? "" : records.error().message);
      if (!records || records->empty()) return out;
      for (LogRecord& record : *records) {
        EXPECT_EQ(record.position, next++);
        out.push_back(std::move(record.bytes));
      }
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Adapters, EventLogContract,
                         ::testing::Values(std::pair("Memory", &make_world<MemoryWorld>),
                                           std::pair("EmbeddedSim", &make_world<EmbeddedSimWorld>),
                                           std::pair("EmbeddedReal",
                                                     &make_world<EmbeddedRealWorld>)),
                         [](const auto& param) { return param.param.first; });

TEST_P(EventLogContract, StartsEmptyAndWritable) {
  EXPECT_EQ(log().begin(), 0u);
  EXPECT_EQ(log().end(), 0u);
  EXPECT_TRUE(log().writable());
  EXPECT_TRUE(read_all(0, 100).empty());
}

TEST_P(EventLogContract, GivesDensePositionsInOrder) {
  EXPECT_EQ(world_->append({"a", "b"}).value(), 0u);
  EXPECT_EQ(world_->append({"c"}).value(), 2u);
  EXPECT_EQ(log().end(), 3u);
  EXPECT_THAT(read_all(0, 1000), ::testing::ElementsAre("a", "b", "c"));
  EXPECT_THAT(read_all(1, 1), ::testing::ElementsAre("b", "c"));
}

TEST_P(EventLogContract, KeepsAnyBytes) {
  std::string odd("\0\xff\r\nWFR1", 8);
  EXPECT_TRUE(world_->append({odd, "", std::string(100'000, 'x')}));
  EXPECT_THAT(read_all(0, 10), ::testing::ElementsAre(odd, "", std::string(100'000, 'x')));
}

TEST_P(EventLogContract, ReadStopsNearTheByteLimitButGivesAtLeastOne) {
  std::string a(500, 'a'), b(500, 'b'), c(500, 'c');
  EXPECT_TRUE(world_->append({a, b, c}));
  EXPECT_EQ(log().read(0, 1)->size(), 1u);
  EXPECT_EQ(log().read(0, 600)->size(), 2u);
  EXPECT_EQ(log().read(0, 10'000)->size(), 3u);
}

TEST_P(EventLogContract, AppendTimesNeverDecrease) {
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(world_->append({std::to_string(i)}));
  auto records = log().read(0, 1 << 20).value();
  TimeMs last = 1;
  for (const LogRecord& record : records) {
    EXPECT_GE(record.append_time, last);
    last = record.append_time;
  }
}

TEST_P(EventLogContract, RefusesAnEmptyBatch) {
  auto answer = world_->append({});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(log().end(), 0u);
}

TEST_P(EventLogContract, TellsListenersAfterEachDurableAppend) {
  std::atomic<Position> seen{0};
  std::promise<void> all;
  log().on_append([&] {
    seen = log().end();
    if (seen == 3) all.set_value();
  });
  EXPECT_TRUE(world_->append({"a"}));
  EXPECT_TRUE(world_->append({"b", "c"}));
  all.get_future().wait();
  EXPECT_EQ(seen, 3u);
}

TEST_P(EventLogContract, ReadsEveryPositionFromEveryFile) {
  std::vector<std::string> expected;
  for (int i = 0; i < 400; ++i) {
    expected.push_back("record " + std::to_string(i) +
                       std::string(static_cast<size_t>(i) % 97, '.'));
    EXPECT_TRUE(world_->append({expected.back()}));
  }
  EXPECT_EQ(read_all(0, 1), expected);
  EXPECT_EQ(read_all(0, 5000), expected);
  for (Position from = 399; from < 400; from -= 7) {
    EXPECT_EQ(log().read(from, 1).value().front().bytes, expected[from]);
  }
}

TEST_P(EventLogContract, TrimRemovesOnlyWhatItMay) {
  for (int i = 0; i < 400; ++i) EXPECT_TRUE(world_->append({std::string(50, 'r')}));
  uint64_t before = log().disk_bytes();
  EXPECT_TRUE(log().trim(300));
  EXPECT_GT(log().begin(), 0u);
  EXPECT_LE(log().begin(), 300u);
  EXPECT_LT(log().disk_bytes(), before);
  EXPECT_EQ(read_all(log().begin(), 5000).size(), 400 - log().begin());
  auto gone = log().read(0, 100);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::NotFound);
  EXPECT_TRUE(log().trim(1'000'000));  // beyond the end: the newest records stay, positions go on
  EXPECT_EQ(world_->append({"next"}).value(), 400u);
}

TEST_P(EventLogContract, GoesOnAfterReopening) {
  std::vector<std::string> expected;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 60; ++i) {
      expected.push_back(std::to_string(round) + "/" + std::to_string(i) + std::string(60, '-'));
      EXPECT_EQ(world_->append({expected.back()}).value(), expected.size() - 1);
    }
    if (!world_->reopen()) return;
    EXPECT_EQ(log().end(), expected.size());
    EXPECT_EQ(read_all(0, 3000), expected);
  }
  EXPECT_TRUE(log().trim(200));
  Position begin = log().begin();
  EXPECT_TRUE(world_->reopen());
  EXPECT_EQ(log().begin(), begin);
  EXPECT_EQ(log().end(), expected.size());
}

}  // namespace
}  // namespace weir
