#include "columnar/interval.h"

#include "columnar/bucket_finder.h"
#include "columnar/cell_value.h"
#include "columnar/quantiles.h"

#include <absl/container/flat_hash_map.h>

#include <numeric>

namespace weir::columnar {
namespace {

constexpr uint32_t kIsStart = 1, kIsEnd = 2;
constexpr size_t kRelationsMax = 4, kRelationValuesKept = 1'000'000;
// Pairs keep their bucket in the low bits beside their length.
constexpr int kBucketBits = 14;
static_assert(kBucketsMax <= size_t{1} << kBucketBits);

struct Pair {
  uint64_t packed;  // length << kBucketBits | bucket
  uint32_t key, group;

  int64_t length() const { return static_cast<int64_t>(packed >> kBucketBits); }
  uint32_t bucket() const { return packed & ((1u << kBucketBits) - 1); }
};

class Worker : public GroupOperator {
 public:
  explicit Worker(const IntervalSpec& spec)
      : spec_(spec), keys_(spec.keys), buckets_(spec.buckets) {}

  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override {
    if (keys_.size() > kKeysMax || pairs_.size() > kPairsMax) return;  // refused at the end
    group_ = group;
    hits_ = hits;
    if (!spec_.relations.empty()) return pair_related(reader);
    starts_.clear();
    ends_.clear();
    for (uint32_t i = 0; i < hits.size(); ++i) {
      uint32_t roles = roles_of(hits[i], reader);
      if ((roles & kIsStart) != 0) starts_.push_back({hits[i].time, i});
      if ((roles & kIsEnd) != 0) ends_.push_back({hits[i].time, i});
    }
    pair(reader);
  }

  const KeyReader& keys() const { return keys_; }
  const std::vector<Pair>& pairs() const { return pairs_; }

 private:
  struct At {
    int64_t time;
    uint32_t hit;
  };
  /// One role of an event under one value of the relations.
  struct Related {
    uint32_t value;
    uint32_t role;
    At at;
  };
  using Values = std::array<CellValue, kRelationsMax>;

  uint32_t roles_of(const Hit& hit, RowReader& reader) const {
    if (spec_.filter != nullptr && !spec_.filter->matches(hit, group_, reader)) return 0;
    auto is = [&](uint32_t bit, const EventSelection& selection) {
      return (hit.mask & bit) != 0 && (selection.predicate == nullptr ||
                                       selection.predicate->matches(hit, group_, reader))
                 ? bit
                 : 0;
    };
    return is(kIsStart, spec_.start) | is(kIsEnd, spec_.end);
  }

  /// Splits the events by their values; those without one take no part.
  void pair_related(RowReader& reader) {
    // Numbers need to be the same within a group only.
    if (values_.size() > kRelationValuesKept) values_.clear();
    related_.clear();
    for (uint32_t i = 0; i < hits_.size(); ++i) {
      uint32_t roles = roles_of(hits_[i], reader);
      for (uint32_t role : {kIsStart, kIsEnd}) {
        if ((roles & role) == 0) continue;
        if (auto value = value_number(hits_[i], role, reader)) {
          related_.push_back({*value, role, {hits_[i].time, i}});
        }
      }
    }
    std::stable_sort(related_.begin(), related_.end(),
                     [](const Related& a, const Related& b) { return a.value < b.value; });
    for (size_t i = 0; i < related_.size();) {
      starts_.clear();
      ends_.clear();
      uint32_t value = related_[i].value;
      for (; i < related_.size() && related_[i].value == value; ++i) {
        (related_[i].role == kIsStart ? starts_ : ends_).push_back(related_[i].at);
      }
      pair(reader);
    }
  }

  std::optional<uint32_t> value_number(const Hit& hit, uint32_t role, RowReader& reader) {
    Values values{};
    for (size_t r = 0; r < spec_.relations.size(); ++r) {
      uint32_t property = role == kIsStart ? spec_.relations[r].start : spec_.relations[r].end;
      Cell cell;
      if (property != kNone) cell = reader.cell(hit, property);
      if (cell.missing()) return std::nullopt;
      values[r] = value_of(cell);
    }
    return values_.try_emplace(values, static_cast<uint32_t>(values_.size())).first->second;
  }

