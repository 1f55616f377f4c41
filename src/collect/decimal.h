#pragma once
// Exact decimals: money never passes through a binary fraction (SEMANTICS G13).

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::collect {

/// A decimal number as an integer of 10^-6.
struct Decimal {
  int64_t micros = 0;
  auto operator<=>(const Decimal&) const = default;
};

/// Parses "1,234.50", "-3", "￥99.9", "(12.00)" (a negative in books), full-width digits. Refuses
/// what would lose digits: an exponent ("1.38E+10" is a spreadsheet's damage) or more than six
/// decimals.
Result<Decimal> parse_decimal(std::string_view text);

/// Checked: ResourceExhausted beyond ±9.2 · 10^12.
Result<Decimal> add(Decimal a, Decimal b);
Result<Decimal> multiply(Decimal a, Decimal b);

/// In hundredths (fen, pence), half away from zero.
int64_t to_minor_units(Decimal amount);
/// The shortest text: "2.55", "-3".
std::string to_text(Decimal amount);

}  // namespace weir::collect
