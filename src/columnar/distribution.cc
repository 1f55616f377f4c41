#include "columnar/distribution.h"

#include "columnar/bucket_finder.h"
#include "columnar/day_clock.h"
#include "columnar/quantiles.h"

namespace weir::columnar {
namespace {

/// A group's number on one line in one bucket. Line 0 is the total, bucket 0 the whole range.
struct GroupValue {
  double value;
  uint32_t line, group;
  uint32_t bucket;
};

/// A pass either counts every key on a line of its own (`slots` null) or as `slots` says.
class Worker : public GroupOperator {
 public:
  Worker(const DistributionSpec& spec, const KeySlots* slots)
      : spec_(spec),
        slots_(slots),
        keys_(spec.keys),
        clock_(spec.calendar),
        buckets_(spec.buckets ? spec.buckets->size() + 1 : 1) {
    if (spec.buckets) finder_.emplace(*spec.buckets);
  }

  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override {
    if (keys_.size() > kKeysMax || values_.size() > kGroupValuesMax) return;  // refused at the end
    for (const Hit& hit : hits) {
      auto passes = [&](const Predicate* p) {
        return p == nullptr || p->matches(hit, group, reader);
      };
      if (!passes(spec_.filter.get()) || !passes(spec_.events.predicate.get())) continue;
      double number = 0;
      if (spec_.metric >= GroupMetric::Sum && !reader.cell(hit, spec_.property).number(number))
        continue;
      count(0, hit.time, number);
      if (!spec_.keys.empty()) count(line_of(keys_.key(hit, group, reader)), hit.time, number);
    }
    finish(group);
  }

  const KeyReader& keys() const { return keys_; }
  const std::vector<GroupValue>& values() const { return values_; }

 private:
  struct Tally {
    uint64_t rows = 0;
    double sum = 0;
    int64_t last = INT64_MIN;  // day or hour counted last
  };

  uint32_t line_of(uint32_t key) {
    if (slots_ == nullptr) return key + 1;
    if (key >= line_of_key_.size()) line_of_key_.resize(key + 1, kNone);
    if (line_of_key_[key] == kNone) {
      uint32_t found = slots_->find(keys_.texts(key));
      if (found == kNone) found = static_cast<uint32_t>(slots_->size()) - 1;  // $other
      line_of_key_[key] = found + 1;
    }
    return line_of_key_[key];
  }

  void count(uint32_t line, int64_t time, double number) {
    count_in(size_t{line} * buckets_, time, number);
    if (finder_) count_in(size_t{line} * buckets_ + 1 + finder_->of(time), time, number);
  }

  void count_in(size_t cell, int64_t time, double number) {
    if (cell >= tallies_.size()) tallies_.resize(cell + 1);
    Tally& tally = tallies_[cell];
    if (tally.rows == 0 && tally.last == INT64_MIN) touched_.push_back(static_cast<uint32_t>(cell));
    if (spec_.metric == GroupMetric::Days || spec_.metric == GroupMetric::Hours) {
      // Events come in order, so a period that was counted is the last one.
      int64_t period = period_of(time);
      if (period == tally.last) return;
      tally.last = period;
    }
    ++tally.rows;
    tally.sum += number;
  }

  int64_t period_of(int64_t time) {
    int32_t day = clock_.day(time);
    if (spec_.metric == GroupMetric::Days) return day;
    return int64_t{day} * 32 + (time - clock_.start(day)) / kHourMs;
  }

  void finish(uint32_t group) {
    for (uint32_t cell : touched_) {
      Tally& tally = tallies_[cell];
      auto rows = static_cast<double>(tally.rows);
      double value = spec_.metric == GroupMetric::Sum    ? tally.sum
                     : spec_.metric == GroupMetric::Mean ? tally.sum / rows
                                                         : rows;
      values_.push_back({value, static_cast<uint32_t>(cell / buckets_), group,
                         static_cast<uint32_t>(cell % buckets_)});
      tally = {};
    }
    touched_.clear();
  }

