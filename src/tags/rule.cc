#include "tags/rule.h"

#include "tags/tags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weir::tags {
namespace {

constexpr size_t kLayersMax = 50;

Status check_type(const Value& value, std::string_view type, const std::string& where) {
  bool fits = (type == "bool" && std::holds_alternative<bool>(value)) ||
              (type == "number" &&
               (std::holds_alternative<int64_t>(value) || std::holds_alternative<double>(value))) ||
              ((type == "enum" || type == "date") && std::holds_alternative<std::string>(value));
  if (fits) return {};
  return fail(ErrorCode::InvalidArgument,
              fmt::format("{}: the value does not fit value_type {}", where, type), where);
}

Status check_choice(const json::object& o, std::string_view key,
                    std::initializer_list<std::string_view> choices) {
  WEIR_TRY(std::string text, json::required_string(o, key));
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return {};
  return fail(ErrorCode::InvalidArgument,
              fmt::format("\"{}\" is \"{}\"; use one of {}", key, text, fmt::join(choices, ", ")),
              std::string(key));
}

}  // namespace

Result<Rule> parse_rule(const json::value& v, std::string_view value_type,
                        const Calendar& calendar) {
  WEIR_TRY(const json::object* o, json::as_object(v, "rule"));
  WEIR_TRY(const json::array* layers, json::required_array(*o, "layers", "rule"));
  if (layers->empty() || layers->size() > kLayersMax) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("rule.layers must have 1…{} layers", kLayersMax), "rule.layers");
  }
  Rule rule;
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
    parsed.value = value_from_json(*value);
    WEIR_CHECK_OK(check_type(parsed.value, value_type, where + ".value"));
    rule.layers.push_back(std::move(parsed));
  }
  if (const json::value* fallback = json::find(*o, "default");
      fallback != nullptr && !fallback->is_null()) {
    rule.fallback = value_from_json(*fallback);
    WEIR_CHECK_OK(check_type(*rule.fallback, value_type, "rule.default"));
  }
  return rule;
}

ConditionInputs inputs_of(const Rule& rule) {
  ConditionInputs all;
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

RuleAnswer evaluate(const Rule& rule, const ConditionSubject& subject, TimeMs now,
                    const Calendar& calendar) {
  RuleAnswer answer;
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

Status validate_definition(const json::value& body, const Calendar& calendar) {
  WEIR_TRY(const json::object* o, json::as_object(body, "tag"));
  WEIR_CHECK_OK(json::required_string(*o, "name"));
  WEIR_CHECK_OK(check_choice(*o, "category", {"attribute", "behaviour", "value"}));
  WEIR_CHECK_OK(check_choice(*o, "value_type", {"bool", "enum", "number", "date"}));
  const json::value* rule = json::find(*o, "rule");
  if (rule == nullptr) return fail(ErrorCode::InvalidArgument, "\"rule\" is missing", "rule");
  auto parsed = parse_rule(*rule, json::optional_string(*o, "value_type"), calendar);
  if (!parsed) return std::unexpected<Error>(parsed.error());
  return {};
}

}  // namespace weir::tags
