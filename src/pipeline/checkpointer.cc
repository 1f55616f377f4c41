#include "pipeline/checkpointer.h"

#include "base/log.h"

#include <algorithm>

namespace weir::pipeline {

Checkpointer::Checkpointer(EventLog& log, StateStore& store, Env& env, Metrics& metrics)
    : log_(log),
      store_(store),
      env_(env),
      duration_(metrics.histogram("weir_checkpoint_us")),
      failures_(metrics.counter("weir_checkpoint_failures_total")),
      durable_gauge_(metrics.gauge("weir_durable_cursor")),
      executor_(env.make_executor("checkpoint")) {}

bool Checkpointer::start(DriverState& state, const std::vector<Fold*>& folds,
                         std::function<void(Status)> done) {
  if (running_.exchange(true)) return false;
  auto work = std::make_shared<Work>();
  gather(state, folds, *work);
  executor_->post([this, work, done = std::move(done)] {
    Status written = write(std::move(*work));
    running_ = false;
    done(std::move(written));
  });
  return true;
}

void Checkpointer::end() {
  for (CheckpointParticipant* participant : participants_) participant->end_checkpoint();
}

Status Checkpointer::finish(DriverState& state, const std::vector<Fold*>& folds) {
  executor_->stop();
  if (state.cursor == durable_cursor_) return {};
  Work work;
  gather(state, folds, work);
  return write(std::move(work));
}

void Checkpointer::gather(DriverState& state, const std::vector<Fold*>& folds, Work& work) {
  for (CheckpointParticipant* participant : participants_)
    work.participants.push_back(participant->begin_checkpoint(state.cursor));
  {
    std::scoped_lock lock(mutex_);
    std::swap(work.batch, unwritten_);  // later operations win over these
  }
  for (Fold* fold : folds) fold->save(work.batch);
  work.cursor = state.cursor;
  work.removable = state.retention.removable(state.now);
  state.save(work.batch);
}

/// The participants first: they may be ahead of the state, never behind it.
Status Checkpointer::make_durable(Work& work) {
  for (const auto& participant : work.participants) WEIR_CHECK_OK(participant());
  WEIR_CHECK_OK(store_.write(work.batch));
  return store_.flush();
}

Status Checkpointer::write(Work work) {
  int64_t began = env_.clock().monotonic_us();
  Status written = make_durable(work);
  if (!written) {
    failures_.add();
    log::error("checkpoint_failed", {{"reason", written.error().message}, {"cursor", work.cursor}});
    std::scoped_lock lock(mutex_);
    unwritten_ = std::move(work.batch);
    return written;
  }
  durable_cursor_ = work.cursor;
  durable_gauge_.set(static_cast<int64_t>(work.cursor));
  duration_.observe_us(env_.clock().monotonic_us() - began);
  // Only what every reader has passed for good may go (RELIABILITY P11).
  if (Status trimmed = log_.trim(std::min(work.removable, work.cursor)); !trimmed) {
    log::warn("log_trim_failed", {{"reason", trimmed.error().message}});
  }
  return {};
}

}  // namespace weir::pipeline
