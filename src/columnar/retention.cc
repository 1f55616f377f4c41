#include "columnar/retention.h"

#include "columnar/top_keys.h"

#include <algorithm>
#include <bit>
#include <map>

namespace weir::columnar {
namespace {

constexpr size_t kFullKeys = 256;  // keys whose cells one pass keeps; with more it only ranks them
constexpr uint32_t kStart = 1, kAgain = 2;

size_t column_count(const RetentionSpec& spec) {
  return spec.type == RetentionType::Brackets ? spec.brackets.size() : spec.periods;
}

/// A row of counts of one cohort: size, returns in period 0, then the columns.
size_t row_size(const RetentionSpec& spec) {
  return 2 + column_count(spec);
}

/// While counting, OnOrAfter and OnOrBefore note only the last or first period; this sums them up.
template <class Count>
void sum_up(const RetentionSpec& spec, std::span<Count> row) {
  std::span<Count> columns = row.subspan(2);
  if (spec.type == RetentionType::OnOrAfter) {
    for (size_t i = columns.size() - 1; i > 0; --i) columns[i - 1] += columns[i];
  } else if (spec.type == RetentionType::OnOrBefore) {
    for (size_t i = 1; i < columns.size(); ++i) columns[i] += columns[i - 1];
  }
}

/// Bits of periods: bit `offset + n` is period n.
struct Periods {
  std::span<const uint64_t> words;
  size_t offset = 0;

  /// Lowest bit from `at` on; SIZE_MAX when there is none.
  size_t next(size_t at) const {
    size_t w = at / 64;
    if (w >= words.size()) return SIZE_MAX;
    uint64_t word = words[w] & (~uint64_t{0} << (at % 64));
    while (word == 0) {
      if (++w == words.size()) return SIZE_MAX;
      word = words[w];
    }
    return w * 64 + static_cast<size_t>(std::countr_zero(word));
  }
  /// The lowest period in [first, last]; SIZE_MAX when there is none.
  size_t lowest(size_t first, size_t last) const {
    size_t bit = next(offset + first);
    return bit == SIZE_MAX || bit > offset + last ? SIZE_MAX : bit - offset;
  }
  /// The highest period, 0 when there is none above.
  size_t highest() const {
    for (size_t w = words.size(); w-- > 0;) {
      if (words[w] == 0) continue;
      size_t bit = w * 64 + static_cast<size_t>(std::bit_width(words[w])) - 1;
      return bit > offset ? bit - offset : 0;
    }
    return 0;
  }
};

/// Counts of one key.
struct Cells {
  std::vector<uint32_t> counts;     // rows of the cohorts, one after another
  std::vector<TimeMs> last_starts;  // per cohort
  uint64_t entries = 0;
};

class Worker : public GroupOperator {
 public:
  Worker(const RetentionSpec& spec, const std::vector<KeyTexts>* top)
      : spec_(spec),
        finder_(spec.buckets),
        keys_(spec.keys),
        lines_(keys_, top),
        full_keys_(top == nullptr ? kFullKeys : SIZE_MAX),
        list_returns_(spec.rolling_ms != 0 || spec.same_value),
        words_((std::max(spec.buckets.size(), spec.periods + 1) + 64) / 64),
        row_(row_size(spec)) {}

  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override {
    if (keys_.size() > kKeysMax) return;  // run_retention refuses the answer
    starts_.clear();
    returns_.clear();
    for (size_t i = 0; i < hits.size(); ++i) {
      const Hit& hit = hits[i];
      uint32_t roles = roles_of(hit, group, reader);
      if (hit.time < spec_.from) {
        if ((roles & kStart) != 0) return;  // with first_time: it began before the range
        continue;
      }
      // A return first: it must be a later event than the start it follows.
      if ((roles & kAgain) != 0 && !starts_.empty()) add_return(hit, group, reader);
      if ((roles & kStart) != 0 && hit.time < spec_.to) add_start(hit, group, reader);
    }
    for (const Start& start : starts_) count(start, group);
    if (!list_returns_ && !starts_.empty()) std::fill(words_.begin(), words_.end(), 0);
  }

  bool ranking() const { return ranking_; }
  size_t key_count() const { return keys_.size(); }
  const std::vector<Cells>& cells() const { return cells_; }
  KeyTexts texts(uint32_t line) const {
    return spec_.keys.empty() ? KeyTexts{} : lines_.texts(line);
  }
  std::vector<uint32_t>& collected() { return collected_; }

