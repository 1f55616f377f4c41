#include "columnar/sessions.h"

#include "columnar/top_keys.h"

#include <algorithm>
#include <map>

namespace weir::columnar {
namespace {

constexpr size_t kFullKeys = 256;  // keys whose cells one pass keeps; with more it only ranks them
constexpr uint32_t kContaining = 1U << kSessionBits;

struct Cells {
  SessionsResult::Cell total;
  std::vector<SessionsResult::Cell> buckets;
  std::vector<uint32_t> last_groups;  // per bucket, the last one is of the total
  std::vector<DurationMs> durations;

  void add(const Cells& other) {
    auto sum = [](SessionsResult::Cell& to, const SessionsResult::Cell& from) {
      to.sessions += from.sessions;
      to.bounces += from.bounces;
      to.events += from.events;
      to.groups += from.groups;
      to.duration_ms += from.duration_ms;
    };
    sum(total, other.total);
    if (buckets.size() < other.buckets.size()) buckets.resize(other.buckets.size());
    for (size_t b = 0; b < other.buckets.size(); ++b) sum(buckets[b], other.buckets[b]);
    durations.insert(durations.end(), other.durations.begin(), other.durations.end());
  }
};

class Worker : public SessionOperator {
 public:
  Worker(const SessionsSpec& spec, const std::vector<KeyTexts>* top, TimeMs known_from)
      : SessionOperator(spec.rules, known_from, spec.bounds.from),
        spec_(spec),
        finder_(spec.buckets),
        keys_(spec.keys),
        lines_(keys_, top),
        full_keys_(top == nullptr ? kFullKeys : SIZE_MAX) {
    prepare(all_);
  }

  bool ranking() const { return ranking_; }
  size_t key_count() const { return keys_.size(); }
  const Cells& all() const { return all_; }
  const std::vector<Cells>& by_key() const { return by_key_; }
  KeyTexts texts(uint32_t line) const { return lines_.texts(line); }
  const std::vector<uint32_t>& collected() const { return collected_; }
  uint64_t collected_rows() const { return collected_rows_; }

 protected:
  void sessions(uint32_t group, std::span<const Hit> hits, std::span<const Session> sessions,
                RowReader& reader) override {
    if (keys_.size() > kKeysMax) return;  // run_sessions refuses the answer
    for (const Session& session : sessions) {
      const Hit& first = hits[session.first];
      if (session.start < spec_.bounds.from || session.start >= spec_.bounds.to) continue;
      if (spec_.filter != nullptr && !spec_.filter->matches(first, group, reader)) continue;
      if (spec_.containing && !contains(session, hits, group, reader)) continue;
      size_t bucket = finder_.of(session.start);
      count(all_, session, bucket, group);
      if (spec_.keys.empty()) {
        if (spec_.collect) collect(session, bucket, group);
        continue;
      }
      uint32_t line = lines_.of(keys_.key(first, group, reader));
      if (line >= by_key_.size()) grow(line);
      count(by_key_[line], session, bucket, group);
      bool wanted = spec_.collect &&
                    (spec_.collect->keys.empty() || lines_.texts(line) == spec_.collect->keys);
      if (wanted) collect(session, bucket, group);
    }
  }

 private:
  bool contains(const Session& session, std::span<const Hit> hits, uint32_t group,
                RowReader& reader) const {
    const Predicate* predicate = spec_.containing->predicate.get();
    for (uint32_t i = session.first; i != kNone; i = cutter().next(i)) {
      if ((hits[i].mask & kContaining) == 0) continue;
      if (predicate == nullptr || predicate->matches(hits[i], group, reader)) return true;
    }
    return false;
  }

  void prepare(Cells& cells) const {
    cells.buckets.resize(spec_.buckets.size());
    cells.last_groups.resize(spec_.buckets.size() + 1, kNone);
  }

  void grow(uint32_t line) {
    size_t before = by_key_.size();
    by_key_.resize(line + 1);
    if (!ranking_ && by_key_.size() > full_keys_) {
      ranking_ = true;
      for (Cells& cells : by_key_) cells = Cells{cells.total, {}, {}, {}};
    }
    for (size_t i = before; !ranking_ && i < by_key_.size(); ++i) prepare(by_key_[i]);
  }

