#include "model/value.h"

#include <fmt/format.h>

namespace weir {

const Value* find_property(const Properties& properties, std::string_view name) {
  for (const Property& p : properties) {
    if (p.name == name) return &p.value;
  }
  return nullptr;
}

void set_property(Properties& properties, std::string_view name, Value value) {
  for (Property& p : properties) {
    if (p.name == name) {
      p.value = std::move(value);
      return;
    }
  }
  properties.push_back({std::string(name), std::move(value)});
}

std::string_view string_property(const Properties& properties, std::string_view name) {
  const Value* value = find_property(properties, name);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? std::string_view{} : std::string_view(*text);
}

int64_t int_property(const Properties& properties, std::string_view name, int64_t fallback) {
  const Value* value = find_property(properties, name);
  const auto* number = value == nullptr ? nullptr : std::get_if<int64_t>(value);
  return number == nullptr ? fallback : *number;
}

bool as_number(const Value& value, double& out) {
  if (const auto* i = std::get_if<int64_t>(&value)) {
    out = static_cast<double>(*i);
    return true;
  }
  if (const auto* d = std::get_if<double>(&value)) {
    out = *d;
    return true;
  }
  return false;
}

std::string display_text(const Value& value) {
  struct Visitor {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(bool b) const { return b ? "true" : "false"; }
    std::string operator()(int64_t i) const { return fmt::format("{}", i); }
    std::string operator()(double d) const { return fmt::format("{}", d); }
    std::string operator()(const std::string& s) const { return s; }
    std::string operator()(const StringList& l) const {
      return fmt::format("{}", fmt::join(l, ","));
    }
    std::string operator()(const JsonText& j) const { return j.text; }
    std::string operator()(const Sealed&) const { return "•••"; }
  };
  return std::visit(Visitor{}, value);
}

}  // namespace weir
