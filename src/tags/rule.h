#pragma once
// A layered rule (TG2): the first layer whose condition holds gives the value; else the default;
// else no tag.

#include "model/condition.h"

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
};

Result<Rule> parse_rule(const json::value& rule, std::string_view value_type,
                        const Calendar& calendar);

ConditionInputs inputs_of(const Rule& rule);

struct RuleAnswer {
  std::optional<Value> value;
  TimeMs next_change = Answer::kNever;
};
RuleAnswer evaluate(const Rule& rule, const ConditionSubject& subject, TimeMs now,
                    const Calendar& calendar);

}  // namespace weir::tags
