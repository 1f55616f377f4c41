#include "tags/tiers.h"

#include "tags/rule_fields.h"
#include "tags/value_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace weir::tags {
namespace {

constexpr size_t kTiersMax = 20;

Result<std::optional<Value>> value_of(const json::object& o, std::string_view key,
                                      std::string_view type, const std::string& where) {
  const json::value* v = json::find(o, key);
  if (v == nullptr || v->is_null()) return std::optional<Value>();
  WEIR_TRY(Value value, parse_value(*v, type, where + "." + std::string(key)));
  return std::optional<Value>(std::move(value));
}

}  // namespace

Result<Tiers> parse_tiers(const json::value& v, std::string_view type) {
  WEIR_TRY(const json::object* o, json::as_object(v, "rule.tiers"));
  Tiers tiers;
  std::string by = json::optional_string(*o, "by", "value");
  if (by != "value" && by != "percentile") return bad("rule.tiers.by", "is value or percentile");
  tiers.percentile = by == "percentile";
  WEIR_TRY(const json::array* steps, json::required_array(*o, "steps", "rule.tiers"));
  if (steps->empty() || steps->size() > kTiersMax)
    return bad("rule.tiers.steps", fmt::format("must be 1…{} steps", kTiersMax));
  for (const json::value& item : *steps) {
    std::string where = fmt::format("rule.tiers.steps[{}]", tiers.steps.size());
    WEIR_TRY(const json::object* step, json::as_object(item, where));
    Tiers::Step& out = tiers.steps.emplace_back();
    WEIR_TRY(out.gte, number_of(*step, "gte", where));
    WEIR_TRY(std::optional<Value> value, value_of(*step, "value", type, where));
    if (!value) return bad(where + ".value", "is missing");
    out.value = *std::move(value);
    if (tiers.steps.size() > 1 && tiers.steps[tiers.steps.size() - 2].gte <= out.gte)
      return bad(where + ".gte", "must be below the step before it; the first that fits is taken");
    if (tiers.percentile && (out.gte < 0 || out.gte > 1))
      return bad(where + ".gte", "must be 0…1: a share of the people");
  }
  WEIR_TRY(tiers.fallback, value_of(*o, "default", type, "rule.tiers"));
  WEIR_TRY(tiers.none, value_of(*o, "none", type, "rule.tiers"));
  return tiers;
}

std::optional<Value> tier_of(const Tiers& tiers, std::optional<double> number,
                             const std::vector<double>& bounds) {
  if (!number) return tiers.none;
  for (size_t i = 0; i < tiers.steps.size() && i < bounds.size(); ++i) {
    if (*number >= bounds[i]) return tiers.steps[i].value;
  }
  return tiers.fallback;
}

std::vector<double> percentile_bounds(const Tiers& tiers, std::vector<double> scores) {
  std::sort(scores.begin(), scores.end());
  std::vector<double> bounds;
  double others = static_cast<double>(scores.size()) - 1;
  for (const Tiers::Step& step : tiers.steps) {
    double bound = std::numeric_limits<double>::infinity();
    size_t less = 0;  // n_less of the score looked at
    for (size_t i = 0; i < scores.size(); ++i) {
      if (i > 0 && scores[i] != scores[i - 1]) less = i;
      if (static_cast<double>(less) < step.gte * others || (others < 1 && step.gte > 0)) continue;
      bound = scores[i];
      break;
    }
    bounds.push_back(bound);
  }
  return bounds;
}

}  // namespace weir::tags
