#include "collect/identities.h"

#include <algorithm>
#include <array>
#include <span>

namespace weir::collect {
namespace {

constexpr size_t kValueBytesMax = 255;

std::string ascii_digits(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (text.substr(i).starts_with("\xef\xbc") && i + 2 < text.size()) {
      c = static_cast<char>(static_cast<uint8_t>(text[i + 2]) - 0x80 + 0x20);  // full-width form
      i += 2;
    }
    if (c != ' ' && c != '-' && c != '(' && c != ')') out.push_back(c);
  }
  return out;
}

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  std::string small = lower(name);
  return std::ranges::find(names, std::string_view(small)) != names.end();
}

}  // namespace

std::string phone_number(std::string_view text) {
  if (text.size() < 8 || text.size() > 48) return {};
  std::string digits = ascii_digits(text);
  std::string_view s = digits;
  for (std::string_view prefix : {"+86", "0086", "86"}) {
    if (s.size() == 11 + prefix.size() && s.starts_with(prefix)) s.remove_prefix(prefix.size());
  }
  bool mainland = s.size() == 11 && all_digits(s) && s[0] == '1' && s[1] >= '3';
  bool abroad = s.size() >= 9 && s.size() <= 16 && s[0] == '+' && all_digits(s.substr(1));
  return mainland || abroad ? std::string(s) : std::string();
}

std::string email_address(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  size_t at = text.find('@');
  if (at == 0 || at == std::string_view::npos || text.size() > 254) return {};
  std::string_view host = text.substr(at + 1);
  if (host.find('@') != std::string_view::npos || host.find('.') == std::string_view::npos)
    return {};
  if (host.front() == '.' || host.back() == '.') return {};
  auto bad = [](char c) {
    return static_cast<uint8_t>(c) <= 0x20 || c == ',' || c == ';' || c == '"';
  };
  if (std::ranges::any_of(text, bad)) return {};
  return lower(text);
}

bool add_identity(Envelope& envelope, IdentityKind kind, std::string_view scope,
                  std::string_view value) {
  std::string clear(value);
  if (kind == IdentityKind::Phone) clear = phone_number(value);
  if (kind == IdentityKind::Email) clear = email_address(value);
  auto is_control = [](char c) { return static_cast<uint8_t>(c) < 0x20; };
  if (clear.empty() || clear.size() > kValueBytesMax || scope.size() > kValueBytesMax) return false;
  if (std::ranges::any_of(clear, is_control) || std::ranges::any_of(scope, is_control))
    return false;
  for (const Identity& known : envelope.identities) {
    if (known.kind == kind && known.value == clear && known.scope == scope) return true;
  }
  envelope.identities.push_back({kind, std::string(scope), std::move(clear)});
  return true;
}

void add_trait_identities(Envelope& envelope) {
  static constexpr std::array<std::string_view, 8> kPhones = {
      "phone",        "mobile", "phone_number", "phonenumber",
      "mobile_phone", "$phone", "$mobile",      "手机号"};
  static constexpr std::array<std::string_view, 4> kEmails = {"email", "$email", "email_address",
                                                              "邮箱"};
  for (const TraitChange& change : envelope.traits) {
    const auto* text = std::get_if<std::string>(&change.value);
    const auto* number = std::get_if<int64_t>(&change.value);
    if (change.op == TraitOp::Unset || (text == nullptr && number == nullptr)) continue;
    bool phone = is_one_of(change.name, kPhones), email = is_one_of(change.name, kEmails);
    if (!phone && !email) continue;
    std::string value = text != nullptr ? *text : std::to_string(*number);
    add_identity(envelope, phone ? IdentityKind::Phone : IdentityKind::Email, {}, value);
  }
}

bool looks_random(std::string_view id) {
  if (id.size() < 32) return false;
  auto good = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '-';
  };
  return std::ranges::all_of(id, good);
}

}  // namespace weir::collect
