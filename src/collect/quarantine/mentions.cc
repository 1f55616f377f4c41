#include "collect/quarantine/mentions.h"

#include "collect/json_items.h"

#include <algorithm>

namespace weir::collect {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
// Bytes above 127 are letters of some script; they end no word of ASCII ids.
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}
bool is_address(char c) {
  return is_word(c) || c == '.' || c == '%' || c == '+' || c == '@';
}
bool joins_digits(char c) {
  return c == ' ' || c == '-' || c == '(' || c == ')' || c == '+';
}

bool has_word(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    size_t end = at + word.size();
    bool begins = at == 0 || !is_word(word.front()) || !is_word(text[at - 1]);
    bool ends = end == text.size() || !is_word(word.back()) || !is_word(text[end]);
    if (begins && ends) return true;
  }
  return false;
}

void append_strings(Json value, std::string& out) {
  std::string_view text;
  JsonObject object;
  JsonArray array;
  if (!value.get_string().get(text)) {
    out.append(text).push_back('\n');
  } else if (!value.get_object().get(object)) {
    for (auto field : object) {
      out.append(field.key).push_back('\n');
      append_strings(field.value, out);
    }
  } else if (!value.get_array().get(array)) {
    for (Json child : array) append_strings(child, out);
  }
}

// "０" to "９" are EF BC 90 to EF BC 99.
std::string to_half_width(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    bool wide = text.size() - i >= 3 && text[i] == '\xEF' && text[i + 1] == '\xBC' &&
                text[i + 2] >= '\x90' && text[i + 2] <= '\x99';
    out.push_back(wide ? static_cast<char>('0' + (text[i + 2] - '\x90')) : text[i]);
    i += wide ? 3 : 1;
  }
  return out;
}

}  // namespace

Mentions::Mentions(const Vault& vault, std::span<const Identity> identities) : vault_(vault) {
  for (const Identity& identity : identities) {
    if (!identity.value.empty()) values_.insert(identity.value);
  }
}

bool Mentions::in(std::string_view payload) const {
  if (in_text(payload)) return true;
  // What JSON may write as \u4e2d or \/ is compared as it is meant.
  Json document;
  if (payload.find('\\') == payload.npos || thread_json_reader().read(payload, document)) {
    return false;
  }
  std::string strings;
  append_strings(document, strings);
  return in_text(strings);
}

bool Mentions::in_text(std::string_view text) const {
  for (const std::string& value : values_) {
    if (has_word(text, value)) return true;
  }
  if (text.find('\xEF') != text.npos) return has_contact(to_half_width(text));
  return has_contact(text);
}

bool Mentions::is_token_of(IdentityKind kind, std::string_view clear) const {
  auto token = vault_.token(kind, clear);
  return token && values_.contains(*token);
}

bool Mentions::has_contact(std::string_view text) const {
  for (size_t at = text.find('@'); at != text.npos; at = text.find('@', at + 1)) {
    size_t begin = at, end = at + 1;
    while (begin > 0 && is_address(text[begin - 1]) && text[begin - 1] != '@') --begin;
    while (end < text.size() && is_address(text[end]) && text[end] != '@') ++end;
    while (end > at + 1 && !is_word(text[end - 1])) --end;  // a full stop after the address
    if (is_token_of(IdentityKind::Email, text.substr(begin, end - begin))) return true;
  }
  // Digits in up to four groups, as people write numbers: 86 138-0013-8000.
  constexpr size_t kGroupsMax = 4, kNumberMin = 8, kNumberMax = 24;
  for (size_t begin = 0; begin < text.size(); ++begin) {
    if (!is_digit(text[begin]) || (begin > 0 && is_digit(text[begin - 1]))) continue;
    size_t end = begin;
    for (size_t group = 0; group < kGroupsMax && end < text.size(); ++group) {
      size_t start = end;
      while (start < text.size() && group > 0 && joins_digits(text[start])) ++start;
      if (start == text.size() || !is_digit(text[start])) break;
      end = start;
      while (end < text.size() && is_digit(text[end])) ++end;
      if (end - begin > kNumberMax) break;
      size_t from = begin > 0 && text[begin - 1] == '+' ? begin - 1 : begin;
      if (end - begin < kNumberMin) continue;
      if (is_token_of(IdentityKind::Phone, text.substr(from, end - from))) return true;
    }
  }
  return false;
}

}  // namespace weir::collect