 private:
  struct Start {
    TimeMs time;
    uint32_t cohort, key;
    size_t returns_before;  // of returns_
    bool n0_return = false;
  };
  struct Return {
    TimeMs time;
    uint32_t bucket, key;
  };

  uint32_t roles_of(const Hit& hit, uint32_t group, RowReader& reader) const {
    if (spec_.filter != nullptr && !spec_.filter->matches(hit, group, reader)) return 0;
    uint32_t roles = hit.mask;
    const Predicate *start = spec_.start.predicate.get(), *again = spec_.again.predicate.get();
    if (start != nullptr && (roles & kStart) != 0 && !start->matches(hit, group, reader))
      roles &= ~kStart;
    if (again != nullptr && (roles & kAgain) != 0 && !again->matches(hit, group, reader))
      roles &= ~kAgain;
    return roles;
  }

  uint32_t key_of(const Hit& hit, uint32_t group, RowReader& reader) {
    return spec_.keys.empty() ? 0 : keys_.key(hit, group, reader);
  }

  void add_start(const Hit& hit, uint32_t group, RowReader& reader) {
    if (spec_.first_time && !starts_.empty()) return;
    uint32_t cohort = finder_.of(hit.time);
    if (!starts_.empty() && starts_.back().cohort == cohort) return;
    starts_.push_back({hit.time, cohort, key_of(hit, group, reader), returns_.size()});
  }

  void add_return(const Hit& hit, uint32_t group, RowReader& reader) {
    uint32_t bucket = hit.time < finder_.end() ? finder_.of(hit.time)
                                               : static_cast<uint32_t>(spec_.buckets.size());
    if (list_returns_) {
      returns_.push_back({hit.time, bucket, spec_.same_value ? key_of(hit, group, reader) : 0});
      return;
    }
    words_[bucket / 64] |= uint64_t{1} << (bucket % 64);
    if (starts_.back().cohort == bucket) starts_.back().n0_return = true;
  }

  /// The periods of a start when they are not simply the buckets after its own.
  Periods periods_of(const Start& start, bool& n0_return) {
    std::fill(words_.begin(), words_.end(), 0);
    for (size_t i = start.returns_before; i < returns_.size(); ++i) {
      const Return& r = returns_[i];
      if (spec_.same_value && r.key != start.key) continue;
      size_t n = spec_.rolling_ms != 0
                     ? static_cast<size_t>((r.time - start.time) / spec_.rolling_ms)
                     : r.bucket - start.cohort;
      n0_return |= n == 0;
      n = std::min(n, spec_.periods + 1);
      words_[n / 64] |= uint64_t{1} << (n % 64);
      if (n > spec_.periods) break;
    }
    return {words_, 0};
  }

  void count(const Start& start, uint32_t group) {
    uint32_t line = spec_.keys.empty() ? 0 : lines_.of(start.key);
    Cells& cells = cells_of(line);
    ++cells.entries;
    if (ranking_) return;
    bool n0_return = start.n0_return;
    Periods periods = list_returns_ ? periods_of(start, n0_return) : Periods{words_, start.cohort};
    add_to_row(&cells.counts[start.cohort * row_.size()], periods, n0_return);
    TimeMs& last = cells.last_starts[start.cohort];
    last = std::max(last, start.time);
    if (spec_.collect && spec_.collect->cohort == start.cohort)
      collect(line, group, periods, n0_return);
  }

  void add_to_row(uint32_t* row, const Periods& periods, bool n0_return) const {
    ++row[0];
    row[1] += n0_return ? 1 : 0;
    uint32_t* columns = row + 2;
    switch (spec_.type) {
      case RetentionType::On:
        for (size_t n = periods.lowest(1, spec_.periods); n != SIZE_MAX;
             n = periods.lowest(n + 1, spec_.periods)) {
          ++columns[n - 1];
        }
        return;
      case RetentionType::OnOrAfter:
        if (size_t n = std::min(periods.highest(), spec_.periods); n > 0) ++columns[n - 1];
        return;
      case RetentionType::OnOrBefore: {
        bool at_once = spec_.include_period_0 && n0_return;
        size_t n = at_once ? 1 : periods.lowest(1, spec_.periods);
        if (n != SIZE_MAX) ++columns[n - 1];
        return;
      }
      case RetentionType::Brackets:
        for (size_t b = 0; b < spec_.brackets.size(); ++b) {
          auto [first, last] = spec_.brackets[b];
          bool hit =
              (first == 0 && n0_return) || periods.lowest(std::max(first, 1U), last) != SIZE_MAX;
          columns[b] += hit ? 1 : 0;
        }
        return;
    }
  }

