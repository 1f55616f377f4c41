#include "privacy/shapes.h"

#include <algorithm>
#include <array>

namespace weir::privacy {
namespace {

constexpr size_t kMobileDigits = 11;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_separator(char c) {
  return c == ' ' || c == '-';
}

bool is_mobile(std::string_view digits) {
  return digits.size() == kMobileDigits && digits[0] == '1' && digits[1] >= '3';
}

// UTF-8 of ０ to ９ is EF BC 90 to EF BC 99.
bool is_full_width_digit(std::string_view at) {
  return at.size() >= 3 && at[0] == '\xEF' && at[1] == '\xBC' && at[2] >= '\x90' && at[2] <= '\x99';
}

bool has_full_width_digit(std::string_view text) {
  for (size_t i = text.find('\xEF'); i != text.npos; i = text.find('\xEF', i + 1)) {
    if (is_full_width_digit(text.substr(i))) return true;
  }
  return false;
}

std::string to_half_width(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (is_full_width_digit(text.substr(i))) {
      out.push_back(static_cast<char>('0' + (text[i + 2] - '\x90')));
      i += 3;
    } else {
      out.push_back(text[i++]);
    }
  }
  return out;
}

// Identifiers like hashes contain long digit runs by chance: a mobile number inside a word of this
// length is not taken for one.
constexpr size_t kOpaqueWordMin = 20;

bool in_opaque_word(std::string_view text, size_t begin, size_t end) {
  size_t first = begin, last = end;
  auto in_word = [&](size_t i) { return is_digit(text[i]) || is_letter(text[i]); };
  while (first > 0 && in_word(first - 1)) --first;
  while (last < text.size() && in_word(last)) ++last;
  return last - first >= kOpaqueWordMin && last - first > end - begin;
}

// Digit groups of a run such as "86 138-0013-8000". A run has no letters and single separators
// only.
bool is_mobile_at(std::string_view text, size_t begin, size_t end) {
  struct Group {
    size_t begin, size;
  };
  std::array<Group, 2> before{};  // the last two groups
  for (size_t at = begin; at < end;) {
    size_t stop = at;
    while (stop < end && is_digit(text[stop])) ++stop;
    std::string_view digits = text.substr(at, stop - at);
    std::string_view plain = digits;
    if (plain.size() == 15 && plain.starts_with("0086")) plain.remove_prefix(4);
    if (plain.size() == 13 && plain.starts_with("86")) plain.remove_prefix(2);
    if (is_mobile(plain) && !in_opaque_word(text, at, stop)) return true;
    bool grouped = digits.size() == 4 && before[1].size == 4 &&
                   (before[0].size == 3 || (before[0].size == 5 && text[before[0].begin] == '8'));
    if (grouped) {
      std::string_view head = text.substr(before[0].begin, before[0].size);
      if (head.size() == 5) head.remove_prefix(2);
      if (head[0] == '1' && head[1] >= '3') return true;
    }
    before = {before[1], Group{at, digits.size()}};
    at = std::max(stop, at) + 1;
  }
  return false;
}

bool has_mobile(std::string_view text) {
  // Eleven digits in a row, or in groups, cover one of every eleven positions.
  for (size_t probe = kMobileDigits - 1; probe < text.size(); probe += kMobileDigits) {
    if (!is_digit(text[probe]) && !is_separator(text[probe])) continue;
    auto in_run = [&](size_t i) {
      return is_digit(text[i]) || (is_separator(text[i]) && i > 0 && i + 1 < text.size() &&
                                   is_digit(text[i - 1]) && is_digit(text[i + 1]));
    };
    if (!in_run(probe)) continue;
    size_t begin = probe, end = probe + 1;
    while (begin > 0 && in_run(begin - 1)) --begin;
    while (end < text.size() && in_run(end)) ++end;
    if (end - begin >= kMobileDigits && is_mobile_at(text, begin, end)) return true;
    if (end > probe + kMobileDigits) probe = end - 1;
  }
  return false;
}

bool is_local_part(char c) {
  return is_digit(c) || is_letter(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-';
}
bool is_domain(char c) {
  return is_digit(c) || is_letter(c) || c == '.' || c == '-';
}

// `at` is where the domain begins. "logo@2x.png" is a picture, not an address.
bool is_mail_domain(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && is_domain(text[end])) ++end;
  std::string_view domain = text.substr(at, end - at);
  while (!domain.empty() && (domain.back() == '.' || domain.back() == '-')) domain.remove_suffix(1);
  size_t dot = domain.rfind('.');
  if (dot == domain.npos || dot == 0 || domain.size() - dot < 3) return false;
  if (domain.size() >= 3 && is_digit(domain[0]) && domain[1] == 'x' && domain[2] == '.')
    return false;
  return std::ranges::all_of(domain.substr(dot + 1), is_letter);
}

bool has_mail_mark(std::string_view text, std::string_view mark) {
  for (size_t i = text.find(mark); i != text.npos; i = text.find(mark, i + mark.size())) {
    if (i > 0 && is_local_part(text[i - 1]) && is_mail_domain(text, i + mark.size())) return true;
  }
  return false;
}

bool is_uuid(std::string_view text) {
  return text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' &&
         text[23] == '-';
}

}  // namespace

std::optional<std::string> normalise_phone(std::string_view text) {
  constexpr size_t kTextMax = 64;  // nobody writes a number longer than that
  if (text.size() > kTextMax) return std::nullopt;
  std::string half;
  if (has_full_width_digit(text)) {
    half = to_half_width(text);
    text = half;
  }
  std::string digits;
  bool plus = false;
  for (char c : text) {
    if (is_digit(c)) {
      digits.push_back(c);
    } else if (c == '+' && digits.empty()) {
      plus = true;
    } else if (!is_separator(c) && c != '(' && c != ')' && c != '\t') {
      return std::nullopt;
    }
  }
  std::string_view plain = digits;
  if (plain.starts_with("0086")) plain.remove_prefix(4);
  if (plain.size() == 13 && plain.starts_with("86")) plain.remove_prefix(2);
  if (is_mobile(plain)) return std::string(plain);
  if (plus && digits.size() >= 8 && digits.size() <= 15 && !digits.starts_with("86")) {
    return "+" + digits;
  }
  return std::nullopt;
}

std::optional<std::string> normalise_email(std::string_view text) {
  constexpr size_t kAddressMax = 254;  // RFC 5321
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  size_t at = text.find('@');
  if (text.size() > kAddressMax || at == text.npos || at == 0) return std::nullopt;
  if (!std::ranges::all_of(text.substr(0, at), is_local_part)) return std::nullopt;
  if (!std::ranges::all_of(text.substr(at + 1), is_domain) || !is_mail_domain(text, at + 1)) {
    return std::nullopt;
  }
  std::string address(text);
  std::ranges::transform(address, address.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return address;
}

bool has_personal_shape(std::string_view text) {
  constexpr size_t kShortest = 6;  // a@b.cn
  if (text.size() < kShortest || is_uuid(text)) return false;
  if (has_mobile(text) || has_mail_mark(text, "@") || has_mail_mark(text, "%40")) return true;
  return has_full_width_digit(text) && has_mobile(to_half_width(text));
}

bool is_mobile_number(int64_t number) {
  constexpr int64_t kFirst = 13'000'000'000, kEnd = 20'000'000'000;
  constexpr int64_t kChinaPrefix = 8'600'000'000'000;  // 86 and eleven digits
  return (number >= kFirst && number < kEnd) ||
         (number >= kChinaPrefix + kFirst && number < kChinaPrefix + kEnd);
}

}  // namespace weir::privacy
