#pragma once
// Makes folded state durable. The batch is gathered on the fold executor, written and flushed on
// one of its own, so that folding goes on while the disk works.

#include "base/env.h"
#include "base/metrics.h"
#include "pipeline/driver_state.h"
#include "ports/checkpoint.h"
#include "ports/event_log.h"
#include "ports/fold.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace weir::pipeline {

/// Used on the fold executor, except where said.
class Checkpointer {
 public:
  Checkpointer(EventLog& log, StateStore& store, Env& env, Metrics& metrics);

  void add_participant(CheckpointParticipant& participant) {
    participants_.push_back(&participant);
  }

  /// Starts a checkpoint of `state` and `folds`; `done` is called on the checkpoint executor. Only
  /// one runs at a time: false when one is running.
  bool start(DriverState& state, const std::vector<Fold*>& folds, std::function<void(Status)> done);
  /// On the fold executor after `done`.
  void end();
  /// Waits for a running checkpoint, then takes the last one on the caller's thread.
  Status finish(DriverState& state, const std::vector<Fold*>& folds);

  /// Waits for a running checkpoint; none starts after it.
  void stop() { executor_->stop(); }

  /// Any thread.
  Position durable_cursor() const { return durable_cursor_; }
  void set_durable_cursor(Position cursor) { durable_cursor_ = cursor; }

 private:
  struct Work {
    std::vector<std::function<Status()>> participants;
    WriteBatch batch;
    Position cursor = 0;
    Position removable = 0;  // of the log, by age
  };
  void gather(DriverState& state, const std::vector<Fold*>& folds, Work& work);
  Status write(Work work);
  Status make_durable(Work& work);

  EventLog& log_;
  StateStore& store_;
  Env& env_;
  std::vector<CheckpointParticipant*> participants_;
  std::atomic<Position> durable_cursor_{0};
  std::atomic<bool> running_{false};
  std::mutex mutex_;
  WriteBatch unwritten_;  // of a checkpoint that failed: the folds have already forgotten it
  Histogram& duration_;
  Counter& failures_;
  Gauge& durable_gauge_;
  std::unique_ptr<Executor> executor_;  // last: its tasks use everything above
};

}  // namespace weir::pipeline
