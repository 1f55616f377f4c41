#include "pipeline/step_runner.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/log.h"

namespace weir::pipeline {
namespace {

/// The same fact of the same log has the same id, whenever it is derived.
std::string fact_id(Position position, uint32_t number) {
  std::string bytes;
  ByteWriter w(bytes);
  w.u64(position);
  w.u32(number);
  return to_hex(hash128(bytes));
}

}  // namespace

StepRunner::StepRunner(std::vector<Fold*> folds, Timers& timers, DeadLetters& dead_letters,
                       Metrics& metrics)
    : folds_(std::move(folds)),
      timers_(timers),
      dead_letters_(dead_letters),
      facts_(metrics.counter("weir_facts_total")),
      facts_dropped_(metrics.counter("weir_facts_dropped_total")),
      timers_fired_(metrics.counter("weir_timers_fired_total")),
      fold_errors_(metrics.counter("weir_fold_errors_total")) {}

void StepRunner::begin(Position position, TimeMs now) {
  WEIR_ASSERT(now >= now_ && queue_.empty());
  position_ = position;
  now_ = now;
  facts_numbered_ = 0;
  fire_due();
}

void StepRunner::fire_due() {
  for (uint32_t fired = 0; fired < kTimersMax; ++fired) {
    auto timer = timers_.take_due(now_);
    if (!timer) return;
    timers_fired_.add();
    facts_emitted_ = 0;
    for (Fold* fold : folds_) {
      if (fold->name() != timer->owner) continue;
      guarded(*fold, [&] { fold->on_timer(timer->key, timer->due, *this); });
    }
    drain();
  }
  log::warn("timers_postponed", {{"position", position_}});
}

void StepRunner::fold(const Envelope& record) {
  facts_emitted_ = 0;
  apply(record, 0, std::nullopt);
  drain();
}

// Every row may join people, which is a fact: the bound is per row and not per record.
void StepRunner::fold_chunk(ChunkStep& step) {
  facts_emitted_ = 0;
  facts_max_ = kFactsMax + static_cast<uint32_t>(step.rows.size());
  cause_ = &step.record;
  for (Fold* fold : folds_) {
    guarded(*fold, [&] { fold->apply_chunk(step, *this); });
  }
  cause_ = nullptr;
  drain();
  facts_max_ = kFactsMax;
}

void StepRunner::apply(const Envelope& record, uint32_t hop,
                       std::optional<ProfileOrdinal> profile) {
  cause_ = &record;
  Step step{record, position_, hop, now_, profile, std::nullopt};
  for (Fold* fold : folds_) {
    guarded(*fold, [&] { fold->apply(step, *this); });
  }
  cause_ = nullptr;
}

void StepRunner::drain() {
  while (!queue_.empty()) {
    Fact fact = std::move(queue_.front());
    queue_.pop_front();
    depth_ = fact.depth;
    apply(fact.record, fact.number, fact.profile);
  }
  depth_ = 0;
}

void StepRunner::end_batch() {
  for (Fold* fold : folds_) {
    guarded(*fold, [&] { fold->on_batch_end(); });
  }
}

void StepRunner::emit(Envelope fact, ProfileOrdinal profile) {
  if (depth_ >= kHopsMax || facts_emitted_ >= facts_max_) {
    facts_dropped_.add();
    return;
  }
  ++facts_emitted_;
  facts_.add();
  uint32_t number = ++facts_numbered_;
  fact.source = "weir";
  fact.trust = Trust::Verified;
  fact.message_id = fact_id(position_, number);
  if (fact.event_time == 0) fact.event_time = now_;
  fact.sent_time = 0;
  fact.received_time = now_;
  if (cause_) {
    // What imported history or a test record causes is history or a test, too: it must not trigger.
    fact.historical = fact.historical || cause_->historical;
    fact.is_test = fact.is_test || cause_->is_test;
  }
  queue_.push_back({std::move(fact), profile, number, depth_ + 1});
}

void StepRunner::set_timer(std::string_view owner, std::string_view key, TimeMs due) {
  timers_.set(owner, key, due);
}

void StepRunner::cancel_timer(std::string_view owner, std::string_view key) {
  timers_.cancel(owner, key);
}

void StepRunner::merged(ProfileOrdinal from, ProfileOrdinal into) {
  for (Fold* fold : folds_) {
    guarded(*fold, [&] { fold->on_merge(from, into, *this); });
  }
}

void StepRunner::split(const Split& split) {
  for (Fold* fold : folds_) {
    guarded(*fold, [&] { fold->on_split(split, *this); });
  }
}

void StepRunner::erased(ProfileOrdinal profile) {
  for (Fold* fold : folds_) {
    guarded(*fold, [&] { fold->on_erase(profile, *this); });
  }
}

/// A fold that throws is a bug, but one bad record must not stop all others: it is kept as a dead
/// letter and the other folds go on. What was thrown is not logged: it may quote the record.
template <class Call>
void StepRunner::guarded(const Fold& fold, Call&& call) {
  try {
    call();
  } catch (...) {
    fold_errors_.add();
    dead_letters_.add(position_, "fold " + std::string(fold.name()) + " threw");
    log::error("fold_threw", {{"fold", fold.name()}, {"position", position_}});
  }
}

}  // namespace weir::pipeline
