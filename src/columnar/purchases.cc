#include "columnar/purchases.h"

#include <algorithm>

namespace weir::columnar {
namespace {

constexpr uint32_t kPaidBit = 1, kRefundBit = 2;

int32_t period_of(int32_t day, bool weeks) {
  if (!weeks) return day;
  int32_t shifted = day + 3;  // day 0 is a Thursday
  return shifted >= 0 ? shifted / 7 : -((6 - shifted) / 7);
}

class Worker : public GroupOperator {
 public:
  explicit Worker(const PurchasesSpec& spec)
      : spec_(spec),
        orders_(spec.orders, {kPaidBit, kRefundBit}, spec.calendar),
        clock_(spec.calendar) {}

  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override {
    Purchases out;
    bool any = false;
    for (const Order& order : orders_.read(group, hits, reader)) {
      if (order.voided) continue;
      int32_t period = period_of(clock_.day(order.time), spec_.weeks);
      out.value += order.net;
      if (!any) {
        any = true;
        out.first = out.last = out.cut_last = period;
        continue;
      }
      if (period == out.first) continue;
      bool fresh = period > out.last;
      if (fresh) ++out.repeats;
      out.last = period;
      out.repeat_value += order.net;
      if (!spec_.cut || period > *spec_.cut) continue;
      if (fresh) ++out.cut_repeats;
      out.cut_last = period;
      out.cut_repeat_value += order.net;
    }
    if (!any) return;
    out.group = group;
    found_.push_back(out);
  }

  uint64_t memory_bytes() const override { return found_.capacity() * sizeof(Purchases); }
  const std::vector<Purchases>& found() const { return found_; }

 private:
  const PurchasesSpec& spec_;
  OrderReader orders_;
  DayClock clock_;
  std::vector<Purchases> found_;
};

}  // namespace

Result<PurchasesResult> run_purchases(const std::shared_ptr<const Snapshot>& snapshot,
                                      const PurchasesSpec& spec, const ScanBudget& budget,
                                      std::span<Executor* const> helpers) {
  ScanSpec scan_spec;
  scan_spec.event_masks = event_masks({&spec.orders.paid, &spec.orders.refunds});
  scan_spec.to = spec.as_of;
  scan_spec.groups = spec.groups;
  std::vector<std::unique_ptr<Worker>> workers;
  PurchasesResult out;
  WEIR_TRY(out.rows_scanned, scan(snapshot, scan_spec, budget, helpers, [&]() -> GroupOperator& {
             return *workers.emplace_back(std::make_unique<Worker>(spec));
           }));
  for (const auto& worker : workers)
    out.groups.insert(out.groups.end(), worker->found().begin(), worker->found().end());
  std::sort(out.groups.begin(), out.groups.end(),
            [](const Purchases& a, const Purchases& b) { return a.group < b.group; });
  out.end = period_of(DayClock(spec.calendar).day(spec.as_of), spec.weeks);
  return out;
}

}  // namespace weir::columnar
