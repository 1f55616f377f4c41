#pragma once
// What gives a tag its value: layers (TG2), of which the first whose condition holds counts, else
// the default, else no tag; or an aggregation of the person's events (TG3).

#include "model/condition.h"
#include "tags/aggregation.h"

#include <optional>
#include <string>
#include <vector>

namespace weir::tags {

struct Rule {
  struct Layer {
    Condition condition;
    Value value;
  };
  std::vector<Layer> layers;
  std::optional<Value> fallback;
  std::optional<Aggregation> aggregation;  // instead of layers
};

/// {"layers":[{"if","value"}],"default"} or {"agg", …}.
Result<Rule> parse_rule(const json::value& rule, std::string_view value_type,
                        const Calendar& calendar);

ConditionInputs inputs_of(const Rule& rule);

struct RuleAnswer {
  std::optional<Value> value;
  TimeMs next_change = Answer::kNever;
};
/// `bounds`: scores at which percentile tiers begin; ignored by other rules.
RuleAnswer evaluate(const Rule& rule, const ConditionSubject& subject, TimeMs now,
                    const Calendar& calendar, const std::vector<double>& bounds);

/// The number that percentile tiers rank people by; none of persons whose events say nothing.
std::optional<double> score(const Rule& rule, const ConditionSubject& subject, TimeMs now,
                            const Calendar& calendar);

}  // namespace weir::tags