  void count(Cells& cells, const Session& session, size_t bucket, uint32_t group) const {
    DurationMs duration = session.end - session.start;
    auto add = [&](SessionsResult::Cell& cell) {
      ++cell.sessions;
      cell.bounces += session.depth == 1 ? 1 : 0;
      cell.events += session.depth;
      cell.duration_ms += duration;
    };
    add(cells.total);
    if (cells.buckets.empty()) return;
    cells.durations.push_back(duration);
    add(cells.buckets[bucket]);
    auto first_of = [&](size_t at) {
      bool fresh = cells.last_groups[at] != group;
      cells.last_groups[at] = group;
      return fresh ? 1 : 0;
    };
    cells.buckets[bucket].groups += first_of(bucket);
    cells.total.groups += first_of(cells.buckets.size());
  }

  void collect(const Session& session, size_t bucket, uint32_t group) {
    const SessionsSpec::Collect& c = *spec_.collect;
    if ((c.bucket && *c.bucket != bucket) || (c.bounces && session.depth > 1)) return;
    ++collected_rows_;
    if (collected_.empty() || collected_.back() != group) collected_.push_back(group);
  }

  const SessionsSpec& spec_;
  BucketFinder finder_;
  KeyReader keys_;
  KeyLines lines_;
  size_t full_keys_;
  bool ranking_ = false;
  Cells all_;
  std::vector<Cells> by_key_;  // per line
  std::vector<uint32_t> collected_;
  uint64_t collected_rows_ = 0;
};

struct Pass {
  Cells all;
  std::map<KeyTexts, Cells> by_key;
  bool complete = true;
  std::vector<uint32_t> groups;
  uint64_t collected_rows = 0, rows = 0;
};

Result<Pass> run_pass(const std::shared_ptr<const Snapshot>& snapshot, const SessionsSpec& spec,
                      const ScanBudget& budget, std::span<Executor* const> helpers,
                      const std::vector<KeyTexts>* top) {
  std::vector<const EventSelection*> selections;
  if (spec.containing) selections.push_back(&*spec.containing);
  std::vector<std::unique_ptr<Worker>> workers;
  Pass pass;
  WEIR_TRY(pass.rows, scan_sessions(snapshot, spec.rules, spec.bounds, selections, spec.groups,
                                    budget, helpers, [&](TimeMs known_from) -> SessionOperator& {
                                      return *workers.emplace_back(
                                          std::make_unique<Worker>(spec, top, known_from));
                                    }));
  for (const auto& worker : workers) {
    if (worker->key_count() > kKeysMax) {
      return fail(ErrorCode::ResourceExhausted,
                  "the breakdown has more than " + std::to_string(kKeysMax) + " values",
                  "breakdown");
    }
    pass.complete &= !worker->ranking();
    pass.all.add(worker->all());
    for (uint32_t line = 0; line < worker->by_key().size(); ++line) {
      if (worker->by_key()[line].total.sessions > 0)
        pass.by_key[worker->texts(line)].add(worker->by_key()[line]);
    }
    pass.groups.insert(pass.groups.end(), worker->collected().begin(), worker->collected().end());
    pass.collected_rows += worker->collected_rows();
  }
  return pass;
}

SessionsResult::Line make_line(const SessionsSpec& spec, const KeyTexts& keys, Cells cells) {
  cells.buckets.resize(spec.buckets.size());
  std::sort(cells.durations.begin(), cells.durations.end());
  return {keys, std::move(cells.buckets), cells.total, std::move(cells.durations)};
}

}  // namespace

Result<SessionsResult> run_sessions(const std::shared_ptr<const Snapshot>& snapshot,
                                    const SessionsSpec& spec, const ScanBudget& budget,
                                    std::span<Executor* const> helpers) {
  WEIR_TRY(Pass pass, run_pass(snapshot, spec, budget, helpers, nullptr));
  uint64_t rows = pass.rows;
  std::map<KeyTexts, uint64_t> totals;
  for (const auto& [texts, cells] : pass.by_key) totals[texts] = cells.total.sessions;
  std::vector<KeyTexts> top = top_keys(totals);
  if (totals.size() > top.size()) {  // groups of the rest are counted, not summed
    WEIR_TRY(pass, run_pass(snapshot, spec, budget, helpers, &top));
    rows += pass.rows;
  }
  SessionsResult out;
  out.rows_scanned = rows;
  out.lines.push_back(make_line(spec, {}, std::move(pass.all)));
  for (const KeyTexts& texts : top)
    out.lines.push_back(make_line(spec, texts, std::move(pass.by_key[texts])));
  KeyTexts other(spec.keys.size(), std::string(kOtherKey));
  if (auto it = pass.by_key.find(other); !spec.keys.empty() && it != pass.by_key.end())
    out.lines.push_back(make_line(spec, other, std::move(it->second)));
  out.groups = std::move(pass.groups);
  std::sort(out.groups.begin(), out.groups.end());
  out.collected_rows = pass.collected_rows;
  return out;
}

}  // namespace weir::columnar
