#include "columnar/stages.h"

#include "columnar/statistics.h"

#include <algorithm>

namespace weir::columnar {
namespace {

constexpr uint32_t kPaidBit = 1, kRefundBit = 2;
constexpr std::array<double, 3> kCycles = {1.5, 3, 6};

class Worker : public GroupOperator {
 public:
  explicit Worker(const StagesSpec& spec)
      : spec_(spec),
        orders_(spec.orders, {kPaidBit, kRefundBit}, spec.calendar),
        clock_(spec.calendar) {
    today_ = clock_.day(spec.as_of);
  }

  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override {
    days_.clear();
    double amount = 0;
    for (const Order& order : orders_.read(group, hits, reader)) {
      if (order.voided) continue;
      days_.push_back(clock_.day(order.time));
      amount += order.net;
    }
    if (days_.empty()) return;
    std::array<double, 3> limits = limits_of_group();
    Stage stage = stage_of(limits);
    bool revived = came_back(limits);
    StagesResult::Cell& cell = stages_[static_cast<size_t>(stage)];
    ++cell.groups;
    cell.orders += days_.size();
    cell.amount += amount;
    cell.revived += revived ? 1 : 0;
    if (spec_.collect && (!spec_.collect->stage || *spec_.collect->stage == stage) &&
        (!spec_.collect->revived || revived))
      collected_.push_back(group);
  }

  const std::array<StagesResult::Cell, kStages>& stages() const { return stages_; }
  const std::vector<uint32_t>& collected() const { return collected_; }

 private:
  std::array<double, 3> limits_of_group() {
    if (!spec_.personal_cycle || days_.size() < 3) return spec_.days;
    gaps_.clear();
    for (size_t i = 1; i < days_.size(); ++i) gaps_.push_back(days_[i] - days_[i - 1]);
    std::sort(gaps_.begin(), gaps_.end());
    // Several orders on one day are no cycle of no days.
    double gap = std::max(1.0, percentile(std::span<const int32_t>(gaps_), 0.5));
    return {kCycles[0] * gap, kCycles[1] * gap, kCycles[2] * gap};
  }

  Stage stage_of(const std::array<double, 3>& limits) const {
    double since = today_ - days_.back();
    if (days_.size() == 1 && since <= spec_.days[0]) return Stage::New;
    if (since <= limits[0]) return Stage::Active;
    if (since <= limits[1]) return Stage::Silent;
    return since <= limits[2] ? Stage::Dormant : Stage::Lost;
  }

  bool came_back(const std::array<double, 3>& limits) const {
    for (size_t i = days_.size() - 1; i > 0 && today_ - days_[i] <= spec_.days[0]; --i) {
      if (days_[i] - days_[i - 1] > limits[1]) return true;
    }
    return false;
  }

  const StagesSpec& spec_;
  OrderReader orders_;
  DayClock clock_;
  int32_t today_ = 0;
  std::vector<int32_t> days_, gaps_;  // of the group's orders
  std::array<StagesResult::Cell, kStages> stages_;
  std::vector<uint32_t> collected_;
};

}  // namespace

Result<StagesResult> run_stages(const std::shared_ptr<const Snapshot>& snapshot,
                                const StagesSpec& spec, const ScanBudget& budget,
                                std::span<Executor* const> helpers) {
  ScanSpec scan_spec;
  scan_spec.event_masks = event_masks({&spec.orders.paid, &spec.orders.refunds});
  scan_spec.groups = spec.groups;
  scan_spec.to = spec.as_of;
  std::vector<std::unique_ptr<Worker>> workers;
  StagesResult out;
  WEIR_TRY(out.rows_scanned, scan(snapshot, scan_spec, budget, helpers, [&]() -> GroupOperator& {
             return *workers.emplace_back(std::make_unique<Worker>(spec));
           }));
  for (const auto& worker : workers) {
    for (size_t s = 0; s < kStages; ++s) {
      const StagesResult::Cell& own = worker->stages()[s];
      out.stages[s].groups += own.groups;
      out.stages[s].orders += own.orders;
      out.stages[s].amount += own.amount;
      out.stages[s].revived += own.revived;
    }
    out.groups.insert(out.groups.end(), worker->collected().begin(), worker->collected().end());
  }
  std::sort(out.groups.begin(), out.groups.end());
  return out;
}

}  // namespace weir::columnar
