#pragma once
// The fold driver: reads the log from the cursor, takes every record through the folds, and makes
// the result durable. Everything happens on one executor ("folds"), one record at a time, so folds
// need no locks and the state is a function of the log.
//
//   log ──read──▶ [time, timers due] ▶ [duplicate?] ▶ folds in order ▶ facts they emitted ▶ cursor
//                                        every 2 s: folds and cursor, in one batch ──▶ store
//
// Invariants:
//  - cursor ≤ log end; the durable cursor never passes state that is not durable with it.
//  - Log time never goes back; timers fire by log time only. When a timer is due by the clock and
//    no record brings time forward, a Tick record does: when timers fired can be read from the log.
//  - A record that cannot be decoded, or that a fold throws at, is kept as a dead letter and
//    passed.
//  - A damaged log is not passed: folding stops, halted() says why, and what is durable stays.

#include "base/env.h"
#include "base/metrics.h"
#include "pipeline/dead_letters.h"
#include "ports/checkpoint.h"
#include "ports/event_log.h"
#include "ports/fold.h"
#include "ports/gate.h"
#include "ports/state_store.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace weir::pipeline {

struct Options {
  size_t batch_records_max = 2048;  // between two batches other threads get their answers
  size_t read_bytes_max = 1 << 20;
  DurationMs checkpoint_ms = 2000;  // how much is folded again after a kill
  DurationMs tick_gap_ms = 50;      // at most so many ticks, however many timers are due
  DurationMs log_keep_ms = 0;       // 0 = the log is kept for ever
};

class Pipeline : public Gate {
 public:
  /// `folds` in order, the identity fold first; all arguments outlive the pipeline.
  static std::unique_ptr<Pipeline> make(EventLog& log, StateStore& store, Env& env,
                                        std::vector<Fold*> folds, Metrics& metrics,
                                        Options options = {});
  /// Before start(). Called in the order of adding.
  virtual void add_participant(CheckpointParticipant& participant) = 0;

  /// Loads the state on the caller's thread, then replays the log up to its present end
  /// (recovering: StepContext::live() is false), then goes live, calls `on_live` on the fold
  /// executor, and follows the log. DataLoss: state and log do not fit each other.
  virtual Status start(std::function<void()> on_live) = 0;
  /// Ends after the running batch and takes a last checkpoint, whose result this is. Questions that
  /// are still queued are answered first. Without it (destructor alone) the state is as after a
  /// kill.
  virtual Status stop() = 0;

  virtual bool live() const = 0;
  virtual Position cursor() const = 0;          // next record to fold
  virtual Position durable_cursor() const = 0;  // where a restart would begin
  virtual uint64_t lag() const = 0;             // records in the log and not folded yet
  /// Why folding stopped for good; nothing while all is well. /readyz shows it.
  virtual std::optional<Error> halted() const = 0;

  /// Gate: `question` runs on the fold executor between two batches, at the earliest when start()
  /// has loaded the state. Questions of a pipeline that stopped are dropped.
  void run(std::function<void()> question) override = 0;
  /// On the fold executor only (through run()).
  virtual std::vector<DeadLetter> dead_letters() const = 0;
  /// Takes a checkpoint now; `done` on the fold executor once everything folded so far is durable.
  virtual void checkpoint(std::function<void(Status)> done) = 0;
};

}  // namespace weir::pipeline
