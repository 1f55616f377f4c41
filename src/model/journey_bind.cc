// Filling placeholders: what an enrollment knows replaces "${…}" in conditions and texts.

#include "model/journey_def.h"

namespace weir {

Condition bind_condition(const Condition& condition, TimeMs entered_at,
                         const std::function<const Value*(std::string_view)>& lookup) {
  Condition bound = condition;
  for (Condition& child : bound.children) child = bind_condition(child, entered_at, lookup);
  bound.filter = bind_placeholders(condition.filter, lookup);
  Filter operands;  // reuse of the filter's rule for operand lists
  operands.kind = Filter::Kind::Leaf;
  operands.op = condition.op;
  operands.operands = condition.operands;
  bound.operands = bind_placeholders(operands, lookup).operands;
  if (is_since_entry(condition.window)) {
    bound.window.from = entered_at;
    bound.window.to = INT64_MAX;
  }
  return bound;
}

std::optional<std::string> interpolate(
    std::string_view text, const std::function<const Value*(std::string_view)>& lookup) {
  std::string out;
  while (true) {
    size_t open = text.find("${");
    size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) {
      out += text;
      return out;
    }
    out += text.substr(0, open);
    const Value* value = lookup(text.substr(open + 2, close - open - 2));
    // A sealed value must not leave through a text, so it counts as unknown.
    if (value == nullptr || std::holds_alternative<std::monostate>(*value) ||
        std::holds_alternative<Sealed>(*value)) {
      return std::nullopt;
    }
    out += display_text(*value);
    text.remove_prefix(close + 1);
  }
}

}  // namespace weir
