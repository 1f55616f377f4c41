#include "columnar/trends.h"

#include "columnar/bucket_finder.h"

#include <algorithm>
#include <map>

namespace weir::columnar {
namespace {

/// Counts of one key of one series. Buckets may be dropped to save memory when only ranking.
struct Slot {
  Tally total;
  std::vector<Tally> buckets;
  // Of trailing series: groups per bucket less those of the bucket before, and how far the group at
  // hand is counted already.
  std::vector<int64_t> steps;
  uint32_t group = kNone;
  int64_t counted_to = 0;

  uint64_t memory_bytes() const {
    uint64_t bytes = total.memory_bytes() + steps.capacity() * sizeof(int64_t);
    for (const Tally& tally : buckets) bytes += tally.memory_bytes();
    return bytes;
  }
  void add(const Slot& other) {
    total.merge(other.total);
    if (buckets.size() < other.buckets.size()) buckets.resize(other.buckets.size());
    for (size_t b = 0; b < other.buckets.size(); ++b) buckets[b].merge(other.buckets[b]);
    if (steps.size() < other.steps.size()) steps.resize(other.steps.size());
    for (size_t b = 0; b < other.steps.size(); ++b) steps[b] += other.steps[b];
  }
};

/// The keys a second pass counts apart; others go to $other. Per series.
using TopKeys = std::vector<std::map<KeyTexts, uint32_t>>;

class Worker : public SessionSink {
 public:
  Worker(const TrendsSpec& spec, const TopKeys* top)
      : spec_(spec),
        top_(top),
        keys_(spec.keys),
        finder_(spec.buckets),
        slots_(spec.series.size()),
        chosen_(spec.series.size()) {
    for (size_t s = 0; s < spec.series.size(); ++s) {
      if (spec.series[s].of_sessions) of_sessions_ |= 1u << s;
      counted_as_.push_back(same_counts(s));
      if (counted_as_[s] == s) counted_ |= 1u << s;
    }
  }

  void group(uint32_t group, std::span<const Hit> hits, const GroupSessions* sessions,
             RowReader& reader) override {
    if (keys_.size() > kKeysMax) return;  // run_trends_pass refuses the answer
    for (const Hit& hit : hits) {
      uint32_t mask = hit.mask & counted_;
      if (sessions != nullptr) {
        mask = (hit.mask >> kSessionBits) & counted_ & ~of_sessions_;
        if (mask == 0 || hit.time >= spec_.to) continue;
      }
      if (spec_.filter != nullptr && !spec_.filter->matches(hit, group, reader)) continue;
      uint32_t key = UINT32_MAX;
      size_t bucket = SIZE_MAX;
      for (uint32_t rest = mask; rest != 0; rest &= rest - 1) {
        auto s = static_cast<size_t>(std::countr_zero(rest));
        const TrendsSpec::Series& series = spec_.series[s];
        if (series.trailing == 0 && hit.time < spec_.from) continue;
        const Predicate* predicate = series.events.predicate.get();
        if (predicate != nullptr && !predicate->matches(hit, group, reader)) continue;
        if (key == UINT32_MAX) key = spec_.keys.empty() ? 0 : keys_.key(hit, group, reader);
        if (series.trailing > 0) {
          count_trailing(slot(s, key), bucket_with_lead(spec_, hit.time), group, series.trailing);
          continue;
        }
        if (bucket == SIZE_MAX) bucket = finder_.of(hit.time);
        Cell cell;
        if (needs_property(series.aggregate)) cell = reader.cell(hit, series.property);
        count(slot(s, key), bucket, group, series.aggregate, cell);
      }
    }
    if (sessions != nullptr) count_sessions(group, hits, *sessions, reader);
    if (top_ == nullptr && !ranking_ && keys_.size() > kTopKeys) drop_buckets();
  }

