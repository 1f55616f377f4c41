#include "columnar/activity.h"

#include "columnar/top_keys.h"

#include <algorithm>
#include <map>

namespace weir::columnar {
namespace {

constexpr size_t kFullKeys = 256;  // keys whose cells one pass keeps; with more it only ranks them

/// Counts of one line; `states` per bucket without the lead.
struct Cells {
  std::vector<std::array<uint64_t, kActivityStates>> states;
  std::vector<uint64_t> by_count;
  uint64_t groups = 0;

  void add(const Cells& other) {
    if (states.size() < other.states.size()) states.resize(other.states.size());
    if (by_count.size() < other.by_count.size()) by_count.resize(other.by_count.size());
    for (size_t b = 0; b < other.states.size(); ++b) {
      for (size_t s = 0; s < kActivityStates; ++s) states[b][s] += other.states[b][s];
    }
    for (size_t k = 0; k < other.by_count.size(); ++k) by_count[k] += other.by_count[k];
    groups += other.groups;
  }
};

/// Bits of the buckets in which the group at hand is active, under one key.
struct Active {
  uint32_t line = 0;
  std::vector<uint64_t> words;

  bool at(size_t bucket) const { return (words[bucket / 64] >> (bucket % 64) & 1) != 0; }
  void set(size_t bucket) { words[bucket / 64] |= uint64_t{1} << (bucket % 64); }
};

class Worker : public GroupOperator {
 public:
  Worker(const ActivitySpec& spec, const std::vector<KeyTexts>* top)
      : spec_(spec),
        finder_(spec.buckets),
        keys_(spec.keys),
        lines_(keys_, top),
        full_keys_(top == nullptr ? kFullKeys : SIZE_MAX),
        shown_(spec.buckets.size() - spec.lead) {
    all_.words.resize(spec.buckets.size() / 64 + 1);
    total_ = empty_cells();
    back_.resize(shown_);
  }

  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override {
    if (keys_.size() > kKeysMax) return;  // run_activity refuses the answer
    begin_group();
    bool ever = false;  // the filter holds for an event before the buckets
    for (const Hit& hit : hits) {
      const Predicate* predicate = spec_.events.predicate.get();
      if (predicate != nullptr && !predicate->matches(hit, group, reader)) continue;
      first_ = std::min(first_, hit.time);
      if (spec_.filter != nullptr && !spec_.filter->matches(hit, group, reader)) continue;
      if (hit.time < spec_.from) ever = true;
      if (hit.time < spec_.from || hit.time >= spec_.to) continue;
      size_t bucket = finder_.of(hit.time);
      all_.set(bucket);
      if (!spec_.keys.empty()) of_line(lines_.of(keys_.key(hit, group, reader))).set(bucket);
    }
    count(all_, total_, group, {});
    for (size_t i = 0; i < used_; ++i) {
      const Active& active = by_line_[i];
      if (ranking_) {
        by_key_[active.line].groups += shown_count(active) > 0 ? 1 : 0;
      } else {
        count(active, by_key_[active.line], group, active.line);
      }
    }
    if (spec_.lost_after > 0) count_lost(ever, group);
  }

  bool ranking() const { return ranking_; }
  size_t key_count() const { return keys_.size(); }
  const Cells& total() const { return total_; }
  const std::vector<Cells>& by_key() const { return by_key_; }
  KeyTexts texts(uint32_t line) const { return lines_.texts(line); }
  uint64_t lost() const { return lost_; }
  const std::vector<uint64_t>& back() const { return back_; }
  const std::vector<uint32_t>& collected() const { return collected_; }

 private:
  Cells empty_cells() const {
    return {std::vector<std::array<uint64_t, kActivityStates>>(shown_),
            std::vector<uint64_t>(shown_ + 1), 0};
  }

  void begin_group() {
    std::fill(all_.words.begin(), all_.words.end(), 0);
    used_ = 0;
    first_ = INT64_MAX;
  }

