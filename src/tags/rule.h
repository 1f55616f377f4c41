#pragma once
// What gives a tag its value: layers (TG2), of which the first whose condition holds counts, else
// the default, else no tag; an aggregation of the person's events (TG3); or a ready-made value of
// the person's orders (§7).

#include "model/condition.h"
#include "tags/aggregation.h"
#include "tags/order_rule.h"

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
  std::optional<OrderRule> orders;         // … or this

  /// What turns its number into a value; null when nothing does.
  const Tiers* tiers() const;
  /// Needs a run over everybody, or changes for everybody at midnight (TG4).
  bool scheduled_only() const;
};

/// {"layers":[{"if","value"}],"default"}, {"agg", …} or {"orders", …}.
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
