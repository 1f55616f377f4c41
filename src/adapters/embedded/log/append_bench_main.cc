// Measures the log alone: P producers, each with one batch of B records of S bytes under way.
// weir_log_bench [producers 16] [batch 100] [bytes 100] [seconds 5] [directory .]
// Prints records/s, the time from append to answer, and the disk's own sync time beside them.

#include "adapters/embedded/log/event_log.h"
#include "base/real_env.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <future>
#include <vector>

namespace weir::embedded {
namespace {

struct Load {
  uint64_t producers = 16, batch = 100, bytes = 100, seconds = 5;
  std::string dir = ".";
};

/// One producer: appends the next batch when the one before was answered.
class Producer {
 public:
  Producer(Env& env, EventLog& log, const Load& load, int64_t until_us,
           std::atomic<uint64_t>& active)
      : env_(env),
        log_(log),
        load_(load),
        until_us_(until_us),
        active_(active),
        executor_(env.make_executor("producer")) {}
  void start() {
    executor_->post([this] { next(); });
  }
  void stop() { executor_->stop(); }
  std::vector<int64_t> waits_us;

 private:
  void next() {
    int64_t now = env_.clock().monotonic_us();
    if (now >= until_us_) {
      --active_;
      return;
    }
    std::vector<std::string> records(load_.batch, std::string(load_.bytes, 'x'));
    log_.append(std::move(records), [this, now](const Result<Position>& r) {
      WEIR_ASSERT(r.has_value());
      waits_us.push_back(env_.clock().monotonic_us() - now);
      executor_->post([this] { next(); });
    });
  }

  Env& env_;
  EventLog& log_;
  const Load& load_;
  const int64_t until_us_;
  std::atomic<uint64_t>& active_;
  std::unique_ptr<Executor> executor_;
};

int64_t median_sync_us(Env& env, const std::string& dir) {
  auto file = env.files().open(dir + "/sync-probe", OpenMode::Create).value();
  std::vector<int64_t> times;
  for (int i = 0; i < 200; ++i) {
    WEIR_ASSERT(file->append(std::string(4096, 'x')).has_value());
    int64_t began = env.clock().monotonic_us();
    WEIR_ASSERT(file->sync().has_value());
    times.push_back(env.clock().monotonic_us() - began);
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

void run(Load load) {
  load.dir += "/weir-log-bench";
  std::filesystem::remove_all(load.dir);
  auto env = make_real_env();
  auto log = EmbeddedEventLog::open(*env, {.dir = load.dir}).value();
  int64_t sync_us = median_sync_us(*env, load.dir);
  int64_t began = env->clock().monotonic_us();
  std::atomic<uint64_t> active{load.producers};
  std::vector<std::unique_ptr<Producer>> producers;
  for (uint64_t i = 0; i < load.producers; ++i) {
    int64_t until = began + static_cast<int64_t>(load.seconds) * 1'000'000;
    producers.push_back(std::make_unique<Producer>(*env, *log, load, until, active));
    producers.back()->start();
  }
  auto timer = env->make_executor("timer");
  std::promise<void> over;
  std::function<void()> look = [&] {
    if (active == 0) return over.set_value();
    timer->post_after(10, look);
  };
  timer->post(look);
  over.get_future().wait();
  double seconds = static_cast<double>(env->clock().monotonic_us() - began) / 1e6;
  std::vector<int64_t> waits;
  for (auto& producer : producers) {
    producer->stop();
    waits.insert(waits.end(), producer->waits_us.begin(), producer->waits_us.end());
  }
  std::ranges::sort(waits);
  WEIR_ASSERT(!waits.empty());
  auto at = [&](double q) {
    return waits[static_cast<size_t>(q * static_cast<double>(waits.size() - 1))];
  };
  std::printf("%.0f records/s, answer p50 %lld us, p99 %lld us, disk sync p50 %lld us\n",
              static_cast<double>(log->end()) / seconds, static_cast<long long>(at(0.5)),
              static_cast<long long>(at(0.99)), static_cast<long long>(sync_us));
  timer->stop();
  WEIR_ASSERT(log->close().has_value());
  log.reset();
  std::filesystem::remove_all(load.dir);
}

}  // namespace
}  // namespace weir::embedded

int main(int argc, char** argv) {
  weir::embedded::Load load;
  uint64_t* numbers[] = {&load.producers, &load.batch, &load.bytes, &load.seconds};
  for (int i = 1; i < argc && i <= 4; ++i) *numbers[i - 1] = std::strtoull(argv[i], nullptr, 10);
  if (argc > 5) load.dir = argv[5];
  weir::embedded::run(load);
}