  void pair(RowReader& reader) {
    if (spec_.consecutive) {
      for (size_t i = 1; i < starts_.size(); ++i) add(starts_[i - 1], starts_[i], reader);
      return;
    }
    int64_t previous = INT64_MIN;  // time of the previous end
    size_t after_previous = 0;     // first start after it
    size_t until = 0;              // starts at or before the end at hand
    for (const At& end : ends_) {
      while (until < starts_.size() && starts_[until].time <= end.time) ++until;
      while (after_previous < starts_.size() && starts_[after_previous].time <= previous)
        ++after_previous;
      size_t begin = spec_.pairing == Pairing::Latest ? 0 : after_previous;
      previous = end.time;
      size_t last = until;
      // An event is not its own start (G6).
      if (spec_.pairing == Pairing::First) {
        if (begin < last && starts_[begin].hit == end.hit) ++begin;
        if (begin < last) add(starts_[begin], end, reader);
      } else {
        if (begin < last && starts_[last - 1].hit == end.hit) --last;
        if (begin < last) add(starts_[last - 1], end, reader);
      }
    }
  }

  void add(const At& start, const At& end, RowReader& reader) {
    int64_t length = end.time - start.time;
    if (start.time < spec_.from || start.time >= spec_.to || length > spec_.limit_ms) return;
    if (spec_.bound_all && end.time >= spec_.to) return;
    KeyReader::Tuple parts{};
    for (size_t d = 0; d < spec_.keys.size(); ++d) {
      const Hit& hit = hits_[spec_.key_of_end[d] ? end.hit : start.hit];
      parts[d] = keys_.part(d, hit, group_, reader);
    }
    uint64_t packed = static_cast<uint64_t>(length) << kBucketBits | buckets_.of(start.time);
    pairs_.push_back({packed, keys_.tuple(parts), group_});
  }

  const IntervalSpec& spec_;
  KeyReader keys_;
  BucketFinder buckets_;
  std::vector<Pair> pairs_;
  uint32_t group_ = 0;
  std::span<Hit> hits_;
  std::vector<At> starts_, ends_;
  std::vector<Related> related_;
  absl::flat_hash_map<Values, uint32_t> values_;
};

using Workers = std::vector<std::unique_ptr<Worker>>;

/// Pairs by line and bucket.
class Table {
 public:
  Table(const IntervalSpec& spec, const Workers& workers, const KeySlots& slots,
        const std::vector<std::vector<uint32_t>>& numbers)
      : spec_(spec), buckets_(spec.buckets.size()), cells_(slots.size() * buckets_) {
    begins_.assign(cells_ + 1, 0);
    groups_.assign(cells_, 0);
    line_groups_.assign(slots.size(), 0);
    each(workers, slots, numbers, [&](size_t, size_t cell, const Pair&) { ++begins_[cell + 1]; });
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    lengths_.resize(begins_.back());
    std::vector<size_t> next(begins_.begin(), begins_.end() - 1);
    std::vector<uint32_t> last(cells_, kNone), last_of_line(slots.size(), kNone);
    uint32_t last_of_all = kNone;
    // A group's pairs lie together, so a change of group is a new group.
    each(workers, slots, numbers, [&](size_t line, size_t cell, const Pair& pair) {
      lengths_[next[cell]++] = pair.length();
      count(last[cell], pair.group, groups_[cell]);
      count(last_of_line[line], pair.group, line_groups_[line]);
      count(last_of_all, pair.group, all_groups_);
    });
  }

  void fill(IntervalResult& result, std::span<const int64_t> edges, const KeySlots& slots) {
    for (size_t line = 0; line < slots.size(); ++line) {
      IntervalResult::Line out;
      out.keys = slots.texts[line];
      for (size_t b = 0; b < buckets_; ++b) {
        size_t cell = line * buckets_ + b;
        out.buckets.push_back(box(begins_[cell], begins_[cell + 1], groups_[cell]));
      }
      size_t begin = begins_[line * buckets_], end = begins_[(line + 1) * buckets_];
      out.histogram = histogram(begin, end, edges);
      out.total = box(begin, end, line_groups_[line]);
      result.lines.push_back(std::move(out));
    }
    result.histogram = histogram(0, lengths_.size(), edges);
    result.total = box(0, lengths_.size(), all_groups_);
  }

 private:
  template <class F>
  void each(const Workers& workers, const KeySlots& slots,
            const std::vector<std::vector<uint32_t>>& numbers, F visit) const {
    for (size_t w = 0; w < workers.size(); ++w) {
      for (const Pair& pair : workers[w]->pairs()) {
        size_t line = slots.of_key[numbers[w][pair.key]];
        visit(line, line * buckets_ + pair.bucket(), pair);
      }
    }
  }

  static void count(uint32_t& last, uint32_t group, uint64_t& groups) {
    if (last == group) return;
    last = group;
    ++groups;
  }

