#include "model/anchor.h"

#include <algorithm>
#include <array>

namespace weir {
namespace {

constexpr size_t kWordMax = 18;  // of kBlocked
constexpr std::array<std::string_view, 23> kBlocked = {
    "-1",
    "null",
    "(null)",
    "nil",
    "none",
    "nan",
    "n/a",
    "na",
    "undefined",
    "unknown",
    "unknow",
    "anonymous",
    "anonymous_id",
    "anonymousid",
    "guest",
    "test",
    "tester",
    "true",
    "false",
    "[object object]",
    "distinct_id",
    "distinctid",
    "9774d56d682e549c",  // the Android id that a whole generation of devices shared
};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_zeros(std::string_view value) {
  return std::ranges::all_of(value, [](char c) { return c == '0' || c == '-' || c == '.'; });
}

}  // namespace

bool is_blocked_value(std::string_view value) {
  while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
  if (value.empty()) return true;
  // Also dashes alone and the all-zero UUID of devices that forbid tracking.
  if (value.front() == '0' || value.front() == '-' || value.front() == '.') {
    if (is_zeros(value)) return true;
  }
  if (value.size() > kWordMax) return false;
  std::array<char, kWordMax> lower{};
  std::ranges::transform(value, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  std::string_view word(lower.data(), value.size());
  return std::ranges::find(kBlocked, word) != kBlocked.end();
}

const Identity* anchor_identity(std::span<const Identity> identities) {
  const Identity* fallback = nullptr;
  for (const Identity& identity : identities) {
    if (is_blocked_value(identity.value)) continue;
    if (!is_personal(identity.kind)) return &identity;
    if (fallback == nullptr) fallback = &identity;
  }
  return fallback;
}

}  // namespace weir
