#pragma once
// Stages of groups by their orders (SEMANTICS §7 LC1).

#include "columnar/orders.h"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace weir::columnar {

enum class Stage : uint8_t { New, Active, Silent, Dormant, Lost };
inline constexpr size_t kStages = 5;

struct StagesSpec {
  OrderSpec orders;
  Calendar calendar = Calendar::shanghai();
  int64_t as_of = 0;
  std::array<double, 3> days = {30, 90, 180};  // active, silent, dormant up to
  bool personal_cycle = false;  // of groups with three orders: 1.5, 3 and 6 of their median gap
  std::function<bool(uint32_t)> groups;

  /// Groups of a stage, of all when not set; or only those that came back.
  struct Collect {
    std::optional<Stage> stage;
    bool revived = false;
  };
  std::optional<Collect> collect;
};

struct StagesResult {
  struct Cell {
    uint64_t groups = 0, orders = 0;
    double amount = 0;
    uint64_t revived = 0;  // came back from dormant or lost in the last active days
  };
  std::array<Cell, kStages> stages;
  std::vector<uint32_t> groups;  // of `collect`, ascending
  uint64_t rows_scanned = 0;
};

Result<StagesResult> run_stages(const std::shared_ptr<const Snapshot>& snapshot,
                                const StagesSpec& spec, const ScanBudget& budget,
                                std::span<Executor* const> helpers);

}  // namespace weir::columnar
