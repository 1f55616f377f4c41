#include "analytics/cost_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace weir::analytics {
namespace {

constexpr size_t kRowsMax = 10'000;

Result<int32_t> parse_day(const json::object& o, std::string_view key, const std::string& where,
                          const Calendar& calendar) {
  std::string text = json::optional_string(o, key);
  auto date = calendar.parse_date(text);
  if (!date) {
    return bad_field(fmt::format("{}.{}", where, key), "is not a date like \"2026-03-31\"");
  }
  return calendar.day_number(*date);
}

}  // namespace

Result<CostTable> CostTable::parse(const json::object& query, const Calendar& calendar) {
  CostTable out;
  if (absent(json::find(query, "cost"))) return out;
  WEIR_TRY(const json::array* list, json::required_array(query, "cost"));
  if (list->size() > kRowsMax) return bad_field("cost", "must have at most 10000 rows");
  for (size_t i = 0; i < list->size(); ++i) {
    std::string where = fmt::format("cost[{}]", i);
    WEIR_TRY(const json::object* o, json::as_object((*list)[i], where));
    WEIR_CHECK_OK(
        check_fields(*o, where, {"source", "date", "from", "to", "fen", "impressions", "clicks"}));
    Row row;
    row.source = json::optional_string(*o, "source");
    bool one_day = !absent(json::find(*o, "date"));
    WEIR_TRY(row.from, parse_day(*o, one_day ? "date" : "from", where, calendar));
    WEIR_TRY(int32_t last, parse_day(*o, one_day ? "date" : "to", where, calendar));
    row.to = last + 1;
    if (row.to <= row.from) return bad_field(where + ".to", "is before \"from\"");
    WEIR_TRY(int64_t fen, json::required_int(*o, "fen", where));
    row.spent = {static_cast<double>(fen),
                 static_cast<double>(json::optional_int(*o, "impressions", 0)),
                 static_cast<double>(json::optional_int(*o, "clicks", 0))};
    out.rows_.push_back(std::move(row));
  }
  return out;
}

CostTable::Spent CostTable::spent(
    int32_t from_day, int32_t to_day,
    const std::function<bool(const std::string& source)>& wanted) const {
  Spent out;
  for (const Row& row : rows_) {
    int32_t days = std::min(to_day, row.to) - std::max(from_day, row.from);
    if (days <= 0 || !wanted(row.source)) continue;
    auto of = [&](double whole) { return whole * days / (row.to - row.from); };
    out.fen += of(row.spent.fen);
    out.impressions += of(row.spent.impressions);
    out.clicks += of(row.spent.clicks);
  }
  return out;
}

double CostTable::total(int32_t from_day, int32_t to_day, const std::string* source) const {
  return spent(from_day, to_day,
               [&](const std::string& one) { return source == nullptr || one == *source; })
      .fen;
}

std::vector<std::string> CostTable::sources() const {
  std::set<std::string> out;
  for (const Row& row : rows_) out.insert(row.source);
  return {out.begin(), out.end()};
}

}  // namespace weir::analytics