  void collect(uint32_t line, uint32_t group, const Periods& periods, bool n0_return) {
    const RetentionSpec::Collect& wanted = *spec_.collect;
    if (!wanted.keys.empty() && lines_.texts(line) != wanted.keys) return;
    std::fill(row_.begin(), row_.end(), 0);
    add_to_row(row_.data(), periods, n0_return);
    sum_up(spec_, std::span(row_));
    size_t at = wanted.n0_return ? 1 : wanted.column == 0 ? 0 : wanted.column + 1;
    if (at < row_.size() && row_[at] != 0) collected_.push_back(group);
  }

  Cells& cells_of(uint32_t line) {
    if (line >= cells_.size()) {
      cells_.resize(line + 1);
      if (!ranking_ && keys_.size() > full_keys_) {
        ranking_ = true;
        for (Cells& cells : cells_) std::vector<uint32_t>().swap(cells.counts);
      }
    }
    Cells& cells = cells_[line];
    if (!ranking_ && cells.counts.empty()) {
      cells.counts.resize(spec_.cohorts * row_.size());
      cells.last_starts.resize(spec_.cohorts, INT64_MIN);
    }
    return cells;
  }

  const RetentionSpec& spec_;
  BucketFinder finder_;
  KeyReader keys_;
  KeyLines lines_;
  size_t full_keys_;
  bool list_returns_;  // else words_ has the buckets of all returns
  bool ranking_ = false;
  std::vector<Cells> cells_;  // per line
  std::vector<Start> starts_;
  std::vector<Return> returns_;
  std::vector<uint64_t> words_;
  std::vector<uint32_t> row_, collected_;
};

struct Line {
  std::vector<uint64_t> counts;
  std::vector<TimeMs> last_starts;
  uint64_t entries = 0;

  void add(const RetentionSpec& spec, const Cells& other) {
    counts.resize(spec.cohorts * row_size(spec));
    last_starts.resize(spec.cohorts, INT64_MIN);
    for (size_t i = 0; i < other.counts.size(); ++i) counts[i] += other.counts[i];
    for (size_t c = 0; c < other.last_starts.size(); ++c)
      last_starts[c] = std::max(last_starts[c], other.last_starts[c]);
    entries += other.entries;
  }
};

struct Pass {
  std::map<KeyTexts, Line> lines;
  bool complete = true;
  std::vector<uint32_t> groups;
};

class Run {
 public:
  Run(const std::shared_ptr<const Snapshot>& snapshot, const RetentionSpec& spec,
      const ScanBudget& budget, std::span<Executor* const> helpers)
      : snapshot_(snapshot), spec_(spec), budget_(budget), helpers_(helpers) {}

  Result<RetentionResult> run() {
    WEIR_TRY(Pass pass, run_pass(nullptr));
    std::map<KeyTexts, uint64_t> totals;
    for (const auto& [texts, line] : pass.lines) totals[texts] = line.entries;
    std::vector<KeyTexts> top = top_keys(totals);
    bool other = totals.size() > top.size();
    bool collect_other = spec_.collect && !spec_.collect->keys.empty() && other;
    if (!pass.complete || collect_other) {
      WEIR_TRY(pass, run_pass(&top));
    } else if (other) {
      fold_others(pass, top);
    }
    RetentionResult out;
    out.rows_scanned = rows_;
    out.groups = std::move(pass.groups);
    std::sort(out.groups.begin(), out.groups.end());
    make_lines(pass, top, out);
    return out;
  }

