#include "tags/rule.h"

#include "tags/value_type.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::tags {
namespace {

constexpr size_t kLayersMax = 50;

std::optional<double> number_in(const std::optional<Value>& value) {
  double number = 0;
  if (!value || !as_number(*value, number)) return std::nullopt;
  return number;
}

}  // namespace

Result<Rule> parse_rule(const json::value& v, std::string_view value_type,
                        const Calendar& calendar) {
  WEIR_TRY(const json::object* o, json::as_object(v, "rule"));
  Rule rule;
  if (json::find(*o, "agg") != nullptr) {
    WEIR_TRY(rule.aggregation, parse_aggregation(*o, value_type, calendar));
    return rule;
  }
  if (json::find(*o, "orders") != nullptr) {
    WEIR_TRY(rule.orders, parse_order_rule(*o, value_type));
    return rule;
  }
  WEIR_TRY(const json::array* layers, json::required_array(*o, "layers", "rule"));
  if (layers->empty() || layers->size() > kLayersMax) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("rule.layers must have 1…{} layers", kLayersMax), "rule.layers");
  }
  for (size_t i = 0; i < layers->size(); ++i) {
    std::string where = fmt::format("rule.layers[{}]", i);
    WEIR_TRY(const json::object* layer, json::as_object((*layers)[i], where));
    const json::value* condition = json::find(*layer, "if");
    const json::value* value = json::find(*layer, "value");
    if (condition == nullptr || value == nullptr) {
      return fail(ErrorCode::InvalidArgument, where + " needs \"if\" and \"value\"", where);
    }
    Rule::Layer parsed;
    WEIR_TRY(parsed.condition, parse_condition(*condition, where + ".if", calendar));
    WEIR_TRY(parsed.value, parse_value(*value, value_type, where + ".value"));
    rule.layers.push_back(std::move(parsed));
  }
  if (const json::value* fallback = json::find(*o, "default");
      fallback != nullptr && !fallback->is_null()) {
    WEIR_TRY(rule.fallback, parse_value(*fallback, value_type, "rule.default"));
  }
  return rule;
}

const Tiers* Rule::tiers() const {
  if (aggregation && aggregation->tiers) return &*aggregation->tiers;
  return orders && orders->tiers ? &*orders->tiers : nullptr;
}

bool Rule::scheduled_only() const {
  return orders || (aggregation && aggregation->scheduled_only());
}

ConditionInputs inputs_of(const Rule& rule) {
  ConditionInputs all;
  if (rule.orders) {
    all.events = {rule.orders->fields.paid, rule.orders->fields.refund};
    return all;
  }
  if (rule.aggregation) {
    all.events.insert(rule.aggregation->events.begin(), rule.aggregation->events.end());
    return all;
  }
  for (const Rule::Layer& layer : rule.layers) {
    ConditionInputs one = weir::inputs_of(layer.condition);
    all.events.merge(one.events);
    all.traits.merge(one.traits);
    all.tags.merge(one.tags);
    all.segments.merge(one.segments);
    all.consent = all.consent || one.consent;
  }
  return all;
}

std::optional<double> score(const Rule& rule, const ConditionSubject& subject, TimeMs now,
                            const Calendar& calendar) {
  WEIR_ASSERT(rule.tiers() != nullptr);
  auto value = rule.orders ? evaluate(*rule.orders, subject, now, calendar)
                           : evaluate(*rule.aggregation, subject, now, calendar).value;
  return number_in(value);
}

RuleAnswer evaluate(const Rule& rule, const ConditionSubject& subject, TimeMs now,
                    const Calendar& calendar, const std::vector<double>& bounds) {
  RuleAnswer answer;
  if (rule.orders || rule.aggregation) {
    if (rule.orders) {
      answer.value = evaluate(*rule.orders, subject, now, calendar);
    } else {
      AggregationAnswer of = evaluate(*rule.aggregation, subject, now, calendar);
      answer = {std::move(of.value), of.next_change};
    }
    if (const Tiers* tiers = rule.tiers())
      answer.value = tier_of(*tiers, number_in(answer.value), bounds);
    return answer;
  }
  for (const Rule::Layer& layer : rule.layers) {
    Answer one = weir::evaluate(layer.condition, subject, now, calendar);
    answer.next_change = std::min(answer.next_change, one.next_change);
    if (one.value) {
      answer.value = layer.value;
      return answer;
    }
  }
  answer.value = rule.fallback;
  return answer;
}

}  // namespace weir::tags
