#include "pipeline/pipeline.h"

#include "base/log.h"
#include "pipeline/checkpointer.h"
#include "pipeline/chunk_step.h"
#include "pipeline/driver_state.h"
#include "pipeline/step_runner.h"
#include "pipeline/ticker.h"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace weir::pipeline {
namespace {

constexpr DurationMs kReadRetryMs = 1000;

class FoldPipeline;

/// Outlives the pipeline inside the log's listener list.
struct Listener {
  std::mutex mutex;
  FoldPipeline* pipeline = nullptr;
};

class FoldPipeline : public Pipeline {
 public:
  FoldPipeline(EventLog& log, StateStore& store, Env& env, std::vector<Fold*> folds,
               Metrics& metrics, Options options);
  ~FoldPipeline() override;

  void add_participant(CheckpointParticipant& p) override { checkpointer_.add_participant(p); }
  Status start(std::function<void()> on_live) override;
  Status stop() override;
  bool live() const override { return live_; }
  Position cursor() const override { return cursor_; }
  Position durable_cursor() const override { return checkpointer_.durable_cursor(); }
  uint64_t lag() const override;
  std::optional<Error> halted() const override;
  void run(std::function<void()> question) override;
  std::vector<DeadLetter> dead_letters() const override { return state_.dead_letters.list(); }
  void checkpoint(std::function<void(Status)> done) override;

  void wake();  // any thread

 private:
  void detach();
  void open_gate();
  void fold_batch();
  bool fill();
  void fold_record(const LogRecord& record);
  void fold_new(const Envelope& record);
  void fold_chunk(const Envelope& record);
  void go_live_when_caught_up();
  void continue_or_sleep();
  void schedule_checkpoint();
  void run_checkpoint();
  void checkpointed(const Status& status);
  void halt(const Error& error);

  EventLog& log_;
  Env& env_;
  StateStore& store_;
  const std::vector<Fold*> folds_;
  const Options options_;

  DriverState state_;
  StepRunner runner_;
  std::vector<LogRecord> pending_;  // read and not folded yet
  size_t next_pending_ = 0;
  Position recover_until_ = 0;
  std::function<void()> on_live_;
  bool checkpoint_scheduled_ = false;
  std::vector<std::function<void(Status)>> checkpoint_waiters_;  // of the checkpoint to come
  std::vector<std::function<void(Status)>> checkpoint_callers_;  // of the one that runs

  std::atomic<Position> cursor_{0};
  std::atomic<bool> live_{false};
  std::atomic<bool> awake_{false};  // a fold_batch task is queued or running
  std::atomic<bool> stopping_{false};
  bool started_ = false;
  std::mutex gate_mutex_;
  bool gate_open_ = false;
  std::vector<std::function<void()>> early_questions_;  // asked before the state was loaded
  mutable std::mutex halted_mutex_;
  std::optional<Error> halted_;
  std::shared_ptr<Listener> listener_ = std::make_shared<Listener>();

