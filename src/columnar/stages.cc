#include "columnar/stages.h"

#include <algorithm>

namespace weir::columnar {
namespace {

constexpr uint32_t kPaidBit = 1, kRefundBit = 2;

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
    std::array<double, 3> limits = life_stage_limits(spec_.rule, days_, gaps_);
    LifeStage stage = life_stage(spec_.rule, limits, days_.size(), today_ - days_.back());
    bool revived = came_back(spec_.rule, limits, days_, today_);
    StagesResult::Cell& cell = stages_[static_cast<size_t>(stage)];
    ++cell.groups;
    cell.orders += days_.size();
    cell.amount += amount;
    cell.revived += revived ? 1 : 0;
    if (spec_.collect && (!spec_.collect->stage || *spec_.collect->stage == stage) &&
        (!spec_.collect->revived || revived))
      collected_.push_back(group);
  }

  const std::array<StagesResult::Cell, kLifeStages>& stages() const { return stages_; }
  const std::vector<uint32_t>& collected() const { return collected_; }

 private:
  const StagesSpec& spec_;
  OrderReader orders_;
  DayClock clock_;
  int32_t today_ = 0;
  std::vector<int32_t> days_, gaps_;  // of the group's orders
  std::array<StagesResult::Cell, kLifeStages> stages_;
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
    for (size_t s = 0; s < kLifeStages; ++s) {
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