  const DistributionSpec& spec_;
  const KeySlots* slots_;
  KeyReader keys_;
  DayClock clock_;
  std::optional<BucketFinder> finder_;
  size_t buckets_;  // with the range itself
  std::vector<uint32_t> line_of_key_;
  std::vector<Tally> tallies_;     // by line and bucket; empty between groups
  std::vector<uint32_t> touched_;  // those of this group
  std::vector<GroupValue> values_;
};

struct Pass {
  std::vector<std::unique_ptr<Worker>> workers;
  uint64_t rows = 0;
};

Result<Pass> run_pass(const std::shared_ptr<const Snapshot>& snapshot, const DistributionSpec& spec,
                      const ScanBudget& budget, std::span<Executor* const> helpers,
                      const KeySlots* slots) {
  ScanSpec scan_spec;
  scan_spec.event_masks = event_masks({&spec.events});
  scan_spec.from = spec.from;
  scan_spec.to = spec.to - 1;
  scan_spec.groups = spec.groups;
  Pass pass;
  WEIR_TRY(pass.rows, scan(snapshot, scan_spec, budget, helpers, [&]() -> GroupOperator& {
             return *pass.workers.emplace_back(std::make_unique<Worker>(spec, slots));
           }));
  size_t values = 0;
  for (const auto& worker : pass.workers) values += worker->values().size();
  if (values > kGroupValuesMax) {
    return fail(ErrorCode::ResourceExhausted,
                "the question has more than " + std::to_string(kGroupValuesMax) +
                    " numbers of people; narrow its range, breakdown or interval",
                "range");
  }
  return pass;
}

size_t bin_of(double value, const std::vector<double>& bins) {
  return static_cast<size_t>(std::upper_bound(bins.begin(), bins.end(), value) - bins.begin());
}

DistributionCell make_cell(std::vector<double>& values, const std::vector<double>& bins) {
  DistributionCell out;
  out.counts.resize(bins.size() + 1);
  out.groups = values.size();
  if (values.empty()) return out;
  for (double v : values) {
    out.sum += v;
    ++out.counts[bin_of(v, bins)];
  }
  constexpr double kPercentiles[] = {0, 0.25, 0.5, 0.75, 0.9, 1};
  std::vector<double> ps =
      percentiles(std::span<double>(values), std::span<const double>(kPercentiles));
  out.min = ps[0];
  out.p25 = ps[1];
  out.p50 = ps[2];
  out.p75 = ps[3];
  out.p90 = ps[4];
  out.max = ps[5];
  return out;
}

/// Numbers by line and bucket, groups that have none given their zero.
class Table {
 public:
  Table(const DistributionSpec& spec, const Pass& pass, const KeySlots& slots,
        const std::vector<std::vector<uint32_t>>& numbers)
      : buckets_(spec.buckets ? spec.buckets->size() + 1 : 1) {
    cells_.resize((spec.keys.empty() ? 1 : slots.size() + 1) * buckets_);
    for (size_t w = 0; w < pass.workers.size(); ++w) {
      for (const GroupValue& v : pass.workers[w]->values()) {
        size_t line = v.line;
        if (line > 0 && !numbers.empty()) line = slots.of_key[numbers[w][line - 1]] + 1;
        cells_[line * buckets_ + v.bucket].push_back(v.value);
      }
    }
    for (size_t b = 0; spec.zero_base && b < buckets_; ++b)
      cells_[b].resize(std::max(cells_[b].size(), spec.zero_base->size()));
  }

  const std::vector<double>& total() const { return cells_[0]; }
  DistributionResult::Line line(size_t line, const std::vector<double>& bins) {
    DistributionResult::Line out;
    out.total = make_cell(cells_[line * buckets_], bins);
    for (size_t b = 1; b < buckets_; ++b)
      out.buckets.push_back(make_cell(cells_[line * buckets_ + b], bins));
    return out;
  }

 private:
  size_t buckets_;
  std::vector<std::vector<double>> cells_;
};

std::vector<uint32_t> collect(const DistributionSpec& spec, const Pass& pass, const KeySlots& slots,
                              const std::vector<std::vector<uint32_t>>& numbers,
                              const std::vector<double>& bins) {
  const DistributionSpec::Collect& wanted = *spec.collect;
  uint32_t line = wanted.keys ? slots.find(*wanted.keys) + 1 : 0;
  size_t bucket = wanted.bucket ? *wanted.bucket + 1 : 0;
  std::vector<uint32_t> out, with_value;
  for (size_t w = 0; w < pass.workers.size(); ++w) {
    for (const GroupValue& v : pass.workers[w]->values()) {
      size_t own = v.line;
      if (own > 0 && !numbers.empty()) own = slots.of_key[numbers[w][own - 1]] + 1;
      if (own != line || v.bucket != bucket) continue;
      with_value.push_back(v.group);
      if (!wanted.bin || bin_of(v.value, bins) == *wanted.bin) out.push_back(v.group);
    }
  }
  std::sort(with_value.begin(), with_value.end());
  std::sort(out.begin(), out.end());
  if (line != 0 || !spec.zero_base || (wanted.bin && bin_of(0, bins) != *wanted.bin)) return out;
  std::vector<uint32_t> zeros, all;
  std::set_difference(spec.zero_base->begin(), spec.zero_base->end(), with_value.begin(),
                      with_value.end(), std::back_inserter(zeros));
  std::merge(out.begin(), out.end(), zeros.begin(), zeros.end(), std::back_inserter(all));
  return all;
}

}  // namespace

Result<DistributionResult> run_distribution(const std::shared_ptr<const Snapshot>& snapshot,
                                            const DistributionSpec& spec, const ScanBudget& budget,
                                            std::span<Executor* const> helpers) {
  WEIR_TRY(Pass pass, run_pass(snapshot, spec, budget, helpers, nullptr));
  DistributionResult out;
  out.rows_scanned = pass.rows;
  KeyUnion keys;
  std::vector<std::vector<uint32_t>> numbers;
  for (const auto& worker : pass.workers) {
    WEIR_TRY(std::vector<uint32_t> own, keys.add(worker->keys()));
    numbers.push_back(std::move(own));
  }
  std::vector<double> weights(keys.size());
  for (size_t w = 0; w < pass.workers.size(); ++w) {
    for (const GroupValue& v : pass.workers[w]->values()) {
      if (v.line > 0 && v.bucket == 0) ++weights[numbers[w][v.line - 1]];
    }
  }
  KeySlots slots = rank_keys(keys, weights, spec.keys.size());
  if (!spec.keys.empty() && slots.has_other) {
    // A group's number over several keys is not the sum of its numbers: count again.
    WEIR_TRY(pass, run_pass(snapshot, spec, budget, helpers, &slots));
    out.rows_scanned += pass.rows;
    numbers.clear();
  }
  Table table(spec, pass, slots, numbers);
  out.bins = spec.bins.empty() ? equal_bins(table.total()) : spec.bins;
  if (spec.collect) out.groups = collect(spec, pass, slots, numbers, out.bins);
  out.total = table.line(0, out.bins);
  for (size_t i = 0; !spec.keys.empty() && i < slots.size(); ++i) {
    out.lines.push_back(table.line(i + 1, out.bins));
    out.lines.back().keys = slots.texts[i];
  }
  return out;
}

}  // namespace weir::columnar
