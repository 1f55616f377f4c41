#pragma once
// Tiers turn a number into a value: fixed bounds, or the person's place among all (§7 PT1–PT3).

#include "base/json.h"
#include "base/result.h"
#include "model/value.h"

#include <optional>
#include <string_view>
#include <vector>

namespace weir::tags {

/// Turns a number into a value: the first step that it reaches, else `fallback`.
struct Tiers {
  struct Step {
    double gte = 0;
    Value value;
  };
  bool percentile = false;  // steps are shares of the people with a number, not numbers
  std::vector<Step> steps;
  std::optional<Value> fallback, none;  // none: of persons without a number
};

/// "rule.tiers" of a tag whose values are of `value_type`; errors name the path.
Result<Tiers> parse_tiers(const json::value& tiers, std::string_view value_type);

/// The value of `number`, whose bounds are `bounds`: those of the steps, or the scores at which the
/// percentiles begin.
std::optional<Value> tier_of(const Tiers& tiers, std::optional<double> number,
                             const std::vector<double>& bounds);

/// Scores at which each step of percentile tiers begins: the least with n_less / (N − 1) ≥ gte;
/// infinity when nobody has it. One person alone is in no tier but that of 0.
std::vector<double> percentile_bounds(const Tiers& tiers, std::vector<double> scores);

}  // namespace weir::tags
