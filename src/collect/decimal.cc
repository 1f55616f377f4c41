#include "collect/decimal.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::collect {
namespace {

__extension__ using Wide = __int128;  // sums and products before they are checked
constexpr int64_t kOne = 1'000'000;
constexpr int kDecimals = 6;

std::unexpected<Error> bad(std::string_view why) {
  return fail(ErrorCode::InvalidArgument, fmt::format("not an exact number: {}", why));
}

// Full-width forms ("１２．５", "￥", "－") as ASCII; spaces and thousands separators are dropped.
std::string plain(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<uint8_t>(text[i]);
    if (c == 0xef && i + 2 < text.size() &&
        (static_cast<uint8_t>(text[i + 1]) == 0xbc || static_cast<uint8_t>(text[i + 1]) == 0xbd)) {
      auto high = static_cast<uint8_t>(text[i + 1]), low = static_cast<uint8_t>(text[i + 2]);
      char ascii = static_cast<char>(high == 0xbc ? low - 0x80 + 0x20 : low - 0x80 + 0x60);
      i += 2;
      if (ascii != ',') out.push_back(ascii);
    } else if (c != ' ' && c != ',' && c != '\t') {
      out.push_back(text[i]);
    }
  }
  return out;
}

Result<int64_t> fit(Wide value) {
  if (value > INT64_MAX || value < -static_cast<Wide>(INT64_MAX)) {
    return fail(ErrorCode::ResourceExhausted, "amount is too large");
  }
  return static_cast<int64_t>(value);
}

}  // namespace

Result<Decimal> parse_decimal(std::string_view text) {
  std::string clean = plain(text);
  std::string_view s = clean;
  bool negative = false;
  if (s.size() > 2 && s.front() == '(' && s.back() == ')') {
    negative = true;
    s = s.substr(1, s.size() - 2);
  }
  auto drop_sign = [&] {
    if (s.starts_with('-') || s.starts_with('+')) {
      if (s[0] == '-') negative = !negative;
      s.remove_prefix(1);
    }
  };
  drop_sign();
  for (std::string_view symbol : {"¥", "￥", "£", "$", "€"}) {
    if (s.starts_with(symbol)) s.remove_prefix(symbol.size());
  }
  drop_sign();
  if (s.empty()) return bad("it is empty");
  Wide micros = 0;
  int decimals = -1;
  bool digits = false;
  for (char c : s) {
    if (c == '.' && decimals < 0) {
      decimals = 0;
      continue;
    }
    if (c == 'e' || c == 'E')
      return bad("it has an exponent, so digits were lost before it came here");
    if (c < '0' || c > '9') return bad("it holds something else than digits");
    digits = true;
    if (decimals >= kDecimals) {
      if (c != '0') return bad("it has more than six decimals");
      continue;
    }
    micros = micros * 10 + (c - '0');
    if (micros > INT64_MAX) return bad("it is too large");
    if (decimals >= 0) ++decimals;
  }
  if (!digits) return bad("it has no digits");
  for (int i = std::max(decimals, 0); i < kDecimals; ++i) micros *= 10;
  WEIR_TRY(int64_t value, fit(negative ? -micros : micros));
  return Decimal{value};
}

Result<Decimal> add(Decimal a, Decimal b) {
  WEIR_TRY(int64_t sum, fit(static_cast<Wide>(a.micros) + b.micros));
  return Decimal{sum};
}

Result<Decimal> multiply(Decimal a, Decimal b) {
  Wide product = static_cast<Wide>(a.micros) * b.micros;
  if (product % kOne != 0) return bad("the product has more than six decimals");
  WEIR_TRY(int64_t value, fit(product / kOne));
  return Decimal{value};
}

int64_t to_minor_units(Decimal amount) {
  constexpr int64_t kUnit = kOne / 100;
  int64_t whole = amount.micros / kUnit, rest = amount.micros % kUnit;
  if (rest * 2 >= kUnit) return whole + 1;
  if (rest * 2 <= -kUnit) return whole - 1;
  return whole;
}

std::string to_text(Decimal amount) {
  int64_t absolute = amount.micros < 0 ? -amount.micros : amount.micros;
  std::string text =
      fmt::format("{}{}.{:06}", amount.micros < 0 ? "-" : "", absolute / kOne, absolute % kOne);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace weir::collect
