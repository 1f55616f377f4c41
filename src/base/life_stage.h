#pragma once
// Where somebody stands by the days on which they bought (SEMANTICS §7 LC1): one reading of the
// rule for questions over everybody, tags of one person, and models.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weir {

/// Of somebody who bought at all.
enum class LifeStage : uint8_t { New, Active, Silent, Dormant, Lost };
inline constexpr size_t kLifeStages = 5;

struct LifeStageRule {
  std::array<double, 3> days = {30, 90, 180};  // active, silent, dormant up to
  bool personal_cycle = false;  // of those with three orders: 1.5, 3 and 6 of their median gap
};

/// The bounds that hold for these days of orders, ascending; one for each order. `gaps` is scratch.
std::array<double, 3> life_stage_limits(const LifeStageRule& rule, std::span<const int32_t> days,
                                        std::vector<int32_t>& gaps);
/// `since`: days since the last of `orders` orders; New goes by the rule's own days.
LifeStage life_stage(const LifeStageRule& rule, const std::array<double, 3>& limits, size_t orders,
                     double since);
/// Whether an order of the last active days came after the time that makes dormant.
bool came_back(const LifeStageRule& rule, const std::array<double, 3>& limits,
               std::span<const int32_t> days, int32_t today);

}  // namespace weir
