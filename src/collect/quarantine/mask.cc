#include "collect/quarantine/quarantine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weir::collect {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Part of a number as people write it: "138 0013-8000".
bool joins_digits(char c) {
  return c == ' ' || c == '-';
}

// Field names whose text says something about a person. The vault's table (privacy/) is the exact
// one; this is only for showing, and a broken payload has no fields one could look up.
bool names_a_person(std::string_view key) {
  static constexpr std::array<std::string_view, 14> kParts = {
      "phone", "mobile", "email", "name", "address", "content", "remark",
      "nick",  "idcard", "姓名",  "手机", "地址",    "邮箱",    "昵称"};
  std::string small(key);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return std::ranges::any_of(
      kParts, [&](std::string_view part) { return small.find(part) != std::string::npos; });
}

// End of the quoted text that starts at `from` (a quote).
size_t quoted_end(std::string_view text, size_t from) {
  for (size_t i = from + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return i;
  }
  return text.size();
}

// Seven and more digits keep their first three and last two, so that one still recognises a time or
// id.
void append_masked_numbers(std::string_view text, std::string& out) {
  for (size_t i = 0; i < text.size();) {
    if (!is_digit(text[i])) {
      out.push_back(text[i++]);
      continue;
    }
    size_t end = i;
    size_t digits = 0;
    while (end < text.size() &&
           (is_digit(text[end]) ||
            (joins_digits(text[end]) && end + 1 < text.size() && is_digit(text[end + 1])))) {
      digits += is_digit(text[end]) ? 1 : 0;
      ++end;
    }
    // Groups joined by blanks and dashes are a phone number from eleven digits on, else a date.
    size_t secret_from = digits == end - i ? 7 : 11;
    size_t seen = 0;
    for (; i < end; ++i) {
      bool hide = is_digit(text[i]) && digits >= secret_from && seen >= 3 && seen + 2 < digits;
      seen += is_digit(text[i]) ? 1 : 0;
      out.push_back(hide ? '*' : text[i]);
    }
  }
}

void append_masked(std::string_view value, bool personal, std::string& out) {
  if (personal) {
    out += value.empty() ? "" : "***";
  } else if (size_t at = value.find('@'); at != std::string_view::npos) {
    out.append(value.substr(0, std::min<size_t>(1, at)));
    out += "***";
    out.append(value.substr(at));
  } else {
    append_masked_numbers(value, out);
  }
}

}  // namespace

std::string mask_payload(std::string_view clear) {
  std::string out;
  size_t start = clear.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || (clear[start] != '{' && clear[start] != '[')) {
    // Encoded or damaged: nobody can say what is personal in it.
    return fmt::format("({} bytes that are not JSON)", clear.size());
  }
  std::string_view key;
  for (size_t i = 0; i < clear.size();) {
    if (clear[i] != '"') {
      size_t next = std::min(clear.find('"', i), clear.size());
      append_masked_numbers(clear.substr(i, next - i), out);
      i = next;
      continue;
    }
    size_t end = quoted_end(clear, i);
    std::string_view inside = clear.substr(i + 1, end - i - 1);
    size_t after = clear.find_first_not_of(" \t\r\n", std::min(end + 1, clear.size()));
    bool is_key = after != std::string_view::npos && clear[after] == ':';
    out.push_back('"');
    if (is_key) {
      key = inside;
      out.append(inside);
    } else {
      append_masked(inside, names_a_person(key), out);
    }
    if (end < clear.size()) out.push_back('"');
    i = end + 1;
  }
  return out;
}

}  // namespace weir::collect