  IntervalBox box(size_t begin, size_t end, uint64_t groups) {
    IntervalBox out;
    if (begin == end) return out;
    std::span<int64_t> values(lengths_.data() + begin, end - begin);
    constexpr double kPercentiles[] = {0, 0.25, 0.5, 0.75, 0.9, 1};
    std::vector<double> ps = percentiles(values, std::span<const double>(kPercentiles));
    out.pairs = values.size();
    out.groups = groups;
    out.min = static_cast<int64_t>(ps[0]);
    out.p25 = ps[1];
    out.p50 = ps[2];
    out.p75 = ps[3];
    out.p90 = ps[4];
    out.max = static_cast<int64_t>(ps[5]);
    double sum = 0;
    for (int64_t v : values) sum += static_cast<double>(v);
    out.mean = sum / static_cast<double>(values.size());
    return out;
  }

  std::vector<uint64_t> histogram(size_t begin, size_t end, std::span<const int64_t> edges) const {
    std::vector<uint64_t> out(edges.size());
    for (size_t i = begin; i < end; ++i) {
      auto it = std::upper_bound(edges.begin(), edges.end(), lengths_[i]);
      ++out[static_cast<size_t>(it - edges.begin()) - 1];
    }
    return out;
  }

  const IntervalSpec& spec_;
  size_t buckets_, cells_;
  std::vector<size_t> begins_;  // of each cell in lengths_
  std::vector<int64_t> lengths_;
  std::vector<uint64_t> groups_, line_groups_;
  uint64_t all_groups_ = 0;
};

ScanSpec scan_spec_of(const IntervalSpec& spec) {
  ScanSpec out;
  out.event_masks = event_masks({&spec.start, &spec.end});
  out.groups = spec.groups;
  // Starts lie in the range, so older events matter only to know that a start is not the first.
  if (spec.pairing != Pairing::First || spec.consecutive) out.from = spec.from;
  int64_t last = spec.to - 1;
  if (!spec.bound_all) last = spec.limit_ms > INT64_MAX - last ? INT64_MAX : last + spec.limit_ms;
  out.to = std::min(last, spec.as_of);
  return out;
}

void collect(const IntervalSpec& spec, const Workers& workers, const KeySlots& slots,
             const std::vector<std::vector<uint32_t>>& numbers, std::vector<uint32_t>& out) {
  uint32_t wanted = spec.collect->keys ? slots.find(*spec.collect->keys) : kNone;
  for (size_t w = 0; w < workers.size(); ++w) {
    for (const Pair& pair : workers[w]->pairs()) {
      if (spec.collect->keys && slots.of_key[numbers[w][pair.key]] != wanted) continue;
      if (spec.collect->bucket && pair.bucket() != *spec.collect->bucket) continue;
      if (out.empty() || out.back() != pair.group) out.push_back(pair.group);
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
}

}  // namespace

Result<IntervalResult> run_interval(const std::shared_ptr<const Snapshot>& snapshot,
                                    const IntervalSpec& spec, std::span<const int64_t> edges,
                                    const ScanBudget& budget, std::span<Executor* const> helpers) {
  WEIR_ASSERT(spec.relations.size() <= kRelationsMax);
  Workers workers;
  WEIR_TRY(uint64_t rows,
           scan(snapshot, scan_spec_of(spec), budget, helpers, [&]() -> GroupOperator& {
             return *workers.emplace_back(std::make_unique<Worker>(spec));
           }));
  KeyUnion keys;
  std::vector<std::vector<uint32_t>> numbers;
  size_t pairs = 0;
  for (const auto& worker : workers) {
    WEIR_TRY(std::vector<uint32_t> own, keys.add(worker->keys()));
    numbers.push_back(std::move(own));
    pairs += worker->pairs().size();
  }
  if (pairs > kPairsMax) {
    return fail(ErrorCode::ResourceExhausted,
                "the question has more than " + std::to_string(kPairsMax) +
                    " pairs; narrow its range or filter",
                "range");
  }
  std::vector<double> weights(keys.size());
  for (size_t w = 0; w < workers.size(); ++w) {
    for (const Pair& pair : workers[w]->pairs()) ++weights[numbers[w][pair.key]];
  }
  KeySlots slots = rank_keys(keys, weights, spec.keys.size());
  IntervalResult out;
  out.rows_scanned = rows;
  if (spec.collect) collect(spec, workers, slots, numbers, out.groups);
  Table(spec, workers, slots, numbers).fill(out, edges, slots);
  return out;
}

}  // namespace weir::columnar
