#include "columnar/together.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace weir::columnar {
namespace {

struct Meeting {
  std::mutex mutex;
  std::condition_variable idle;
  const std::function<void()>* body = nullptr;
  bool closed = false;
  int active = 0;

  void help() {
    {
      std::lock_guard lock(mutex);
      if (closed) return;
      ++active;
    }
    (*body)();
    std::lock_guard lock(mutex);
    --active;
    idle.notify_all();
  }
};

}  // namespace

void together(std::span<Executor* const> helpers, const std::function<void()>& body) {
  auto meeting = std::make_shared<Meeting>();
  meeting->body = &body;
  for (Executor* helper : helpers) helper->post([meeting] { meeting->help(); });
  body();
  std::unique_lock lock(meeting->mutex);
  meeting->closed = true;
  meeting->idle.wait(lock, [&] { return meeting->active == 0; });
}

void together(std::span<Executor* const> helpers, size_t count,
              const std::function<void(size_t)>& task) {
  std::atomic<size_t> next{0};
  together(helpers, [&] {
    for (size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) task(i);
  });
}

}  // namespace weir::columnar