  Counter& folded_;
  Counter& duplicates_;
  Counter& conflicts_;
  Counter& undecodable_;
  Gauge& lag_gauge_;
  Histogram& batch_duration_;
  Checkpointer checkpointer_;
  std::unique_ptr<Executor> executor_;
  Ticker ticker_;
};

FoldPipeline::FoldPipeline(EventLog& log, StateStore& store, Env& env, std::vector<Fold*> folds,
                           Metrics& metrics, Options options)
    : log_(log),
      env_(env),
      store_(store),
      folds_(std::move(folds)),
      options_(options),
      state_(options.log_keep_ms),
      runner_(folds_, state_.timers, state_.dead_letters, metrics),
      folded_(metrics.counter("weir_folded_records_total")),
      duplicates_(metrics.counter("weir_duplicates_total")),
      conflicts_(metrics.counter("weir_dup_conflict_total")),
      undecodable_(metrics.counter("weir_undecodable_records_total")),
      lag_gauge_(metrics.gauge("weir_log_lag_records")),
      batch_duration_(metrics.histogram("weir_fold_batch_us")),
      checkpointer_(log, store, env, metrics),
      executor_(env.make_executor("folds")),
      ticker_(log, env, *executor_, options.tick_gap_ms) {}

FoldPipeline::~FoldPipeline() {
  detach();
  stopping_ = true;
  executor_->stop();
  checkpointer_.stop();  // its tasks post to our executor, which must still be there
}

Status FoldPipeline::start(std::function<void()> on_live) {
  WEIR_CHECK_OK(state_.load(store_));
  for (Fold* fold : folds_) {
    if (Status loaded = fold->load(store_); !loaded) {
      return std::unexpected(
          with_context(loaded.error(), "state of fold " + std::string(fold->name())));
    }
  }
  if (state_.cursor > log_.end() || state_.cursor < log_.begin()) {
    return fail(ErrorCode::DataLoss,
                "the state was folded up to position " + std::to_string(state_.cursor) +
                    ", but the log holds " + std::to_string(log_.begin()) + " to " +
                    std::to_string(log_.end()) + ": restore log and state from one backup");
  }
  cursor_ = state_.cursor;
  checkpointer_.set_durable_cursor(state_.cursor);
  recover_until_ = log_.end();
  on_live_ = std::move(on_live);
  started_ = true;
  log::info("folds_recovering", {{"from", state_.cursor}, {"to", recover_until_}});
  open_gate();
  listener_->pipeline = this;
  log_.on_append([listener = listener_] {
    std::scoped_lock lock(listener->mutex);
    if (listener->pipeline) listener->pipeline->wake();
  });
  wake();
  return {};
}

Status FoldPipeline::stop() {
  detach();
  stopping_ = true;
  executor_->stop();
  if (!started_ || halted()) return {};
  started_ = false;
  return checkpointer_.finish(state_, folds_);
}

void FoldPipeline::run(std::function<void()> question) {
  std::scoped_lock lock(gate_mutex_);
  if (gate_open_) return executor_->post(std::move(question));
  early_questions_.push_back(std::move(question));
}

/// Until now start() was changing the folds on the caller's thread.
void FoldPipeline::open_gate() {
  std::scoped_lock lock(gate_mutex_);
  gate_open_ = true;
  for (auto& question : std::exchange(early_questions_, {})) executor_->post(std::move(question));
}

void FoldPipeline::detach() {
  std::scoped_lock lock(listener_->mutex);
  listener_->pipeline = nullptr;
}

uint64_t FoldPipeline::lag() const {
  Position cursor = cursor_;
  Position end = log_.end();
  return end > cursor ? end - cursor : 0;
}

std::optional<Error> FoldPipeline::halted() const {
  std::scoped_lock lock(halted_mutex_);
  return halted_;
}

void FoldPipeline::wake() {
  if (!awake_.exchange(true)) executor_->post([this] { fold_batch(); });
}

void FoldPipeline::fold_batch() {
  if (stopping_ || halted()) return;
  if (!fill()) return;
  int64_t began = env_.clock().monotonic_us();
  size_t end = std::min(pending_.size(), next_pending_ + options_.batch_records_max);
  bool any = next_pending_ < end;
  for (; next_pending_ < end; ++next_pending_) fold_record(pending_[next_pending_]);
  cursor_ = state_.cursor;
  lag_gauge_.set(static_cast<int64_t>(lag()));
  if (any) {
    if (live_) runner_.end_batch();
    batch_duration_.observe_us(env_.clock().monotonic_us() - began);
    schedule_checkpoint();
  }
  go_live_when_caught_up();
  continue_or_sleep();
}

/// Reads on when everything read was folded. False when nothing can be read now.
bool FoldPipeline::fill() {
  if (next_pending_ < pending_.size()) return true;
  pending_.clear();
  next_pending_ = 0;
  auto records = log_.read(state_.cursor, options_.read_bytes_max);
  if (records) {
    pending_ = *std::move(records);
    return true;
  }
  if (records.error().code != ErrorCode::Unavailable) {
    halt(records.error());
    return false;
  }
  log::warn("log_read_failed", {{"reason", records.error().message}});
  executor_->post_after(kReadRetryMs, [this] { fold_batch(); });
  return false;
}

void FoldPipeline::fold_record(const LogRecord& record) {
  WEIR_ASSERT(record.position == state_.cursor);
  state_.now = std::max(state_.now, record.append_time);
  state_.retention.note(record.position, state_.now);
  runner_.begin(record.position, state_.now);
  auto envelope = decode_envelope(record.bytes);
  if (!envelope) {
    undecodable_.add();
    state_.dead_letters.add(record.position, "undecodable");
    log::error("record_undecodable", {{"position", record.position}});
  } else if (envelope->kind == RecordKind::Tick) {
    ticker_.folded_tick();
    runner_.fold(*envelope);
  } else {
    fold_new(*envelope);
  }
  folded_.add();
  ++state_.cursor;
}

void FoldPipeline::fold_new(const Envelope& record) {
  Seen seen = Seen::New;
  if (auto row = ImportedRows::parse(record)) {
    seen = state_.imported.take(*row) ? Seen::New : Seen::Duplicate;
  } else if (!record.message_id.empty()) {
    seen = state_.dedupe.check(record, state_.now);
  }
  if (seen != Seen::New) {
    duplicates_.add();
    if (seen == Seen::OtherBody) conflicts_.add();
  } else if (record.kind == RecordKind::ImportChunk) {
    fold_chunk(record);
  } else {
    runner_.fold(record);
  }
}

void FoldPipeline::fold_chunk(const Envelope& record) {
  auto prepared = prepare_chunk(record, state_.now, state_.dedupe, state_.imported);
  if (!prepared) {
    undecodable_.add();
    state_.dead_letters.add(state_.cursor, "undecodable");
    log::error("record_undecodable", {{"position", state_.cursor}});
    return;
  }
  duplicates_.add(prepared->chunk.rows() - prepared->rows.size());
  ChunkStep step = make_chunk_step(record, prepared->chunk, prepared->rows, prepared->times,
                                   state_.cursor, state_.now);
  runner_.fold_chunk(step);
}

void FoldPipeline::go_live_when_caught_up() {
  if (live_ || state_.cursor < recover_until_) return;
  live_ = true;
  runner_.set_live(true);
  log::info("folds_live", {{"position", state_.cursor}});
  runner_.end_batch();
  if (on_live_) std::exchange(on_live_, nullptr)();
}

void FoldPipeline::continue_or_sleep() {
  if (next_pending_ < pending_.size() || state_.cursor < log_.end()) {
    executor_->post([this] { fold_batch(); });
    return;
  }
  awake_ = false;
  if (state_.cursor < log_.end()) return wake();  // it grew before awake_ was down
  if (live_) ticker_.watch(state_.timers.next_due());
}

void FoldPipeline::schedule_checkpoint() {
  if (checkpoint_scheduled_) return;
  checkpoint_scheduled_ = true;
  executor_->post_after(options_.checkpoint_ms, [this] { run_checkpoint(); });
}

void FoldPipeline::checkpoint(std::function<void(Status)> done) {
  executor_->post([this, done = std::move(done)]() mutable {
    checkpoint_waiters_.push_back(std::move(done));
    run_checkpoint();
  });
}

void FoldPipeline::run_checkpoint() {
  if (stopping_ || halted()) return;
  auto done = [this](Status status) {
    executor_->post([this, status = std::move(status)] { checkpointed(status); });
  };
  if (!checkpointer_.start(state_, folds_, std::move(done))) return;  // the running one calls again
  checkpoint_callers_.swap(checkpoint_waiters_);
  checkpoint_scheduled_ = true;
}

void FoldPipeline::checkpointed(const Status& status) {
  checkpoint_scheduled_ = false;
  checkpointer_.end();
  for (auto& caller : std::exchange(checkpoint_callers_, {})) caller(status);
  if (!checkpoint_waiters_.empty()) {
    run_checkpoint();
  } else if (state_.cursor != checkpointer_.durable_cursor()) {
    schedule_checkpoint();
  }
}

void FoldPipeline::halt(const Error& error) {
  log::error("folds_halted", {{"reason", error.message}, {"position", state_.cursor}});
  std::scoped_lock lock(halted_mutex_);
  halted_ = error;
}

}  // namespace

std::unique_ptr<Pipeline> Pipeline::make(EventLog& log, StateStore& store, Env& env,
                                         std::vector<Fold*> folds, Metrics& metrics,
                                         Options options) {
  return std::make_unique<FoldPipeline>(log, store, env, std::move(folds), metrics, options);
}

}  // namespace weir::pipeline