 private:
  Result<Pass> run_pass(const std::vector<KeyTexts>* top) {
    ScanSpec scan_spec;
    scan_spec.event_masks = event_masks({&spec_.start, &spec_.again});
    scan_spec.from = spec_.from;
    scan_spec.to = scan_end();
    scan_spec.groups = spec_.groups;
    if (spec_.first_time) {
      // A group that began before the range is in no cohort.
      scan_spec.from = INT64_MIN;
      for (uint32_t mask : scan_spec.event_masks)
        scan_spec.event_from.push_back((mask & kStart) != 0 ? INT64_MIN : spec_.from);
    }
    std::vector<std::unique_ptr<Worker>> workers;
    WEIR_TRY(uint64_t rows, scan(snapshot_, scan_spec, budget_, helpers_, [&]() -> GroupOperator& {
               return *workers.emplace_back(std::make_unique<Worker>(spec_, top));
             }));
    rows_ += rows;
    Pass pass;
    for (const auto& worker : workers) {
      pass.complete &= !worker->ranking();
      if (worker->key_count() > kKeysMax) {
        return fail(ErrorCode::ResourceExhausted,
                    "the breakdown has more than " + std::to_string(kKeysMax) + " values",
                    "breakdown");
      }
      for (uint32_t line = 0; line < worker->cells().size(); ++line) {
        const Cells& cells = worker->cells()[line];
        if (cells.entries > 0) pass.lines[worker->texts(line)].add(spec_, cells);
      }
      pass.groups.insert(pass.groups.end(), worker->collected().begin(), worker->collected().end());
    }
    return pass;
  }

  /// Last instant at which a return can matter.
  TimeMs scan_end() const {
    if (spec_.type == RetentionType::OnOrAfter) return spec_.as_of;
    TimeMs last = spec_.buckets.end;
    if (spec_.rolling_ms != 0)
      last = spec_.to + spec_.rolling_ms * static_cast<DurationMs>(spec_.periods + 1);
    return std::min(last - 1, spec_.as_of);
  }

  /// Every start has one key, so the rest is the sum of the rest.
  void fold_others(Pass& pass, const std::vector<KeyTexts>& top) const {
    std::map<KeyTexts, Line> lines;
    KeyTexts other(spec_.keys.size(), std::string(kOtherKey));
    for (auto& [texts, line] : pass.lines) {
      bool shown = std::find(top.begin(), top.end(), texts) != top.end();
      add_line(lines[shown ? texts : other], line);
    }
    pass.lines = std::move(lines);
  }

  static void add_line(Line& to, const Line& from) {
    to.counts.resize(from.counts.size());
    to.last_starts.resize(from.last_starts.size(), INT64_MIN);
    for (size_t i = 0; i < from.counts.size(); ++i) to.counts[i] += from.counts[i];
    for (size_t c = 0; c < from.last_starts.size(); ++c)
      to.last_starts[c] = std::max(to.last_starts[c], from.last_starts[c]);
    to.entries += from.entries;
  }

  void make_lines(Pass& pass, const std::vector<KeyTexts>& top, RetentionResult& out) const {
    Line all;
    all.add(spec_, {});
    for (const auto& [texts, line] : pass.lines) add_line(all, line);
    out.lines.push_back(make_line({}, all));
    if (spec_.keys.empty()) return;
    for (const KeyTexts& texts : top) out.lines.push_back(make_line(texts, pass.lines[texts]));
    KeyTexts other(spec_.keys.size(), std::string(kOtherKey));
    if (auto it = pass.lines.find(other); it != pass.lines.end())
      out.lines.push_back(make_line(other, it->second));
  }

  RetentionResult::Line make_line(const KeyTexts& keys, Line& line) const {
    RetentionResult::Line out{keys, {}};
    size_t stride = row_size(spec_);
    for (size_t c = 0; c < spec_.cohorts; ++c) {
      std::span<uint64_t> row = std::span(line.counts).subspan(c * stride, stride);
      sum_up(spec_, row);
      out.cohorts.push_back(
          {row[0], row[1], std::vector<uint64_t>(row.begin() + 2, row.end()), line.last_starts[c]});
    }
    return out;
  }

  const std::shared_ptr<const Snapshot>& snapshot_;
  const RetentionSpec& spec_;
  const ScanBudget& budget_;
  std::span<Executor* const> helpers_;
  uint64_t rows_ = 0;
};

}  // namespace

Result<RetentionResult> run_retention(const std::shared_ptr<const Snapshot>& snapshot,
                                      const RetentionSpec& spec, const ScanBudget& budget,
                                      std::span<Executor* const> helpers) {
  WEIR_ASSERT(spec.periods >= 1 && spec.cohorts >= 1);
  WEIR_ASSERT(spec.buckets.size() == spec.cohorts + spec.periods);
  return Run(snapshot, spec, budget, helpers).run();
}

}  // namespace weir::columnar
