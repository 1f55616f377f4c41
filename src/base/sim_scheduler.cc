#include "base/sim_scheduler.h"

#include "base/result.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace weir {

SimRandomStream::SimRandomStream(uint64_t seed) {
  for (uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15;
    uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
}

uint64_t SimRandomStream::next() {
  uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

SimScheduler::LanePtr SimScheduler::make_lane(std::string name) {
  std::erase_if(lanes_, [](const LanePtr& lane) { return lane->stopped; });
  auto lane = std::make_shared<Lane>();
  lane->name = std::move(name);
  lanes_.push_back(lane);
  return lane;
}

void SimScheduler::post(const LanePtr& lane, Task task) {
  if (!lane->stopped) lane->ready.push_back(std::move(task));
}

void SimScheduler::post_after(const LanePtr& lane, DurationMs delay, Task task) {
  if (lane->stopped) return;
  push_delayed({now_ + std::max<DurationMs>(delay, 0), next_order_++, lane, Survives::Process,
                std::move(task)});
}

void SimScheduler::post_loose(DurationMs delay, Survives survives, Task task) {
  push_delayed(
      {now_ + std::max<DurationMs>(delay, 0), next_order_++, nullptr, survives, std::move(task)});
}

void SimScheduler::stop_lane(const LanePtr& lane) {
  while (!lane->stopped && !lane->ready.empty()) {
    Task task = std::move(lane->ready.front());
    lane->ready.pop_front();
    task();
  }
  lane->stopped = true;
}

void SimScheduler::kill() {
  // Destroying a task may run code of the dying process that posts: everything is stopped first,
  // and the tasks are destroyed last.
  for (const LanePtr& lane : lanes_) lane->stopped = true;
  auto dead_lanes = std::exchange(lanes_, {});
  std::vector<Loose> dead_loose;
  std::vector<Delayed> dead_delayed;
  for (Loose& loose : std::exchange(loose_, {})) {
    (loose.survives == Survives::Kill ? loose_ : dead_loose).push_back(std::move(loose));
  }
  for (Delayed& delayed : std::exchange(delayed_, {})) {
    (delayed.survives == Survives::Kill ? delayed_ : dead_delayed).push_back(std::move(delayed));
  }
  std::ranges::make_heap(delayed_, later);
  for (const LanePtr& lane : dead_lanes) {
    auto tasks = std::exchange(lane->ready, {});
  }
}

void SimScheduler::run_ready() {
  WEIR_ASSERT(!running_);  // a task must not drive the simulator that runs it
  running_ = true;
  while (run_one()) {
  }
  running_ = false;
}

void SimScheduler::run_until(TimeMs time) {
  WEIR_ASSERT(time >= now_);
  run_ready();
  while (!delayed_.empty() && delayed_.front().due <= time) {
    now_ = std::max(now_, delayed_.front().due);
    run_ready();
  }
  now_ = time;
}

bool SimScheduler::run_one() {
  move_due_tasks();
  std::vector<Lane*> ready;
  for (const LanePtr& lane : lanes_) {
    if (!lane->ready.empty()) ready.push_back(lane.get());
  }
  size_t choices = ready.size() + loose_.size();
  if (choices == 0) return false;
  size_t choice = choices == 1 ? 0 : order_.below(choices);
  Task task;
  if (choice < ready.size()) {
    task = std::move(ready[choice]->ready.front());
    ready[choice]->ready.pop_front();
  } else {
    auto it = loose_.begin() + static_cast<std::ptrdiff_t>(choice - ready.size());
    task = std::move(it->task);
    loose_.erase(it);
  }
  task();
  return true;
}

void SimScheduler::move_due_tasks() {
  while (!delayed_.empty() && delayed_.front().due <= now_) {
    std::ranges::pop_heap(delayed_, later);
    Delayed delayed = std::move(delayed_.back());
    delayed_.pop_back();
    if (!delayed.lane) {
      loose_.push_back({delayed.survives, std::move(delayed.task)});
    } else if (!delayed.lane->stopped) {
      delayed.lane->ready.push_back(std::move(delayed.task));
    }
  }
}

void SimScheduler::push_delayed(Delayed delayed) {
  delayed_.push_back(std::move(delayed));
  std::ranges::push_heap(delayed_, later);
}

bool SimScheduler::later(const Delayed& a, const Delayed& b) {
  return std::pair(a.due, a.order) > std::pair(b.due, b.order);
}

}  // namespace weir