  Active& of_line(uint32_t line) {
    for (size_t i = 0; i < used_; ++i) {
      if (by_line_[i].line == line) return by_line_[i];
    }
    if (used_ == by_line_.size()) by_line_.push_back({0, all_.words});
    Active& out = by_line_[used_++];
    out.line = line;
    std::fill(out.words.begin(), out.words.end(), 0);
    if (line >= by_key_.size()) grow(line);
    return out;
  }

  void grow(uint32_t line) {
    by_key_.resize(line + 1, ranking_ ? Cells{} : empty_cells());
    if (ranking_ || by_key_.size() <= full_keys_) return;
    ranking_ = true;
    for (Cells& cells : by_key_) cells = {{}, {}, cells.groups};
  }

  size_t shown_count(const Active& active) const {
    size_t out = 0;
    for (size_t b = spec_.lead; b < spec_.buckets.size(); ++b) out += active.at(b) ? 1 : 0;
    return out;
  }

  void count(const Active& active, Cells& cells, uint32_t group, std::optional<uint32_t> line) {
    size_t shown = 0;
    bool collects = spec_.collect && wanted(line);
    for (size_t b = 0; b < shown_; ++b) {
      size_t at = b + spec_.lead;
      bool now = active.at(at), before = at > 0 && active.at(at - 1);
      if (!now && !before) continue;
      auto& states = cells.states[b];
      auto add = [&](ActivityState state) {
        ++states[static_cast<size_t>(state)];
        if (collects && is_cell(state, b)) collected_.push_back(group);
      };
      if (!now) {
        add(ActivityState::Dormant);
        continue;
      }
      ++shown;
      add(ActivityState::Active);
      bool is_new = first_ >= spec_.buckets.starts[at] && first_ < spec_.buckets.bucket_end(at);
      // With a filter the first event may be one that it leaves out, in a bucket before.
      add(before   ? ActivityState::Returning
          : is_new ? ActivityState::New
                   : ActivityState::Resurrected);
    }
    if (shown == 0) return;
    ++cells.groups;
    ++cells.by_count[shown];
    if (collects && spec_.collect->what == ActivitySpec::Collect::What::Buckets &&
        (shown == spec_.collect->at || (spec_.collect->at_least && shown > spec_.collect->at)))
      collected_.push_back(group);
  }

  bool wanted(std::optional<uint32_t> line) const {
    const KeyTexts& keys = spec_.collect->keys;
    return line ? !keys.empty() && lines_.texts(*line) == keys : keys.empty();
  }
  bool is_cell(ActivityState state, size_t bucket) const {
    const ActivitySpec::Collect& c = *spec_.collect;
    return c.what == ActivitySpec::Collect::What::State && c.state == state && c.at == bucket;
  }

  void count_lost(bool ever, uint32_t group) {
    using What = ActivitySpec::Collect::What;
    size_t none = SIZE_MAX, last = ever ? SIZE_MAX - 1 : none;  // before the buckets
    for (size_t b = 0; b < spec_.buckets.size(); ++b) {
      if (!all_.at(b)) continue;
      bool gone = last != none && (last == SIZE_MAX - 1 || b - last > spec_.lost_after);
      if (b >= spec_.lead && gone) {
        ++back_[b - spec_.lead];
        if (spec_.collect && spec_.collect->what == What::Back &&
            spec_.collect->at == b - spec_.lead)
          collected_.push_back(group);
      }
      last = b;
    }
    bool lost =
        last != none && (last == SIZE_MAX - 1 || last + spec_.lost_after < spec_.buckets.size());
    if (!lost) return;
    ++lost_;
    if (spec_.collect && spec_.collect->what == What::Lost) collected_.push_back(group);
  }

