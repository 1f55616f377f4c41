#include "tags/value_type.h"

#include "base/time.h"
#include "model/filter.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::tags {
namespace {

constexpr size_t kTextBytesMax = 256;
constexpr size_t kSetMax = 50;

Status check_text(std::string_view text, std::string_view type, const std::string& where) {
  if (text.empty() || text.size() > kTextBytesMax) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{}: a value has 1…{} bytes", where, kTextBytesMax), where);
  }
  if (type == "date" && !Calendar::shanghai().parse_date(text)) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{}: \"{}\" is not a date like 2026-03-01", where, text), where);
  }
  return {};
}

/// Sorted and each once, so that equal sets are equal values.
Result<Value> set_of(StringList items, const std::string& where) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  if (items.empty() || items.size() > kSetMax) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{}: a set has 1…{} different texts", where, kSetMax), where);
  }
  for (const std::string& item : items) WEIR_CHECK_OK(check_text(item, "string_set", where));
  return Value(std::move(items));
}

}  // namespace

Result<Value> parse_value(const json::value& json, std::string_view type,
                          const std::string& where) {
  if (type == "string_set") {
    StringList items;
    if (json.is_string()) items.emplace_back(json::view(json.get_string()));
    bool texts = json.is_string() || json.is_array();
    for (size_t i = 0; json.is_array() && i < json.get_array().size(); ++i) {
      const json::value& item = json.get_array()[i];
      texts = texts && item.is_string();
      if (item.is_string()) items.emplace_back(json::view(item.get_string()));
    }
    if (texts) return set_of(std::move(items), where);
  }
  Value value = value_from_json(json);
  if (type == "bool" && std::holds_alternative<bool>(value)) return value;
  if (double number = 0; type == "number" && as_number(value, number)) return value;
  if (const auto* text = std::get_if<std::string>(&value);
      text != nullptr && (type == "enum" || type == "date")) {
    WEIR_CHECK_OK(check_text(*text, type, where));
    return value;
  }
  return fail(ErrorCode::InvalidArgument,
              fmt::format("{}: the value does not fit value_type {}", where, type), where);
}

Result<Value> parse_value_text(std::string_view text, std::string_view type,
                               const std::string& where) {
  if (type == "bool" && (text == "true" || text == "false")) return Value(text == "true");
  if (type == "number") {
    auto parsed = json::parse(text);
    if (double number = 0; parsed && as_number(value_from_json(*parsed), number))
      return value_from_json(*parsed);
  }
  if (type == "string_set") {
    StringList items;
    while (true) {
      size_t end = text.find(';');
      items.emplace_back(text.substr(0, end));
      if (end == std::string_view::npos) return set_of(std::move(items), where);
      text.remove_prefix(end + 1);
    }
  }
  if (type == "enum" || type == "date") {
    WEIR_CHECK_OK(check_text(text, type, where));
    return Value(std::string(text));
  }
  return fail(ErrorCode::InvalidArgument,
              fmt::format("{}: \"{}\" does not fit value_type {}", where, text, type), where);
}

}  // namespace weir::tags
