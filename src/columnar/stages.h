#pragma once
// Stages of groups by their orders (SEMANTICS §7 LC1).

#include "base/life_stage.h"
#include "columnar/orders.h"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace weir::columnar {

struct StagesSpec {
  OrderSpec orders;
  Calendar calendar = Calendar::shanghai();
  int64_t as_of = 0;
  LifeStageRule rule;
  std::function<bool(uint32_t)> groups;

  /// Groups of a stage, of all when not set; or only those that came back.
  struct Collect {
    std::optional<LifeStage> stage;
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
  std::array<Cell, kLifeStages> stages;
  std::vector<uint32_t> groups;  // of `collect`, ascending
  uint64_t rows_scanned = 0;
};

Result<StagesResult> run_stages(const std::shared_ptr<const Snapshot>& snapshot,
                                const StagesSpec& spec, const ScanBudget& budget,
                                std::span<Executor* const> helpers);

}  // namespace weir::columnar