  const ActivitySpec& spec_;
  BucketFinder finder_;
  KeyReader keys_;
  KeyLines lines_;
  size_t full_keys_, shown_;
  bool ranking_ = false;
  TimeMs first_ = INT64_MAX;  // of the group at hand: its first event ever
  Active all_;
  std::vector<Active> by_line_;  // the first used_ are of the group at hand
  size_t used_ = 0;
  Cells total_;
  std::vector<Cells> by_key_;  // per line
  uint64_t lost_ = 0;
  std::vector<uint64_t> back_;
  std::vector<uint32_t> collected_;
};

struct Pass {
  Cells total;
  std::map<KeyTexts, Cells> by_key;
  bool complete = true;
  uint64_t lost = 0;
  std::vector<uint64_t> back;
  std::vector<uint32_t> groups;
  uint64_t rows = 0;
};

Result<Pass> run_pass(const std::shared_ptr<const Snapshot>& snapshot, const ActivitySpec& spec,
                      const ScanBudget& budget, std::span<Executor* const> helpers,
                      const std::vector<KeyTexts>* top) {
  ScanSpec scan_spec;
  scan_spec.event_masks = event_masks({&spec.events});
  if (!spec.history) scan_spec.from = spec.from;
  scan_spec.to = spec.to - 1;
  scan_spec.groups = spec.groups;
  std::vector<std::unique_ptr<Worker>> workers;
  Pass pass;
  WEIR_TRY(pass.rows, scan(snapshot, scan_spec, budget, helpers, [&]() -> GroupOperator& {
             return *workers.emplace_back(std::make_unique<Worker>(spec, top));
           }));
  for (const auto& worker : workers) {
    if (worker->key_count() > kKeysMax) {
      return fail(ErrorCode::ResourceExhausted,
                  "the breakdown has more than " + std::to_string(kKeysMax) + " values",
                  "breakdown");
    }
    pass.complete &= !worker->ranking();
    pass.total.add(worker->total());
    for (uint32_t line = 0; line < worker->by_key().size(); ++line) {
      pass.by_key[worker->texts(line)].add(worker->by_key()[line]);
    }
    pass.lost += worker->lost();
    pass.back.resize(worker->back().size());
    for (size_t b = 0; b < pass.back.size(); ++b) pass.back[b] += worker->back()[b];
    pass.groups.insert(pass.groups.end(), worker->collected().begin(), worker->collected().end());
  }
  std::erase_if(pass.by_key, [](const auto& entry) { return entry.second.groups == 0; });
  return pass;
}

ActivityResult::Line make_line(const KeyTexts& keys, Cells cells) {
  return {keys, std::move(cells.states), std::move(cells.by_count), cells.groups};
}

}  // namespace

Result<ActivityResult> run_activity(const std::shared_ptr<const Snapshot>& snapshot,
                                    const ActivitySpec& spec, const ScanBudget& budget,
                                    std::span<Executor* const> helpers) {
  WEIR_ASSERT(spec.lead < spec.buckets.size());
  WEIR_ASSERT(spec.from >= spec.buckets.starts[0] && spec.to <= spec.buckets.end);
  WEIR_TRY(Pass pass, run_pass(snapshot, spec, budget, helpers, nullptr));
  uint64_t rows = pass.rows;
  std::map<KeyTexts, uint64_t> totals;
  for (const auto& [texts, cells] : pass.by_key) totals[texts] = cells.groups;
  std::vector<KeyTexts> top = top_keys(totals);
  // A group may be active under several keys, so the rest is counted, not summed.
  if (totals.size() > top.size()) {
    WEIR_TRY(pass, run_pass(snapshot, spec, budget, helpers, &top));
    rows += pass.rows;
  }
  ActivityResult out;
  out.rows_scanned = rows;
  out.lines.push_back(make_line({}, std::move(pass.total)));
  for (const KeyTexts& texts : top)
    out.lines.push_back(make_line(texts, std::move(pass.by_key[texts])));
  KeyTexts other(spec.keys.size(), std::string(kOtherKey));
  if (auto it = pass.by_key.find(other); !spec.keys.empty() && it != pass.by_key.end())
    out.lines.push_back(make_line(other, std::move(it->second)));
  out.lost = pass.lost;
  out.back = std::move(pass.back);
  out.groups = std::move(pass.groups);
  std::sort(out.groups.begin(), out.groups.end());
  return out;
}

}  // namespace weir::columnar
