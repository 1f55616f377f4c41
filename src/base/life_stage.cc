#include "base/life_stage.h"

#include <algorithm>

namespace weir {
namespace {

constexpr std::array<double, 3> kCycles = {1.5, 3, 6};  // of the median gap
constexpr size_t kCycleOrders = 3;                      // fewer have no cycle of their own

}  // namespace

std::array<double, 3> life_stage_limits(const LifeStageRule& rule, std::span<const int32_t> days,
                                        std::vector<int32_t>& gaps) {
  if (!rule.personal_cycle || days.size() < kCycleOrders) return rule.days;
  gaps.clear();
  for (size_t i = 1; i < days.size(); ++i) gaps.push_back(days[i] - days[i - 1]);
  std::sort(gaps.begin(), gaps.end());
  size_t half = gaps.size() / 2;
  double median = gaps.size() % 2 == 1 ? gaps[half] : (gaps[half - 1] + gaps[half]) / 2.0;
  // Several orders on one day are no cycle of no days.
  median = std::max(1.0, median);
  return {kCycles[0] * median, kCycles[1] * median, kCycles[2] * median};
}

LifeStage life_stage(const LifeStageRule& rule, const std::array<double, 3>& limits, size_t orders,
                     double since) {
  if (orders == 1 && since <= rule.days[0]) return LifeStage::New;
  if (since <= limits[0]) return LifeStage::Active;
  if (since <= limits[1]) return LifeStage::Silent;
  return since <= limits[2] ? LifeStage::Dormant : LifeStage::Lost;
}

bool came_back(const LifeStageRule& rule, const std::array<double, 3>& limits,
               std::span<const int32_t> days, int32_t today) {
  for (size_t i = days.size(); i > 1 && today - days[i - 1] <= rule.days[0]; --i) {
    if (days[i - 1] - days[i - 2] > limits[1]) return true;
  }
  return false;
}

}  // namespace weir
