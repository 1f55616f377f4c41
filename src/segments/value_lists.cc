#include "segments/value_lists.h"

namespace weir::segments {
namespace {

void add_operands(FilterOp op, const std::vector<Value>& operands, std::set<std::string>& out) {
  if (op != FilterOp::InList) return;
  for (const Value& operand : operands) {
    std::string id = display_text(operand);
    out.insert(id.starts_with("list:") ? id.substr(5) : id);
  }
}

void collect(const Filter& filter, std::set<std::string>& out) {
  if (filter.kind == Filter::Kind::Leaf) add_operands(filter.op, filter.operands, out);
  for (const Filter& child : filter.children) collect(child, out);
}

void collect(const Condition& c, std::set<std::string>& out) {
  bool compared = c.kind == Condition::Kind::Profile || c.kind == Condition::Kind::Tag;
  if (compared) add_operands(c.op, c.operands, out);
  if (c.kind == Condition::Kind::Done) collect(c.filter, out);
  for (const Condition::Step& step : c.steps) collect(step.filter, out);
  for (const Condition& child : c.children) collect(child, out);
}

}  // namespace

std::set<std::string> value_lists_of(const Condition& condition) {
  std::set<std::string> out;
  collect(condition, out);
  return out;
}

}  // namespace weir::segments
