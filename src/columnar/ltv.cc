#include "columnar/ltv.h"

#include "columnar/bucket_finder.h"

#include <algorithm>

namespace weir::columnar {
namespace {

constexpr uint32_t kPaidBit = 1, kRefundBit = 2, kAcquisitionBit = 4;

/// A member of a cell, kept only when groups are asked for.
struct Member {
  uint32_t key, bucket, group, first_buy;  // kNone: has not bought
};

class Worker : public GroupOperator {
 public:
  explicit Worker(const LtvSpec& spec)
      : spec_(spec),
        orders_(spec.orders, {kPaidBit, kRefundBit}, spec.calendar),
        clock_(spec.calendar),
        keys_(spec.keys),
        buckets_(spec.buckets) {}

  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override {
    const Hit* first = first_of(group, hits, reader);
    if (first == nullptr || first->time < spec_.from || first->time >= spec_.to) return;
    uint32_t key = keys_.key(*first, group, reader);
    uint32_t bucket = buckets_.of(first->time);
    size_t at = size_t{key} * spec_.buckets.size() + bucket;
    if (!reserve(at)) return;
    int64_t begin = spec_.rolling ? first->time : clock_.day(first->time);
    ++groups_[at];
    latest_[at] = std::max(latest_[at], begin);
    uint32_t first_buy = kNone;
    uint32_t any = 0;
    for (const Hit& hit : hits) any |= hit.mask;
    if ((any & kPaidBit) != 0) first_buy = add_orders(group, hits, reader, begin, at);
    if (spec_.collect) members_.push_back({key, bucket, group, first_buy});
  }

  bool overflow() const { return overflow_; }
  const KeyReader& keys() const { return keys_; }
  size_t cells() const { return groups_.size(); }
  uint64_t groups_of(size_t cell) const { return groups_[cell]; }
  int64_t latest_of(size_t cell) const { return latest_[cell]; }
  const double* amounts_of(size_t cell) const { return &amounts_[cell * spec_.periods]; }
  const uint64_t* buyers_of(size_t cell) const { return &buyers_[cell * spec_.periods]; }
  const std::vector<Member>& members() const { return members_; }

 private:
  const Hit* first_of(uint32_t group, std::span<const Hit> hits, RowReader& reader) const {
    for (const Hit& hit : hits) {
      if ((hit.mask & kAcquisitionBit) == 0) continue;
      if (spec_.filter != nullptr && !spec_.filter->matches(hit, group, reader)) continue;
      const Predicate* predicate = spec_.acquisition.predicate.get();
      if (predicate == nullptr || predicate->matches(hit, group, reader)) return &hit;
    }
    return nullptr;
  }

  bool reserve(size_t cell) {
    if (cell < groups_.size()) return true;
    size_t cells = (cell / spec_.buckets.size() + 1) * spec_.buckets.size();
    if (cells * spec_.periods > kLtvNumbersMax) {
      overflow_ = true;
      return false;
    }
    groups_.resize(cells);
    latest_.resize(cells, INT64_MIN);
    amounts_.resize(cells * spec_.periods);
    buyers_.resize(cells * spec_.periods);
    return true;
  }

  /// Period of the first order; kNone when there is none in the periods.
  uint32_t add_orders(uint32_t group, std::span<const Hit> hits, RowReader& reader, int64_t begin,
                      size_t cell) {
    auto first_buy = kNone;
    double* amounts = &amounts_[cell * spec_.periods];
    for (const Order& order : orders_.read(group, hits, reader)) {
      int64_t since = (spec_.rolling ? order.time : clock_.day(order.time)) - begin;
      if (since < 0) continue;
      auto period =
          static_cast<uint64_t>(spec_.rolling ? since / (spec_.days * kDayMs) : since / spec_.days);
      if (period >= spec_.periods) break;
      amounts[period] += order.net;
      if (first_buy == kNone && !order.voided) first_buy = static_cast<uint32_t>(period);
    }
    if (first_buy != kNone) ++buyers_[cell * spec_.periods + first_buy];
    return first_buy;
  }

  const LtvSpec& spec_;
  OrderReader orders_;
  DayClock clock_;
  KeyReader keys_;
  BucketFinder buckets_;
  bool overflow_ = false;
  // By key and bucket:
  std::vector<uint64_t> groups_;
  std::vector<int64_t> latest_;  // begin of the youngest member: local day, or instant
  // By cell and period, not yet summed up:
  std::vector<double> amounts_;
  std::vector<uint64_t> buyers_;
  std::vector<Member> members_;
};

using Workers = std::vector<std::unique_ptr<Worker>>;

struct Sum {
  uint64_t groups = 0;
  int64_t latest = INT64_MIN;
  std::vector<double> amounts;
  std::vector<uint64_t> buyers;

