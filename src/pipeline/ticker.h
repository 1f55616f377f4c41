#pragma once
// Time enters the log: when a timer is due by the clock and no record brings log time forward, a
// Tick record is appended. At most one is under way.

#include "base/env.h"
#include "ports/event_log.h"

#include <memory>
#include <mutex>
#include <optional>

namespace weir::pipeline {

/// Used on the fold executor.
class Ticker {
 public:
  Ticker(EventLog& log, Env& env, Executor& executor, DurationMs gap_ms);
  ~Ticker();
  Ticker(const Ticker&) = delete;

  /// The folds caught up with the log and wait for `due`; nothing when no timer is set.
  void watch(std::optional<TimeMs> due);
  /// A tick came back through the log.
  void folded_tick() { under_way_ = false; }

 private:
  void wake_in(DurationMs delay);
  void append_tick(TimeMs now);
  void refused();

  /// Outlives the ticker inside the log's queue.
  struct Link {
    std::mutex mutex;
    Ticker* ticker = nullptr;
  };

  EventLog& log_;
  Env& env_;
  Executor& executor_;
  const DurationMs gap_ms_;
  std::optional<TimeMs> due_;
  bool under_way_ = false;
  TimeMs last_tick_ = 0;
  TimeMs wake_at_ = 0;  // 0 = no wake-up is scheduled
  uint64_t wake_ups_ = 0;
  std::shared_ptr<Link> link_ = std::make_shared<Link>();
};

}  // namespace weir::pipeline
