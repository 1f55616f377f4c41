#include "model/filter.h"

#include "base/time.h"
#include "model/filter_regex.h"

#include <algorithm>
#include <optional>

namespace weir {
namespace {

bool is_missing(const Value* value) {
  return value == nullptr || std::holds_alternative<std::monostate>(*value);
}

bool equal(const Value& a, const Value& b) {
  // Sealed values are noise here: comparing them would only ever leak that two noises differ.
  if (std::holds_alternative<Sealed>(a) || std::holds_alternative<Sealed>(b)) return false;
  const auto* ai = std::get_if<int64_t>(&a);
  const auto* bi = std::get_if<int64_t>(&b);
  if (ai != nullptr && bi != nullptr) return *ai == *bi;
  double x = 0, y = 0;
  if (as_number(a, x) && as_number(b, y)) return x == y;
  return a == b;
}

/// -1, 0, 1; nullopt when the two have no order.
std::optional<int> order(const Value& a, const Value& b) {
  const auto* ai = std::get_if<int64_t>(&a);
  const auto* bi = std::get_if<int64_t>(&b);
  if (ai != nullptr && bi != nullptr) return *ai < *bi ? -1 : *ai > *bi ? 1 : 0;
  double x = 0, y = 0;
  if (as_number(a, x) && as_number(b, y)) {
    if (x != x || y != y) return std::nullopt;
    return x < y ? -1 : x > y ? 1 : 0;
  }
  const auto* as = std::get_if<std::string>(&a);
  const auto* bs = std::get_if<std::string>(&b);
  if (as == nullptr || bs == nullptr) return std::nullopt;
  int c = as->compare(*bs);
  return c < 0 ? -1 : c > 0 ? 1 : 0;
}

const std::string* text_of(const Value& value) {
  return std::get_if<std::string>(&value);
}

bool has_item(const Value& value, const Value& item) {
  const auto* list = std::get_if<StringList>(&value);
  if (list == nullptr) return equal(value, item);
  const std::string* text = text_of(item);
  return text != nullptr && std::find(list->begin(), list->end(), *text) != list->end();
}

bool contains(const Value& value, const Value& operand) {
  if (std::holds_alternative<StringList>(value)) return has_item(value, operand);
  const std::string* text = text_of(value);
  const std::string* part = text_of(operand);
  return text != nullptr && part != nullptr && text->find(*part) != std::string::npos;
}

bool compare_instants(FilterOp op, const Value& value, const Value& operand) {
  auto a = instant_of(value), b = instant_of(operand);
  if (!a || !b) return false;
  return op == FilterOp::Before ? *a < *b : *a > *b;
}

bool compare_text(FilterOp op, const Value& value, const Value& operand) {
  const std::string* text = text_of(value);
  const std::string* part = text_of(operand);
  if (text == nullptr || part == nullptr) return false;
  if (op == FilterOp::Starts) return text->starts_with(*part);
  if (op == FilterOp::Ends) return text->ends_with(*part);
  return regex_found(*part, *text);
}

bool compare_order(FilterOp op, const Value& value, const Value& operand) {
  std::optional<int> c = order(value, operand);
  if (!c) return false;
  switch (op) {
    case FilterOp::Gt: return *c > 0;
    case FilterOp::Gte: return *c >= 0;
    case FilterOp::Lt: return *c < 0;
    default: return *c <= 0;
  }
}

/// The positive comparisons, of a value that is there with operands that are there.
bool holds(FilterOp op, const Value& value, const std::vector<Value>& operands) {
  auto any = [&](auto&& predicate) {
    return std::any_of(operands.begin(), operands.end(), predicate);
  };
  switch (op) {
    case FilterOp::Eq: return equal(value, operands[0]);
    case FilterOp::In: return any([&](const Value& o) { return equal(value, o); });
    case FilterOp::Contains: return contains(value, operands[0]);
    case FilterOp::HasAny: return any([&](const Value& o) { return has_item(value, o); });
    case FilterOp::HasAll:
      return std::all_of(operands.begin(), operands.end(),
                         [&](const Value& o) { return has_item(value, o); });
    case FilterOp::Between:
      return compare_order(FilterOp::Gte, value, operands[0]) &&
             compare_order(FilterOp::Lte, value, operands[1]);
    case FilterOp::Starts:
    case FilterOp::Ends:
    case FilterOp::Regex: return compare_text(op, value, operands[0]);
    case FilterOp::Before:
    case FilterOp::After: return compare_instants(op, value, operands[0]);
    case FilterOp::Gt:
    case FilterOp::Gte:
    case FilterOp::Lt:
    case FilterOp::Lte: return compare_order(op, value, operands[0]);
    default: return false;
  }
}

size_t operands_min(FilterOp op) {
  switch (op) {
    case FilterOp::IsSet:
    case FilterOp::IsNotSet:
    case FilterOp::In:  // an empty list has no members,
    case FilterOp::NotIn:
    case FilterOp::HasAny:
    case FilterOp::HasAll: return 0;  // and lacks nothing
    case FilterOp::Between: return 2;
    default: return 1;
  }
}

bool matches_list(const Filter& leaf, const Value* value, const FilterSubject& subject) {
  if (is_missing(value) || leaf.operands.empty()) return false;
  const std::string* list_id = text_of(leaf.operands[0]);
  if (list_id == nullptr) return false;
  if (const auto* items = std::get_if<StringList>(value)) {
    return std::any_of(items->begin(), items->end(),
                       [&](const std::string& item) { return subject.in_list(*list_id, item); });
  }
  return subject.in_list(*list_id, display_text(*value));
}

std::string_view placeholder_name(const Value& operand) {
  const std::string* text = text_of(operand);
  if (text == nullptr || !text->starts_with("${") || !text->ends_with("}")) return {};
  return std::string_view(*text).substr(2, text->size() - 3);
}

bool takes_many(FilterOp op) {
  return op == FilterOp::In || op == FilterOp::NotIn || op == FilterOp::HasAny ||
         op == FilterOp::HasAll;
}

}  // namespace

std::optional<TimeMs> instant_of(const Value& value) {
  if (const auto* ms = std::get_if<int64_t>(&value)) return *ms;
  const std::string* text = text_of(value);
  if (text == nullptr) return std::nullopt;
  auto time = parse_time(*text, "Asia/Shanghai");
  return time ? std::optional<TimeMs>(*time) : std::nullopt;
}

bool FilterSubject::in_list(std::string_view, std::string_view) const {
  return false;
}

bool compare(FilterOp op, const Value* value, const std::vector<Value>& operands) {
  if (op == FilterOp::IsSet) return !is_missing(value);
  if (op == FilterOp::IsNotSet) return is_missing(value);
  if (operands.size() < operands_min(op)) return false;
  for (const Value& o : operands) {
    if (is_missing(&o)) return false;
  }
  switch (op) {
    case FilterOp::Neq: return !compare(FilterOp::Eq, value, operands);
    case FilterOp::NotIn: return !compare(FilterOp::In, value, operands);
    case FilterOp::NotContains: return !compare(FilterOp::Contains, value, operands);
    default: return !is_missing(value) && holds(op, *value, operands);
  }
}

bool matches(const Filter& filter, const FilterSubject& subject) {
  auto child = [&](const Filter& f) { return matches(f, subject); };
  switch (filter.kind) {
    case Filter::Kind::And:
      return std::all_of(filter.children.begin(), filter.children.end(), child);
    case Filter::Kind::Or:
      return std::any_of(filter.children.begin(), filter.children.end(), child);
    case Filter::Kind::Not: return !matches(filter.children.at(0), subject);
    case Filter::Kind::Leaf: break;
  }
  const Value* value = subject.get(filter.prop);
  if (filter.op == FilterOp::InList) return matches_list(filter, value, subject);
  return compare(filter.op, value, filter.operands);
}

Filter bind_placeholders(const Filter& filter,
                         const std::function<const Value*(std::string_view)>& lookup) {
  Filter out = filter;
  for (Filter& c : out.children) c = bind_placeholders(c, lookup);
  out.operands.clear();
  for (const Value& operand : filter.operands) {
    std::string_view name = placeholder_name(operand);
    if (name.empty()) {
      out.operands.push_back(operand);
      continue;
    }
    const Value* found = lookup(name);
    const auto* items = found == nullptr ? nullptr : std::get_if<StringList>(found);
    if (items != nullptr && takes_many(filter.op)) {
      for (const std::string& item : *items) out.operands.emplace_back(item);
    } else {
      out.operands.push_back(found == nullptr ? Value{} : *found);
    }
  }
  return out;
}

const Value* PropertiesSubject::get(std::string_view prop) const {
  constexpr std::string_view kPrefix = "event.";
  return prop.starts_with(kPrefix) ? find_property(properties_, prop.substr(kPrefix.size()))
                                   : nullptr;
}

}  // namespace weir