  void add(const Worker& worker, size_t cell, size_t periods) {
    amounts.resize(periods);
    buyers.resize(periods);
    groups += worker.groups_of(cell);
    latest = std::max(latest, worker.latest_of(cell));
    for (size_t n = 0; n < periods; ++n) {
      amounts[n] += worker.amounts_of(cell)[n];
      buyers[n] += worker.buyers_of(cell)[n];
    }
  }
};

LtvCell make_cell(const LtvSpec& spec, Sum sum, DayClock& clock) {
  LtvCell out;
  out.groups = sum.groups;
  sum.amounts.resize(spec.periods);
  sum.buyers.resize(spec.periods);
  double amount = 0;
  uint64_t buyers = 0;
  for (size_t n = 0; n < spec.periods; ++n) {
    out.amount.push_back(amount += sum.amounts[n]);
    out.buyers.push_back(buyers += sum.buyers[n]);
    int64_t length = static_cast<int64_t>(n + 1) * spec.days;
    bool complete = sum.groups == 0;
    if (!complete) {
      int64_t end = spec.rolling ? sum.latest + length * kDayMs
                                 : clock.start(static_cast<int32_t>(sum.latest + length));
      complete = end <= spec.as_of + 1;
    }
    out.complete.push_back(complete);
  }
  return out;
}

ScanSpec scan_spec_of(const LtvSpec& spec) {
  ScanSpec out;
  out.event_masks = event_masks({&spec.orders.paid, &spec.orders.refunds, &spec.acquisition});
  if (spec.filter == nullptr && spec.acquisition.predicate == nullptr)
    out.first_only = kAcquisitionBit;
  out.groups = spec.groups;
  out.to = spec.as_of;
  return out;
}

void collect(const LtvSpec& spec, const Workers& workers, const KeySlots& slots,
             const std::vector<std::vector<uint32_t>>& numbers, std::vector<uint32_t>& out) {
  const LtvSpec::Collect& wanted = *spec.collect;
  uint32_t line = wanted.keys ? slots.find(*wanted.keys) : kNone;
  for (size_t w = 0; w < workers.size(); ++w) {
    for (const Member& m : workers[w]->members()) {
      if (wanted.keys && slots.of_key[numbers[w][m.key]] != line) continue;
      if (wanted.bucket && m.bucket != *wanted.bucket) continue;
      if (wanted.buyers_to && (m.first_buy == kNone || m.first_buy > *wanted.buyers_to)) continue;
      out.push_back(m.group);
    }
  }
  std::sort(out.begin(), out.end());
}

}  // namespace

Result<LtvResult> run_ltv(const std::shared_ptr<const Snapshot>& snapshot, const LtvSpec& spec,
                          const ScanBudget& budget, std::span<Executor* const> helpers) {
  Workers workers;
  LtvResult out;
  WEIR_TRY(out.rows_scanned,
           scan(snapshot, scan_spec_of(spec), budget, helpers, [&]() -> GroupOperator& {
             return *workers.emplace_back(std::make_unique<Worker>(spec));
           }));
  KeyUnion keys;
  std::vector<std::vector<uint32_t>> numbers;
  for (const auto& worker : workers) {
    if (worker->overflow()) {
      return fail(ErrorCode::ResourceExhausted,
                  "the breakdown, interval and periods make too many numbers; use fewer",
                  "breakdown");
    }
    WEIR_TRY(std::vector<uint32_t> own, keys.add(worker->keys()));
    numbers.push_back(std::move(own));
  }
  size_t buckets = spec.buckets.size();
  std::vector<double> weights(keys.size());
  for (size_t w = 0; w < workers.size(); ++w) {
    for (size_t cell = 0; cell < workers[w]->cells(); ++cell)
      weights[numbers[w][cell / buckets]] += static_cast<double>(workers[w]->groups_of(cell));
  }
  KeySlots slots = rank_keys(keys, weights, spec.keys.size());
  // A group has one key and one bucket, so everything adds up.
  std::vector<Sum> cells(slots.size() * buckets), lines(slots.size()), of_bucket(buckets);
  Sum total;
  for (size_t w = 0; w < workers.size(); ++w) {
    for (size_t cell = 0; cell < workers[w]->cells(); ++cell) {
      if (workers[w]->groups_of(cell) == 0) continue;
      size_t line = slots.of_key[numbers[w][cell / buckets]], bucket = cell % buckets;
      for (Sum* sum : {&cells[line * buckets + bucket], &lines[line], &of_bucket[bucket], &total})
        sum->add(*workers[w], cell, spec.periods);
    }
  }
  DayClock clock(spec.calendar);
  out.total = make_cell(spec, std::move(total), clock);
  for (Sum& sum : of_bucket) out.buckets.push_back(make_cell(spec, std::move(sum), clock));
  for (size_t line = 0; !spec.keys.empty() && line < slots.size(); ++line) {
    LtvResult::Line& to = out.lines.emplace_back();
    to.keys = slots.texts[line];
    to.total = make_cell(spec, std::move(lines[line]), clock);
    for (size_t b = 0; b < buckets; ++b)
      to.buckets.push_back(make_cell(spec, std::move(cells[line * buckets + b]), clock));
  }
  if (spec.collect) collect(spec, workers, slots, numbers, out.groups);
  return out;
}

}  // namespace weir::columnar
