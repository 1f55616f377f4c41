#include "privacy/personal.h"

#include "base/json.h"
#include "privacy/shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace weir::privacy {
namespace {

// Walks the strings of compact JSON text; a string followed by ':' is a key. Escapes inside keys
// are not decoded: such a key is not in the table anyway.
bool has_personal_key(std::string_view json, FieldPlace place) {
  for (size_t open = json.find('"'); open != json.npos;) {
    size_t close = open + 1;
    while (close < json.size() && json[close] != '"') close += json[close] == '\\' ? 2 : 1;
    if (close >= json.size()) return false;
    if (close + 1 < json.size() && json[close + 1] == ':') {
      std::string_view key = json.substr(open + 1, close - open - 1);
      if (classify_field(key, place) != FieldClass::None) return true;
    }
    open = json.find('"', close + 1);
  }
  return false;
}

bool is_mobile_double(double number) {
  return number > 0 && number < 1e14 && std::floor(number) == number &&
         is_mobile_number(static_cast<int64_t>(number));
}

}  // namespace

bool is_personal_value(std::string_view name, FieldPlace place, const Value& value) {
  FieldClass kind = classify_field(name, place);
  bool by_name = kind != FieldClass::None;
  bool number_by_name = kind == FieldClass::Phone || kind == FieldClass::Document;
  struct Visitor {
    FieldPlace place;
    bool by_name, number_by_name;
    bool operator()(std::monostate) const { return false; }
    bool operator()(bool) const { return false; }
    bool operator()(int64_t i) const { return number_by_name || is_mobile_number(i); }
    bool operator()(double d) const { return number_by_name || is_mobile_double(d); }
    bool operator()(const std::string& s) const {
      return by_name ? !s.empty() : has_personal_shape(s);
    }
    bool operator()(const StringList& list) const {
      return by_name ? !list.empty() : std::ranges::any_of(list, has_personal_shape);
    }
    bool operator()(const JsonText& j) const {
      return by_name || has_personal_key(j.text, place) || has_personal_shape(j.text);
    }
    bool operator()(const Sealed&) const { return false; }
  };
  return std::visit(Visitor{place, by_name, number_by_name}, value);
}

bool may_hold_personal_values(RecordKind kind) {
  // Rows of an import were looked at one by one before they became a chunk (collect/import).
  return kind != RecordKind::Definition && kind != RecordKind::Tick &&
         kind != RecordKind::Released && kind != RecordKind::ImportChunk;
}

FieldPlace trait_place(RecordKind kind) {
  return kind == RecordKind::Group ? FieldPlace::Property : FieldPlace::Trait;
}

bool is_token(std::string_view value) {
  constexpr size_t kTokenDigits = 32;
  return value.size() == kTokenDigits && std::ranges::all_of(value, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool needs_token(const Identity& identity) {
  if (is_personal(identity.kind)) return !is_token(identity.value);
  // A whole number or address only: part of a longer id is not the person's number.
  char first = identity.value.empty() ? 'x' : identity.value.front();
  bool like_phone =
      (first >= '0' && first <= '9') || first == '+' || first == '\xEF' || first == ' ';
  if (like_phone && normalise_phone(identity.value)) return true;
  return identity.value.find('@') != std::string::npos && normalise_email(identity.value);
}

std::string clear_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* json_text = std::get_if<JsonText>(&value)) return json_text->text;
  if (const auto* number = std::get_if<double>(&value)) {
    return std::floor(*number) == *number && std::abs(*number) < 1e15
               ? fmt::format("{:.0f}", *number)
               : fmt::format("{}", *number);
  }
  if (const auto* list = std::get_if<StringList>(&value)) {
    json::array array;
    for (const std::string& item : *list) array.emplace_back(item);
    return json::to_text(json::value(std::move(array)));
  }
  return display_text(value);
}

}  // namespace weir::privacy