  uint64_t memory_bytes() const override {
    uint64_t bytes = keys_.memory_bytes();
    for (const auto& slots : slots_) {
      for (const Slot& slot : slots) bytes += slot.memory_bytes();
    }
    return bytes;
  }
  bool ranking() const { return ranking_; }
  size_t key_count() const { return keys_.size(); }
  /// Slots of a series with the texts of their keys ($other when the pass has top keys).
  std::vector<std::pair<KeyTexts, const Slot*>> lines(size_t series) const {
    std::vector<std::pair<KeyTexts, const Slot*>> out;
    const std::vector<Slot>& slots = slots_[counted_as_[series]];
    for (size_t i = 0; i < slots.size(); ++i) {
      const Slot& slot = slots[i];
      if (slot.total.rows() == 0) continue;
      out.emplace_back(texts(series, static_cast<uint32_t>(i)), &slot);
    }
    return out;
  }

 private:
  KeyTexts texts(size_t series, uint32_t at) const {
    if (spec_.keys.empty()) return {};
    if (top_ == nullptr) return keys_.texts(at);
    for (const auto& [text, number] : (*top_)[series]) {
      if (number == at) return text;
    }
    return KeyTexts(spec_.keys.size(), std::string(kOtherKey));
  }

  /// The first series whose tallies say what this one asks: of the same events, without a
  /// condition, how many rows and groups.
  size_t same_counts(size_t series) const {
    auto plain = [](const TrendsSpec::Series& s) {
      return s.trailing == 0 && !s.of_sessions && !needs_property(s.aggregate) &&
             s.events.predicate == nullptr;
    };
    const TrendsSpec::Series& own = spec_.series[series];
    if (top_ != nullptr || !plain(own)) return series;
    size_t first = 0;
    while (!plain(spec_.series[first]) || spec_.series[first].events.events != own.events.events)
      ++first;
    return first;
  }

  Slot& slot(size_t series, uint32_t key) {
    uint32_t at = key;
    if (top_ != nullptr) {
      auto& chosen = chosen_[series];
      if (key >= chosen.size()) chosen.resize(key + 1, kNone);
      if (chosen[key] == kNone) {
        auto it = (*top_)[series].find(keys_.texts(key));
        chosen[key] = it == (*top_)[series].end() ? static_cast<uint32_t>((*top_)[series].size())
                                                  : it->second;
      }
      at = chosen[key];
    }
    std::vector<Slot>& slots = slots_[series];
    if (at >= slots.size()) slots.resize(at + 1);
    return slots[at];
  }

  void count(Slot& slot, size_t bucket, uint32_t group, Aggregate aggregate, const Cell& cell) {
    bool first = slot.total.add(group, aggregate, cell);
    if (ranking_) return;
    if (slot.buckets.empty()) slot.buckets.resize(spec_.buckets.size());
    slot.buckets[bucket].add(group, aggregate, cell);
    if (first) slot.buckets[bucket].add_first();
  }

  /// A session counts in every bucket in which it has such an event, as a group would.
  void count_sessions(uint32_t group, std::span<const Hit> hits, const GroupSessions& sessions,
                      RowReader& reader) {
    for (const Session& session : sessions.all) {
      ++session_;
      for (uint32_t i = session.first; i != kNone; i = sessions.cutter.next(i)) {
        const Hit& hit = hits[i];
        uint32_t rest = (hit.mask >> kSessionBits) & of_sessions_;
        if (rest == 0 || hit.time < spec_.from || hit.time >= spec_.to) continue;
        if (spec_.filter != nullptr && !spec_.filter->matches(hit, group, reader)) continue;
        for (; rest != 0; rest &= rest - 1) {
          auto s = static_cast<size_t>(std::countr_zero(rest));
          const Predicate* predicate = spec_.series[s].events.predicate.get();
          if (predicate != nullptr && !predicate->matches(hit, group, reader)) continue;
          uint32_t key = spec_.keys.empty() ? 0 : keys_.key(hit, group, reader);
          count(slot(s, key), finder_.of(hit.time), session_, Aggregate::Groups, {});
        }
      }
    }
  }

