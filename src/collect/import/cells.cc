#include "collect/import/cells.h"

#include "collect/decimal.h"
#include "model/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace weir::collect {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::unexpected<Error> not_a(std::string_view what) {
  return fail(ErrorCode::InvalidArgument, fmt::format("the cell is not {}", what));
}

// Spreadsheets count days from 1899-12-30, in local time.
Result<TimeMs> from_day_number(double days, std::string_view time_zone) {
  constexpr int kEpochDay = 25569;
  WEIR_TRY(Calendar calendar, Calendar::open(time_zone));
  double whole = std::floor(days);
  auto minute_ms = static_cast<TimeMs>(std::llround((days - whole) * 86400) * 1000);
  return calendar.day_start(static_cast<int32_t>(whole) - kEpochDay) + minute_ms;
}

Result<TimeMs> from_number(double number, std::string_view time_zone) {
  if (number >= 20'000 && number < 80'000) return from_day_number(number, time_zone);
  if (number >= 1e8 && number < 1e11) return static_cast<TimeMs>(number * 1000);
  if (number >= 1e11 && number < 4e12) return static_cast<TimeMs>(number);
  return not_a("a time");
}

bool parse_double(std::string_view text, double& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

// "2010/12/1 8:26", "2010年12月1日 08:26:00" → "2010-12-01T08:26:00". Empty when it is neither.
std::string iso_of(std::string_view text) {
  std::array<int, 6> parts{};
  size_t n = 0, i = 0;
  while (i < text.size() && n < parts.size()) {
    if (!is_digit(text[i])) {
      ++i;
      continue;
    }
    int number = 0;
    size_t digits = 0;
    for (; i < text.size() && is_digit(text[i]) && digits < 4; ++i, ++digits)
      number = number * 10 + (text[i] - '0');
    parts[n++] = number;
  }
  if (n < 3 || i < text.size() - std::min<size_t>(text.size(), 3))
    return {};  // "日", "秒" may follow
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts[0], parts[1], parts[2], parts[3],
                     parts[4], parts[5]);
}

}  // namespace

std::string cell_text(const Value& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return text != nullptr ? *text : display_text(cell);
}

bool is_rounded_number(std::string_view text) {
  size_t e = text.find_first_of("eE");
  if (e == std::string_view::npos || e == 0 || e + 2 >= text.size() || text[e + 1] != '+')
    return false;
  auto number = [](char c) { return is_digit(c) || c == '.'; };
  return std::ranges::all_of(text.substr(0, e), number) &&
         std::ranges::all_of(text.substr(e + 2), is_digit);
}

Result<TimeMs> parse_file_time(std::string_view text, std::string_view time_zone) {
  double number = 0;
  if (parse_double(text, number)) return from_number(number, time_zone);
  if (auto iso = parse_time(text, time_zone)) return *iso;
  std::string normal = iso_of(text);
  if (normal.empty()) return not_a("a time like 2026-03-02 08:30:00");
  return parse_time(normal, time_zone);
}

Result<json::value> cell_value(const Value& cell, CellType type, std::string_view time_zone) {
  if (std::holds_alternative<std::monostate>(cell)) return json::value();
  const auto* text = std::get_if<std::string>(&cell);
  if (text == nullptr) return value_to_json(cell);  // JSON knows its types
  switch (type) {
    case CellType::Text: return json::value(*text);
    case CellType::Integer: {
      WEIR_TRY(Decimal number, parse_decimal(*text));
      if (number.micros % 1'000'000 != 0) return not_a("a whole number");
      return json::value(number.micros / 1'000'000);
    }
    case CellType::Number: {
      WEIR_TRY(Decimal number, parse_decimal(*text));
      return json::value(static_cast<double>(number.micros) / 1e6);
    }
    case CellType::Boolean: {
      for (std::string_view yes : {"true", "1", "yes", "Y", "是"}) {
        if (*text == yes) return json::value(true);
      }
      for (std::string_view no : {"false", "0", "no", "N", "否"}) {
        if (*text == no) return json::value(false);
      }
      return not_a("true or false");
    }
    case CellType::Time: {
      WEIR_TRY(TimeMs time, parse_file_time(*text, time_zone));
      return json::value(time);
    }
    case CellType::List: {
      json::array list;
      std::string_view rest = *text;
      while (!rest.empty()) {
        size_t end = std::min(rest.find(';'), rest.size());
        std::string_view item = bare_cell(rest.substr(0, end));
        if (!item.empty()) list.emplace_back(item);
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
      return json::value(std::move(list));
    }
  }
  return json::value();
}

Verdict read_row_ids(const TableRow& row, const ImportMapping& mapping, const TableFile& file,
                     json::array& out) {
  for (const IdColumn& id : mapping.ids) {
    std::string value = cell_text(row.cells[static_cast<size_t>(id.column)]);
    if (value.empty()) continue;
    if (is_rounded_number(value)) {
      return refuse(reason::kBadNumber, file.columns()[static_cast<size_t>(id.column)],
                    "a spreadsheet rounded this number; export the column as text");
    }
    out.push_back(json::object{
        {"kind", to_string(id.kind)}, {"scope", id.scope}, {"value", std::move(value)}});
  }
  return {};
}

}  // namespace weir::collect
