#pragma once
// Who gets the credit for orders (SEMANTICS §5 AT1–AT7).

#include "model/query_parts.h"

#include <array>
#include <optional>
#include <string_view>

namespace weir {

struct AttributionQuery {
  enum class Model : uint8_t {
    First,
    Last,
    LastNonDirect,
    Linear,
    PositionBased,
    TimeDecay,
    Markov,
    Shapley,
    ShapleyRate,
  };

  QueryCommon common;   // range binds the order
  OrderDef conversion;  // filter of common: on orders and touches
  EventSet touches;
  EventSet views;         // seen, not clicked: count within view_window_ms
  std::string dimension;  // event property of a touch that names its channel, "event.channel"
  std::vector<std::string> direct = {"direct"};  // channels that last_non_direct passes over
  DurationMs lookback_ms = 30 * kDayMs, view_window_ms = 0;
  std::vector<Model> models;
  double position[3] = {40, 20, 40};  // first, all between, last
  DurationMs half_life_ms = 7 * kDayMs;
  bool linear_distinct = false;  // linear shares per different channel, not per touch
  bool reset_after_conversion = false;
};

// As AttributionQuery::Model.
inline constexpr std::array<std::string_view, 9> kAttributionModels = {
    "first",      "last",   "last_non_direct", "linear",      "position",
    "time_decay", "markov", "shapley",         "shapley_rate"};

inline std::optional<AttributionQuery::Model> attribution_model(std::string_view name) {
  for (size_t i = 0; i < kAttributionModels.size(); ++i) {
    if (kAttributionModels[i] == name) return static_cast<AttributionQuery::Model>(i);
  }
  return std::nullopt;
}

}  // namespace weir