  /// An event is seen in its bucket and the trailing - 1 after it; events come in order of time.
  void count_trailing(Slot& slot, int64_t bucket, uint32_t group, size_t trailing) {
    slot.total.add(group, Aggregate::Groups, {});
    if (ranking_) return;
    auto buckets = static_cast<int64_t>(spec_.buckets.size());
    if (slot.steps.empty()) slot.steps.resize(spec_.buckets.size() + 1);
    if (slot.group != group) slot.counted_to = 0;
    slot.group = group;
    int64_t from = std::max({bucket, slot.counted_to, int64_t{0}});
    int64_t to = std::min(bucket + static_cast<int64_t>(trailing), buckets);
    if (from >= to) return;
    ++slot.steps[static_cast<size_t>(from)];
    --slot.steps[static_cast<size_t>(to)];
    slot.counted_to = to;
  }

  void drop_buckets() {
    ranking_ = true;
    for (auto& slots : slots_) {
      for (Slot& slot : slots) {
        std::vector<Tally>().swap(slot.buckets);
        std::vector<int64_t>().swap(slot.steps);
      }
    }
  }

  const TrendsSpec& spec_;
  const TopKeys* top_;
  KeyReader keys_;
  BucketFinder finder_;
  bool ranking_ = false;
  uint32_t counted_ = 0;                       // bit s: series s has tallies of its own
  std::vector<size_t> counted_as_;             // per series: whose tallies
  uint32_t of_sessions_ = 0;                   // bit s: series s counts sessions
  uint32_t session_ = 0;                       // number of the last one
  std::vector<std::vector<Slot>> slots_;       // per series, per key number
  std::vector<std::vector<uint32_t>> chosen_;  // per series: key number → number among the top
};

using Lines = std::map<KeyTexts, Slot>;

struct Pass {
  std::vector<Lines> series;
  bool complete = true;  // buckets were kept for every key
  size_t keys = 0;
  uint64_t rows = 0;
};

Result<Pass> run_trends_pass(const std::shared_ptr<const Snapshot>& snapshot,
                             const TrendsSpec& spec, const ScanBudget& budget,
                             std::span<Executor* const> helpers, const TopKeys* top) {
  std::vector<std::unique_ptr<Worker>> workers;
  SessionPass how = trends_pass(spec, spec.series);
  WEIR_TRY(uint64_t rows, run_pass(snapshot, how, budget, helpers, [&]() -> SessionSink& {
             return *workers.emplace_back(std::make_unique<Worker>(spec, top));
           }));
  Pass pass;
  pass.rows = rows;
  pass.series.resize(spec.series.size());
  for (const auto& worker : workers) {
    pass.complete &= !worker->ranking();
    pass.keys = std::max(pass.keys, worker->key_count());
    for (size_t s = 0; s < spec.series.size(); ++s) {
      for (const auto& [texts, slot] : worker->lines(s)) pass.series[s][texts].add(*slot);
    }
  }
  if (pass.keys > kKeysMax) {
    return fail(ErrorCode::ResourceExhausted,
                "the breakdown has more than " + std::to_string(kKeysMax) + " values", "breakdown");
  }
  return pass;
}

/// Keys of a series by descending total (nothing last), then by value.
std::vector<KeyTexts> ranked(const Lines& lines, Aggregate aggregate) {
  std::vector<std::pair<std::optional<double>, KeyTexts>> order;
  for (const auto& [texts, slot] : lines) order.emplace_back(slot.total.value(aggregate), texts);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::vector<KeyTexts> out;
  for (auto& entry : order) out.push_back(std::move(entry.second));
  return out;
}

/// A trailing number belongs to its bucket: there is no total, and none of buckets yet to come.
void add_trailing(const TrendsSpec& spec, const Slot& slot, TrendsResult::Line& line) {
  int64_t running = 0;
  for (size_t b = 0; b < spec.buckets.size(); ++b) {
    running += b < slot.steps.size() ? slot.steps[b] : 0;
    bool begun = spec.buckets.starts[b] < spec.to;
    line.values.push_back(begun ? std::optional(static_cast<double>(running)) : std::nullopt);
  }
}

TrendsResult::Line make_line(const TrendsSpec& spec, size_t s, const KeyTexts& keys, Slot slot) {
  Aggregate aggregate = spec.series[s].aggregate;
  slot.buckets.resize(spec.buckets.size());
  TrendsResult::Line line;
  line.series = s;
  line.keys = keys;
  if (spec.series[s].trailing > 0) {
    add_trailing(spec, slot, line);
    return line;
  }
  line.total = slot.total.value(aggregate);
  Tally running;
  for (Tally& tally : slot.buckets) {
    if (spec.cumulative) {
      tally.groups_from_firsts();
      running.merge(tally);
      line.values.push_back(running.value(aggregate));
    } else {
      line.values.push_back(tally.value(aggregate));
    }
  }
  return line;
}

}  // namespace

SessionPass trends_pass(const TrendsSpec& spec, std::span<const TrendsSpec::Series> series) {
  SessionPass pass;
  std::vector<const EventSelection*>& selections = pass.selections;
  uint32_t trailing = 0;
  for (size_t s = 0; s < series.size(); ++s) {
    selections.push_back(&series[s].events);
    if (series[s].trailing > 0) trailing |= 1u << s;
    if (series[s].of_sessions) pass.rules = &*spec.sessions;
  }
  ScanSpec& out = pass.plain;
  out.event_masks = event_masks(selections);
  out.from = spec.from;
  out.to = spec.to - 1;
  out.groups = spec.groups;
  pass.bounds = {spec.from, spec.to, spec.as_of, false};
  if (trailing == 0) return pass;
  out.from = spec.lead.starts.empty() ? spec.buckets.starts.front() : spec.lead.starts.front();
  for (uint32_t mask : out.event_masks)
    out.event_from.push_back((mask & trailing) != 0 ? out.from : spec.from);
  pass.bounds.from = out.from;
  return pass;
}

Result<TrendsResult> run_trends(const std::shared_ptr<const Snapshot>& snapshot,
                                const TrendsSpec& spec, const ScanBudget& budget,
                                std::span<Executor* const> helpers) {
  WEIR_TRY(Pass pass, run_trends_pass(snapshot, spec, budget, helpers, nullptr));
  uint64_t rows = pass.rows;
  std::vector<std::vector<KeyTexts>> order;
  bool again = !pass.complete;
  for (size_t s = 0; s < spec.series.size(); ++s) {
    order.push_back(spec.same_keys && s > 0 ? order[0]
                                            : ranked(pass.series[s], spec.series[s].aggregate));
    if (spec.same_keys && s > 0) {
      // Keys the first series lacks follow in their own order.
      for (const KeyTexts& key : ranked(pass.series[s], spec.series[s].aggregate)) {
        if (!pass.series[0].contains(key)) order[s].push_back(key);
      }
    }
    again |= order[s].size() > kTopKeys;
  }
  if (again) {
    TopKeys top(spec.series.size());
    for (size_t s = 0; s < order.size(); ++s) {
      bool rest = order[s].size() > kTopKeys;
      order[s].resize(std::min(order[s].size(), kTopKeys));
      for (const KeyTexts& key : order[s])
        top[s].emplace(key, static_cast<uint32_t>(top[s].size()));
      if (rest) order[s].push_back(KeyTexts(spec.keys.size(), std::string(kOtherKey)));
    }
    WEIR_TRY(pass, run_trends_pass(snapshot, spec, budget, helpers, &top));
    rows += pass.rows;
  }
  TrendsResult out;
  out.rows_scanned = rows;
  for (size_t s = 0; s < spec.series.size(); ++s) {
    if (spec.keys.empty()) order[s] = {KeyTexts{}};
    for (const KeyTexts& key : order[s]) {
      out.lines.push_back(make_line(spec, s, key, std::move(pass.series[s][key])));
    }
  }
  return out;
}

}  // namespace weir::columnar
