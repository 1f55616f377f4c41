#include "analytics/range.h"

#include <fmt/format.h>

namespace weir::analytics {
namespace {

constexpr int64_t kCountMax = 36600;

std::unexpected<Error> bad(std::string field, std::string_view what) {
  std::string message = fmt::format("\"{}\" {}", field, what);
  return fail(ErrorCode::InvalidArgument, std::move(message), std::move(field));
}

/// First day of the week, month or day that holds `day`, moved by `count` units.
Result<int32_t> unit_start(int32_t day, std::string_view unit, int64_t count, WeekStart week_start,
                           const Calendar& calendar) {
  auto steps = static_cast<int32_t>(count);
  if (unit == "day") return day + steps;
  if (unit == "week") {
    int32_t shift = week_start == WeekStart::Sunday ? 4 : 3;  // day 0 is a Thursday
    return day - ((day + shift) % 7 + 7) % 7 + 7 * steps;
  }
  if (unit != "month") return bad("range.unit", "must be minute, hour, day, week or month");
  Calendar::Local local = calendar.local(calendar.day_start(day));
  int32_t months = local.year * 12 + local.month - 1 + steps;
  WEIR_TRY(TimeMs start,
           calendar.parse_date(fmt::format("{:04}-{:02}-01", months / 12, months % 12 + 1)));
  return calendar.day_number(start);
}

Result<QueryRange> relative(const json::object& o, TimeMs as_of, WeekStart week_start,
                            const Calendar& calendar) {
  bool last = o.contains("last");
  std::string_view key = last ? "last" : "past";
  WEIR_TRY(int64_t count, json::required_int(o, key, "range"));
  if (count < 1 || count > kCountMax)
    return bad(fmt::format("range.{}", key), "must be 1 to 36600");
  std::string unit = json::optional_string(o, "unit", "day");
  if (unit == "hour" || unit == "minute") {
    DurationMs length = count * (unit == "hour" ? kHourMs : kMinuteMs);
    return QueryRange{as_of - length + 1, as_of + 1};
  }
  int32_t today = calendar.day_number(as_of);
  // `last` ends with the unit that holds today, `past` with the one before it.
  WEIR_TRY(int32_t from, unit_start(today, unit, last ? 1 - count : -count, week_start, calendar));
  WEIR_TRY(int32_t to, unit_start(today, unit, last ? 1 : 0, week_start, calendar));
  if (last) to = today + 1;
  return QueryRange{calendar.day_start(from), calendar.day_start(to)};
}

enum class Bound { From, To };

Result<TimeMs> bound(const json::object& o, Bound which, const Calendar& calendar) {
  std::string key = which == Bound::From ? "from" : "to";
  std::string field = "range." + key;
  const json::value* v = json::find(o, key);
  if (v == nullptr) return bad(field, "is missing");
  if (v->is_int64()) return v->get_int64();
  if (!v->is_string()) return bad(field, "must be a date like \"2026-03-02\", a time or epoch ms");
  std::string_view text = json::view(v->get_string());
  if (text.size() <= 10) {
    auto date = calendar.parse_date(text);
    if (!date) return bad(field, "is not a date like \"2026-03-02\"");
    return which == Bound::From ? *date : calendar.day_start(calendar.day_number(*date) + 1);
  }
  auto time = parse_time(text, calendar.name());
  if (!time) return bad(field, "is not a time like \"2026-03-02T10:00:00+08:00\"");
  return *time;
}

}  // namespace

Result<QueryRange> parse_range(const json::value* range, TimeMs as_of, WeekStart week_start,
                               const Calendar& calendar) {
  if (range == nullptr) return bad("range", "is missing");
  if (!range->is_object()) return bad("range", "must be an object with from and to, last, or past");
  const json::object& o = range->get_object();
  if (o.contains("last") || o.contains("past")) return relative(o, as_of, week_start, calendar);
  QueryRange out;
  WEIR_TRY(out.from, bound(o, Bound::From, calendar));
  WEIR_TRY(out.to, bound(o, Bound::To, calendar));
  if (out.to <= out.from) return bad("range.to", "is not after range.from");
  return out;
}

QueryRange previous_range(const QueryRange& range, const Calendar& calendar) {
  int32_t first = calendar.day_number(range.from), end = calendar.day_number(range.to);
  bool whole_days = calendar.day_start(first) == range.from && calendar.day_start(end) == range.to;
  if (!whole_days) return {range.from - (range.to - range.from), range.from};
  return {calendar.day_start(first - (end - first)), range.from};
}

QueryRange year_ago(const QueryRange& range, const Calendar& calendar) {
  auto earlier = [&](TimeMs time) {
    Calendar::Local local = calendar.local(time);
    TimeMs of_day = time - calendar.day_start(calendar.day_number(time));
    int day = local.month == 2 && local.day == 29 ? 28 : local.day;
    auto date =
        calendar.parse_date(fmt::format("{:04}-{:02}-{:02}", local.year - 1, local.month, day));
    return date ? *date + of_day : time - 365 * kDayMs;
  };
  return {earlier(range.from), earlier(range.to)};
}

}  // namespace weir::analytics
