// Log and pipeline on real threads and real files: what the simulator, which has one thread, cannot
// show. Run it under the tsan preset.

#include "adapters/embedded/log/event_log.h"
#include "adapters/memory/memory.h"
#include "base/real_env.h"
#include "pipeline/pipeline.h"
#include "tests/simulation/test_folds.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <future>

namespace weir {
namespace {

constexpr int kProducers = 8;
constexpr int kBatches = 60;
constexpr int kRecords = 20;

std::string record_of(int producer, int batch, int i) {
  Envelope e;
  e.source = "web";
  e.name = i == 0 ? "cart" : "view";
  e.message_id = std::to_string(producer) + "/" + std::to_string(batch) + "/" + std::to_string(i);
  e.event_time = e.received_time = 1'770'000'000'000;
  std::string bytes;
  encode(e, bytes);
  return bytes;
}

/// Appends its batches one after the other.
class Producer {
 public:
  Producer(Env& env, EventLog& log, int number)
      : log_(log), number_(number), executor_(env.make_executor("producer")) {
    executor_->post([this] { next(); });
  }
  void wait() {
    done_.get_future().wait();
    executor_->stop();
  }

 private:
  void next() {
    if (batch_ == kBatches) return done_.set_value();
    std::vector<std::string> records;
    for (int i = 0; i < kRecords; ++i) records.push_back(record_of(number_, batch_, i));
    ++batch_;
    log_.append(std::move(records), [this](Result<Position> r) {
      EXPECT_TRUE(r) << r.error().message;
      executor_->post([this] { next(); });
    });
  }

  EventLog& log_;
  const int number_;
  int batch_ = 0;
  std::promise<void> done_;
  std::unique_ptr<Executor> executor_;
};

TEST(Threads, FoldEveryRecordOnceWhileOthersAskAndTrim) {
  testing::TempDir dir;
  auto env = make_real_env();
  embedded::EventLogOptions options;
  options.dir = dir.path() + "/log";
  options.file_bytes_max = 64 << 10;
  options.cache_bytes_max = 16 << 10;
  auto log = embedded::EmbeddedEventLog::open(*env, options).value();
  memory::MemoryStateStore store;
  Metrics metrics;
  testing::CountingFold fold;
  pipeline::Options small;
  small.checkpoint_ms = 5;
  small.batch_records_max = 50;
  auto pipeline = pipeline::Pipeline::make(*log, store, *env, {&fold}, metrics, small);
  std::promise<void> live;
  ASSERT_TRUE(pipeline->start([&] { live.set_value(); }));
  live.get_future().wait();

  std::vector<std::unique_ptr<Producer>> producers;
  for (int p = 0; p < kProducers; ++p) {
    producers.push_back(std::make_unique<Producer>(*env, *log, p));
  }
  for (int question = 0; question < 50; ++question) {
    std::promise<int> answer;
    pipeline->run([&] { answer.set_value(fold.count("event/view")); });
    EXPECT_GE(answer.get_future().get(), 0);
    EXPECT_TRUE(log->read(0, 1000));
    EXPECT_TRUE(log->verify());
    EXPECT_GE(log->end(), pipeline->cursor());
  }
  for (auto& producer : producers) producer->wait();
  for (bool behind = true; behind;) {
    std::promise<bool> answer;
    pipeline->run([&] { answer.set_value(pipeline->lag() > 0); });
    behind = answer.get_future().get();
  }
  std::promise<Status> durable;
  pipeline->checkpoint([&](Status status) { durable.set_value(std::move(status)); });
  EXPECT_TRUE(durable.get_future().get());
  ASSERT_TRUE(pipeline->stop());
  EXPECT_EQ(pipeline->durable_cursor(), log->end());
  EXPECT_EQ(log->end(), static_cast<Position>(kProducers * kBatches * kRecords));
  EXPECT_EQ(fold.count("event/view"), kProducers * kBatches * (kRecords - 1));
  EXPECT_EQ(fold.count("event/cart"), kProducers * kBatches);
  EXPECT_TRUE(log->trim(log->end()));
  EXPECT_GT(log->begin(), 0u);
  ASSERT_TRUE(log->close());
}

}  // namespace
}  // namespace weir
