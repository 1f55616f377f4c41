#include "columnar/repurchase.h"

#include "columnar/bucket_finder.h"

#include <algorithm>

namespace weir::columnar {
namespace {

constexpr uint32_t kPaidBit = 1, kRefundBit = 2;

size_t columns_of(const RepurchaseSpec& spec) {
  return std::max<size_t>(1, spec.within_days.size());
}

/// Whether every buyer of the bucket had so many days by as_of.
bool is_complete(const RepurchaseSpec& spec, size_t bucket, size_t column) {
  if (spec.within_days.empty()) return true;
  int64_t end = std::min(spec.buckets.bucket_end(bucket), spec.to);
  return end + spec.within_days[column] * kDayMs <= spec.as_of + 1;
}

class Worker : public GroupOperator {
 public:
  explicit Worker(const RepurchaseSpec& spec)
      : spec_(spec),
        orders_(spec.orders, {kPaidBit, kRefundBit}, spec.calendar),
        finder_(spec.buckets),
        columns_(columns_of(spec)),
        buyers_(spec.buckets.size() + 1),
        again_(buyers_.size() * columns_) {}

  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override {
    times_.clear();
    for (const Order& order : orders_.read(group, hits, reader)) {
      if (!order.voided) times_.push_back(order.time);
    }
    if (times_.empty()) return;
    spec_.within_days.empty() ? count_range(group) : count_cohort(group);
  }

  uint64_t buyers(size_t cell) const { return buyers_[cell]; }
  uint64_t again(size_t cell, size_t column) const { return again_[cell * columns_ + column]; }
  const std::vector<uint32_t>& collected() const { return collected_; }

 private:
  void count_range(uint32_t group) {
    uint64_t in_range = 0, in_bucket = 0;
    size_t bucket = 0;
    auto close_bucket = [&] {
      if (in_bucket > 0) count(bucket, 0, in_bucket > 1, group);
    };
    for (int64_t time : times_) {
      if (time < spec_.from || time >= spec_.to) continue;
      ++in_range;
      size_t own = finder_.of(time);
      if (own != bucket) {
        close_bucket();
        bucket = own;
        in_bucket = 0;
      }
      ++in_bucket;
    }
    close_bucket();
    if (in_range > 0) count(spec_.buckets.size(), 0, in_range > 1, group);
  }

  void count_cohort(uint32_t group) {
    if (times_[0] < spec_.from || times_[0] >= spec_.to) return;
    size_t bucket = finder_.of(times_[0]);
    for (size_t n = 0; n < columns_; ++n) {
      bool again = times_.size() > 1 && times_[1] - times_[0] <= spec_.within_days[n] * kDayMs;
      count(bucket, n, again, group);
      count(spec_.buckets.size(), n, again && is_complete(spec_, bucket, n), group);
    }
  }

  void count(size_t cell, size_t column, bool again, uint32_t group) {
    if (column == 0) ++buyers_[cell];
    if (again) ++again_[cell * columns_ + column];
    if (!spec_.collect || cell != spec_.collect->bucket.value_or(spec_.buckets.size())) return;
    bool wanted =
        spec_.collect->again_index ? again && column == *spec_.collect->again_index : column == 0;
    if (wanted) collected_.push_back(group);
  }

  const RepurchaseSpec& spec_;
  OrderReader orders_;
  BucketFinder finder_;
  size_t columns_;
  std::vector<int64_t> times_;
  // By bucket, the range last:
  std::vector<uint64_t> buyers_, again_;
  std::vector<uint32_t> collected_;
};

}  // namespace

Result<RepurchaseResult> run_repurchase(const std::shared_ptr<const Snapshot>& snapshot,
                                        const RepurchaseSpec& spec, const ScanBudget& budget,
                                        std::span<Executor* const> helpers) {
  ScanSpec scan_spec;
  scan_spec.event_masks = event_masks({&spec.orders.paid, &spec.orders.refunds});
  scan_spec.groups = spec.groups;
  // A first order ever needs all history, and so does knowing that an id was not seen before.
  if (spec.within_days.empty() && spec.orders.id == kNone) scan_spec.from = spec.from;
  scan_spec.to = spec.as_of;
  std::vector<std::unique_ptr<Worker>> workers;
  RepurchaseResult out;
  WEIR_TRY(out.rows_scanned, scan(snapshot, scan_spec, budget, helpers, [&]() -> GroupOperator& {
             return *workers.emplace_back(std::make_unique<Worker>(spec));
           }));
  size_t columns = columns_of(spec), buckets = spec.buckets.size();
  auto sum = [&](size_t cell) {
    RepurchaseResult::Cell to{0, std::vector<uint64_t>(columns), std::vector<bool>(columns, true)};
    for (const auto& worker : workers) {
      to.buyers += worker->buyers(cell);
      for (size_t n = 0; n < columns; ++n) to.again[n] += worker->again(cell, n);
    }
    return to;
  };
  out.complete_buyers.resize(columns);
  out.total = sum(buckets);
  for (size_t b = 0; b < buckets; ++b) {
    RepurchaseResult::Cell& cell = out.buckets.emplace_back(sum(b));
    for (size_t n = 0; n < columns; ++n) {
      cell.complete[n] = is_complete(spec, b, n);
      if (cell.complete[n]) out.complete_buyers[n] += cell.buyers;
    }
  }
  if (spec.within_days.empty()) out.complete_buyers = {out.total.buyers};
  for (const auto& worker : workers) {
    out.groups.insert(out.groups.end(), worker->collected().begin(), worker->collected().end());
  }
  std::sort(out.groups.begin(), out.groups.end());
  return out;
}

}  // namespace weir::columnar
