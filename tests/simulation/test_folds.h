#pragma once
// Folds that make every promise of the pipeline visible in their state.

#include "ports/fold.h"

#include <functional>
#include <map>
#include <set>
#include <string>

namespace weir::testing {

/// Rows of text under one prefix, written back when they changed.
class TextTable {
 public:
  explicit TextTable(std::string prefix) : prefix_(std::move(prefix)) {}
  std::string get(const std::string& key) const {
    auto it = rows_.find(key);
    return it == rows_.end() ? "" : it->second;
  }
  void set(const std::string& key, std::string value) {
    rows_[key] = std::move(value);
    changed_.insert(key);
  }
  const std::map<std::string, std::string>& rows() const { return rows_; }
  Status load(const StateStore& store) {
    auto visit = [&](std::string_view key, std::string_view value) {
      rows_[std::string(key.substr(prefix_.size()))] = std::string(value);
      return true;
    };
    return store.scan(prefix_, visit);
  }
  void save(WriteBatch& batch) {
    for (const std::string& key : changed_) batch.put(prefix_ + key, rows_[key]);
    changed_.clear();
  }

 private:
  std::string prefix_;
  std::map<std::string, std::string> rows_;
  std::set<std::string> changed_;
};

/// Counts how often each message was folded; asks for a timer a minute after each "cart"; when that
/// fires, emits "reminded", which it counts as well. "boom" makes it throw; "flood" emits without
/// end.
class CountingFold : public Fold {
 public:
  std::string_view name() const override { return "counting"; }
  Status load(const StateStore& store) override { return rows_.load(store); }
  void save(WriteBatch& batch) override {
    at_step_();
    rows_.save(batch);
  }
  /// Called at every apply and save; a test kills the process there.
  void at_step(std::function<void()> call) { at_step_ = std::move(call); }

  void apply(Step& step, StepContext& context) override {
    at_step_();
    const Envelope& r = step.record;
    if (r.kind == RecordKind::Tick) return;
    if (r.name == "boom") throw std::runtime_error("personal text");
    add("folded/" + r.source + "/" + r.message_id);
    add("event/" + r.name);
    if (r.name == "cart") context.set_timer(name(), r.message_id, context.now() + kMinuteMs);
    if (r.name == "paid") context.cancel_timer(name(), r.message_id);
    if (r.name == "flood") {
      for (int i = 0; i < 3; ++i) context.emit(fact("flood"), ProfileOrdinal(1));
    }
    if (r.name == "burst") {
      for (int i = 0; i < 1500; ++i) context.emit(fact("spark"), ProfileOrdinal(1));
    }
    if (r.name == "join") context.merged(ProfileOrdinal(2), ProfileOrdinal(1));
    if (r.name == "forget") context.erased(ProfileOrdinal(3));
    live_seen_ = live_seen_ || context.live();
  }
  void on_timer(std::string_view key, TimeMs due, StepContext& context) override {
    add("timer/" + std::string(key));
    if (context.now() < due) add("early/" + std::string(key));
    context.emit(fact("reminded"), ProfileOrdinal(1));
  }
  void on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext&) override {
    add("merge/" + std::to_string(from.value) + ">" + std::to_string(into.value));
  }
  void on_erase(ProfileOrdinal profile, StepContext&) override {
    add("erase/" + std::to_string(profile.value));
  }
  void on_batch_end() override { ++batches_; }

  int count(const std::string& key) const {
    std::string text = rows_.get(key);
    return text.empty() ? 0 : std::stoi(text);
  }
  const std::map<std::string, std::string>& rows() const { return rows_.rows(); }
  int batches() const { return batches_; }
  bool live_seen() const { return live_seen_; }

 private:
  static Envelope fact(std::string name) {
    Envelope e;
    e.name = std::move(name);
    return e;
  }
  void add(const std::string& key) { rows_.set(key, std::to_string(count(key) + 1)); }

  std::function<void()> at_step_ = [] {};
  TextTable rows_{"t"};
  int batches_ = 0;
  bool live_seen_ = false;
};

/// Chains everything it sees in order: any difference in order, time, hop or id changes the hash
/// row.
class OrderFold : public Fold {
 public:
  std::string_view name() const override { return "order"; }
  Status load(const StateStore& store) override { return rows_.load(store); }
  void save(WriteBatch& batch) override { rows_.save(batch); }
  void apply(Step& step, StepContext& context) override {
    std::string line = rows_.get("chain") + "|" + std::to_string(step.position) + "." +
                       std::to_string(step.hop) + "@" + std::to_string(context.now()) +
                       step.record.name + step.record.message_id;
    rows_.set("chain", std::to_string(std::hash<std::string>()(line)));
  }

 private:
  TextTable rows_{"s"};
};

}  // namespace weir::testing
