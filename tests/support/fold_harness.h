#pragma once
// Runs folds over envelopes the way pipeline/ does, without a log, threads or a clock: one record
// at a time through all folds in order, then the facts it caused in FIFO order, timers by log time,
// and merges and erasures fanned out to every fold. For unit and scenario tests of rooms.

#include "model/event_chunk.h"
#include "model/ids.h"
#include "ports/fold.h"
#include "tests/support/map_state_store.h"

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace weir::testing {

class FoldHarness : public StepContext {
 public:
  static constexpr uint32_t kHopsMax = 16;

  struct Fact {
    Envelope record;
    ProfileOrdinal profile;
    uint32_t hop;
  };

  /// `folds` in order, the identity fold first; they outlive the harness.
  explicit FoldHarness(TimeMs start, std::vector<Fold*> folds = {})
      : now_(start), folds_(std::move(folds)) {}

  void add(Fold& fold) { folds_.push_back(&fold); }

  /// Appends `record` at the current log time and folds it and everything it causes. Times that are
  /// 0 become now; an empty message id becomes "m<position>". Returns what the folds made of the
  /// step.
  Step apply(Envelope record) {
    fire_due();
    if (record.event_time == 0) record.event_time = now_;
    if (record.received_time == 0) record.received_time = now_;
    if (record.message_id.empty()) record.message_id = "m" + std::to_string(position_);
    last_ = std::move(record);
    Step step{last_, position_, 0, now_, {}, {}};
    run(step);
    drain();
    ++position_;
    return step;
  }

  /// The same of an ImportChunk record, all of whose rows are new.
  void apply_chunk(Envelope record) {
    fire_due();
    last_ = std::move(record);
    auto chunk = decode_event_chunk(string_property(last_.properties, kChunkRows));
    WEIR_ASSERT(chunk.has_value());
    std::vector<uint32_t> rows(chunk->rows());
    std::iota(rows.begin(), rows.end(), 0);
    ChunkStep step = make_chunk_step(last_, *chunk, rows, chunk->times, position_, now_);
    for (Fold* fold : folds_) fold->apply_chunk(step, *this);
    drain();
    ++position_;
  }

  /// Moves log time to `to` and fires every timer that becomes due on the way, earliest first.
  void advance(TimeMs to) {
    while (!timers_.empty() && std::get<0>(*due_.begin()) <= to) {
      now_ = std::max(now_, std::get<0>(*due_.begin()));
      fire_due();
    }
    now_ = std::max(now_, to);
  }
  void advance_by(DurationMs length) { advance(now_ + length); }

  /// Calls on_batch_end of every fold, as the pipeline does when live.
  void end_batch() {
    for (Fold* fold : folds_) fold->on_batch_end();
  }
  void set_live(bool live) { live_ = live; }

  /// Writes what changed in all folds as one batch; timers and position are written too.
  void save(StateStore& store) {
    WriteBatch batch;
    for (Fold* fold : folds_) fold->save(batch);
    WEIR_ASSERT(store.write(batch).has_value());
  }
  /// Loads all folds. A test of restarts makes new folds and a new harness with the old one's
  /// `snapshot()`: the timers and the position belong to the pipeline, not to a fold.
  void load(const StateStore& store) {
    for (Fold* fold : folds_) WEIR_ASSERT(fold->load(store).has_value());
  }
  struct Snapshot {
    TimeMs now;
    Position position;
    std::map<std::pair<std::string, std::string>, TimeMs> timers;
  };
  Snapshot snapshot() const { return {now_, position_, timers_}; }
  void restore(const Snapshot& from) {
    now_ = from.now;
    position_ = from.position;
    for (const auto& [key, due] : from.timers) set_timer(key.first, key.second, due);
  }

  /// Every fact emitted so far, in the order in which they were folded.
  const std::vector<Fact>& facts() const { return facts_; }
  std::vector<Fact> facts_named(std::string_view name) const {
    std::vector<Fact> found;
    for (const Fact& fact : facts_) {
      if (fact.record.name == name) found.push_back(fact);
    }
    return found;
  }
  void clear_facts() { facts_.clear(); }
  size_t facts_dropped() const { return facts_dropped_; }
  size_t timer_count() const { return timers_.size(); }

  TimeMs now() const override { return now_; }
  Position position() const override { return position_; }
  bool live() const override { return live_; }

  void emit(Envelope fact, ProfileOrdinal profile) override {
    if (hop_ >= kHopsMax) {
      ++facts_dropped_;
      return;
    }
    fact.source = "weir";
    fact.message_id = "f" + std::to_string(position_) + "-" + std::to_string(facts_.size());
    if (fact.event_time == 0) fact.event_time = now_;
    fact.received_time = now_;
    queue_.push_back({std::move(fact), profile, hop_ + 1});
  }
  void set_timer(std::string_view owner, std::string_view key, TimeMs due) override {
    cancel_timer(owner, key);
    timers_[{std::string(owner), std::string(key)}] = due;
    due_.emplace(due, owner, key);
  }
  void cancel_timer(std::string_view owner, std::string_view key) override {
    auto it = timers_.find({std::string(owner), std::string(key)});
    if (it == timers_.end()) return;
    due_.erase({it->second, it->first.first, it->first.second});
    timers_.erase(it);
  }
  void merged(ProfileOrdinal from, ProfileOrdinal into) override {
    for (Fold* fold : folds_) fold->on_merge(from, into, *this);
  }
  void split(const Split& split) override {
    for (Fold* fold : folds_) fold->on_split(split, *this);
  }
  void erased(ProfileOrdinal profile) override {
    for (Fold* fold : folds_) fold->on_erase(profile, *this);
  }

 private:
  void run(Step& step) {
    hop_ = step.hop;
    for (Fold* fold : folds_) fold->apply(step, *this);
  }
  void drain() {
    while (!queue_.empty()) {
      Fact fact = std::move(queue_.front());
      queue_.pop_front();
      facts_.push_back(fact);
      Step step{fact.record, position_, fact.hop, now_, fact.profile, {}};
      run(step);
    }
    hop_ = 0;
  }
  void fire_due() {
    while (!due_.empty() && std::get<0>(*due_.begin()) <= now_) {
      auto [due, owner, key] = *due_.begin();
      cancel_timer(owner, key);
      for (Fold* fold : folds_) {
        if (fold->name() == owner) fold->on_timer(key, due, *this);
      }
      drain();
    }
  }

  TimeMs now_;
  Position position_ = 0;
  bool live_ = true;
  uint32_t hop_ = 0;
  std::vector<Fold*> folds_;
  Envelope last_;
  std::deque<Fact> queue_;
  std::vector<Fact> facts_;
  size_t facts_dropped_ = 0;
  std::map<std::pair<std::string, std::string>, TimeMs> timers_;
  std::set<std::tuple<TimeMs, std::string, std::string>> due_;
};

}  // namespace weir::testing
