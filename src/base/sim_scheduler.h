#pragma once
// The simulator's one thread: virtual time, lanes of tasks, seeded order. Private to base.
//
// A lane is an executor's queue: its tasks run in the order of posting. Loose tasks (the network)
// have no order among themselves. At each step one ready lane or loose task is drawn by the seed.
// Invariant: the same seed and the same calls give the same order.

#include "base/time.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir {

/// xoshiro256** with splitmix64 seeding: fast, and the same everywhere.
class SimRandomStream {
 public:
  explicit SimRandomStream(uint64_t seed);
  uint64_t next();
  uint64_t below(uint64_t bound) { return bound == 0 ? 0 : next() % bound; }

 private:
  uint64_t state_[4];
};

class SimScheduler {
 public:
  using Task = std::function<void()>;

  struct Lane {
    std::string name;
    std::deque<Task> ready;
    bool stopped = false;
  };
  using LanePtr = std::shared_ptr<Lane>;

  SimScheduler(uint64_t seed, TimeMs start) : order_(seed), now_(start) {}

  TimeMs now() const { return now_; }
  LanePtr make_lane(std::string name);

  void post(const LanePtr& lane, Task task);
  void post_after(const LanePtr& lane, DurationMs delay, Task task);
  enum class Survives { Process, Kill };
  /// A task without a lane, such as a packet that arrives. `Kill`: it is on its way outside the
  /// process and arrives even when the process is killed meanwhile.
  void post_loose(DurationMs delay, Survives survives, Task task);

  /// Runs what the lane holds now, refuses more. Its delayed tasks are dropped.
  void stop_lane(const LanePtr& lane);
  /// Drops all tasks that do not survive a kill and stops all lanes.
  void kill();

  void run_ready();
  void run_until(TimeMs time);

 private:
  struct Delayed {
    TimeMs due;
    uint64_t order;
    LanePtr lane;  // null = loose
    Survives survives;
    Task task;
  };
  struct Loose {
    Survives survives;
    Task task;
  };

  static bool later(const Delayed& a, const Delayed& b);
  void push_delayed(Delayed delayed);
  void move_due_tasks();
  bool run_one();

  SimRandomStream order_;
  TimeMs now_;
  uint64_t next_order_ = 0;
  bool running_ = false;
  std::vector<LanePtr> lanes_;
  std::vector<Loose> loose_;
  std::vector<Delayed> delayed_;  // heap, earliest in front
};

}  // namespace weir
