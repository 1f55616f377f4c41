#pragma once
// The Env of tests and the simulator: one thread, virtual time, seeded randomness and order, files
// in memory with power cuts, and a network of handlers in the same process (RELIABILITY §8).

#include "base/env.h"

#include <map>
#include <set>

namespace weir {

/// What a power cut keeps of bytes and names that were not synced.
enum class PowerCut { DropUnsynced, KeepUnsynced, TearUnsynced };  // Tear keeps a seeded prefix

/// Faults of the simulated file system; counters go down to 0 and then the fault happens once.
struct FileFaults {
  int64_t fail_sync_after = -1;    // the n-th sync from now fails with Unavailable; -1 = never
  int64_t fail_append_after = -1;  // the n-th append from now fails (disk full)
};

class SimEnv : public Env {
 public:
  /// `start` is the first virtual instant.
  static std::unique_ptr<SimEnv> make(uint64_t seed, TimeMs start);

  /// Runs ready tasks until none is ready at the current instant. Order among ready tasks of
  /// different executors is seeded; within one executor it is FIFO.
  virtual void run_ready() = 0;
  /// Moves virtual time to `time`, running every task that becomes due on the way.
  virtual void run_until(TimeMs time) = 0;
  void run_for(DurationMs length) { run_until(clock().now() + length); }
  /// Drops all pending tasks, as a process kill does. Executors made before refuse further work,
  /// open files fail and locks are free; `done` of open HTTP calls is never called. A request that
  /// was already on its way still reaches its handler. Unsynced bytes stay: only a power cut takes
  /// them.
  virtual void kill_process() = 0;

  virtual FileFaults& file_faults() = 0;
  /// Applies a power cut to all files and closes them; a later open sees what was left.
  virtual void power_cut(PowerCut mode) = 0;

  /// Routes requests for "http://host:port" to a handler, as a task of the simulator. Latency is
  /// drawn from [min, max]. Serving an origin again replaces its handler. Calls to an origin that
  /// nobody serves end with Unavailable.
  virtual void serve(std::string origin, HttpHandler handler, DurationMs latency_min_ms,
                     DurationMs latency_max_ms) = 0;
  /// The next `count` calls to `origin` are handled but their replies are lost (DeadlineExceeded).
  virtual void lose_replies(std::string origin, int count) = 0;
};

}  // namespace weir
