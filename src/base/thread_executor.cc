#include "base/thread_executor.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace weir {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct DelayedTask {
  SteadyClock::time_point due;
  uint64_t order;  // equal instants run in the order of posting
  std::function<void()> task;
};

bool later(const DelayedTask& a, const DelayedTask& b) {
  return std::pair(a.due, a.order) > std::pair(b.due, b.order);
}

class ThreadExecutor : public Executor {
 public:
  explicit ThreadExecutor(std::string_view name) : thread_([this] { run(); }) {
    std::string short_name(name.substr(0, 15));  // the kernel's limit
    ::pthread_setname_np(thread_.native_handle(), short_name.c_str());
  }

  ~ThreadExecutor() override { stop(); }

  void post(std::function<void()> task) override {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      ready_.push_back(std::move(task));
      if (!sleeping_) return;
    }
    wake_.notify_one();
  }

  void post_after(DurationMs delay, std::function<void()> task) override {
    auto due = SteadyClock::now() + std::chrono::milliseconds(std::max<DurationMs>(delay, 0));
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      delayed_.push_back({due, next_order_++, std::move(task)});
      std::ranges::push_heap(delayed_, later);
    }
    wake_.notify_one();
  }

  void stop() override {
    WEIR_ASSERT(std::this_thread::get_id() != thread_.get_id());
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    std::lock_guard lock(join_mutex_);
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    std::vector<std::function<void()>> batch;
    while (take_batch(batch)) {
      for (auto& task : batch) {
        task();
        task = nullptr;  // what a task holds is released before the next one runs
      }
      batch.clear();
    }
  }

  // Waits for work and takes all of it, so that the lock is paid once per batch. False = stopped.
  bool take_batch(std::vector<std::function<void()>>& batch) {
    std::unique_lock lock(mutex_);
    while (true) {
      if (!delayed_.empty() && !stopping_) move_due_tasks();
      if (!ready_.empty()) {
        batch.swap(ready_);
        return true;
      }
      if (stopping_) break;
      sleeping_ = true;
      if (delayed_.empty()) {
        wake_.wait(lock);
      } else {
        wake_.wait_until(lock, SteadyClock::time_point(delayed_.front().due));
      }
      sleeping_ = false;
    }
    auto dropped = std::move(delayed_);
    lock.unlock();  // destroying a task may post, which needs the lock
    return false;
  }

  void move_due_tasks() {
    auto now = SteadyClock::now();
    while (!delayed_.empty() && delayed_.front().due <= now) {
      std::ranges::pop_heap(delayed_, later);
      ready_.push_back(std::move(delayed_.back().task));
      delayed_.pop_back();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::function<void()>> ready_;
  std::vector<DelayedTask> delayed_;  // heap, earliest in front
  uint64_t next_order_ = 0;
  bool stopping_ = false;
  bool sleeping_ = false;
  std::mutex join_mutex_;
  std::thread thread_;  // last: it starts when everything above exists
};

}  // namespace

std::unique_ptr<Executor> make_thread_executor(std::string_view name) {
  return std::make_unique<ThreadExecutor>(name);
}

}  // namespace weir
