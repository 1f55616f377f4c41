#include "model/condition.h"

#include <fmt/format.h>

#include <limits>

namespace weir {
namespace {

constexpr int kWindowDaysMax = 3660;
constexpr TimeMs kBeginning = std::numeric_limits<TimeMs>::min();

std::unexpected<Error> bad(std::string_view where, std::string message) {
  return fail(ErrorCode::InvalidArgument, fmt::format("{}: {}", where, message),
              std::string(where));
}

/// {"last":n} and {"past":n}: days and weeks are calendar, hours and minutes rolling (G2).
Result<Window> counted(const json::object& o, const char* key, std::string_view where) {
  bool last = std::string_view(key) == "last";
  WEIR_TRY(int64_t n, json::required_int(o, key, where));
  std::string unit = json::optional_string(o, "unit", "day");
  if (n < 1 || n > kWindowDaysMax)
    return bad(where, fmt::format("{} must be 1…{}", key, kWindowDaysMax));
  Window w;
  if (unit == "day" || unit == "week") {
    int days = static_cast<int>(unit == "week" ? n * 7 : n);
    w.kind = Window::Kind::Days;
    w.near = last ? 0 : 1;
    w.far = last ? days - 1 : days;
    return w;
  }
  if (last && (unit == "hour" || unit == "minute")) {
    w.kind = Window::Kind::Rolling;
    w.length_ms = n * (unit == "hour" ? kHourMs : kMinuteMs);
    return w;
  }
  return bad(where, fmt::format("unit \"{}\" is not day, week, hour or minute", unit));
}

/// {"between":[a,b],"unit":"day"}: from b to a local dates ago.
Result<Window> days_ago(const json::object& o, const json::value& value, std::string_view where) {
  const json::array* ends = value.if_array();
  if (ends == nullptr || ends->size() != 2 || !(*ends)[0].is_int64() || !(*ends)[1].is_int64())
    return bad(where, "between must be two numbers of days ago, like [7,14]");
  if (json::optional_string(o, "unit", "day") != "day")
    return bad(where, "between is in days: leave unit out or say day");
  int64_t near = (*ends)[0].get_int64(), far = (*ends)[1].get_int64();
  if (near < 0 || far < near || far > kWindowDaysMax)
    return bad(where, fmt::format("between [{},{}]: must be 0 ≤ first ≤ second ≤ {}", near, far,
                                  kWindowDaysMax));
  Window w;
  w.kind = Window::Kind::Days;
  w.near = static_cast<int>(near);
  w.far = static_cast<int>(far);
  return w;
}

}  // namespace

Result<Window> parse_window(const json::value* window, std::string_view where,
                            const Calendar& calendar) {
  Window w;
  if (window == nullptr || window->is_null()) return w;
  if (window->is_string() && json::view(window->get_string()) == "ever") return w;
  WEIR_TRY(const json::object* o, json::as_object(*window, where));
  for (const char* key : {"last", "past"}) {
    if (json::find(*o, key) != nullptr) return counted(*o, key, where);
  }
  if (const json::value* between = json::find(*o, "between")) return days_ago(*o, *between, where);
  if (json::find(*o, "rolling") != nullptr) {
    WEIR_TRY(std::string text, json::required_string(*o, "rolling", where));
    WEIR_TRY(w.length_ms, parse_duration(text));
    w.kind = Window::Kind::Rolling;
    return w;
  }
  if (json::find(*o, "since") != nullptr) {
    WEIR_TRY(w.since, json::required_string(*o, "since", where));
    if (w.since.starts_with("profile.")) w.since.erase(0, 8);
    if (w.since.empty()) return bad(where, "since must name a trait, like profile.registered_at");
    w.kind = Window::Kind::Since;
    return w;
  }
  WEIR_TRY(std::string from, json::required_string(*o, "from", where));
  WEIR_TRY(std::string to, json::required_string(*o, "to", where));
  WEIR_TRY(w.from, calendar.parse_date(from));
  WEIR_TRY(TimeMs last_day, calendar.parse_date(to));
  w.to = calendar.day_start(calendar.day_number(last_day) + 1);
  if (w.to <= w.from) return bad(where, "from must not be after to");
  w.kind = Window::Kind::Absolute;
  return w;
}

WindowBounds bounds_of(const Window& w, TimeMs now, const Calendar& calendar,
                       std::optional<TimeMs> since) {
  int32_t today = calendar.day_number(now);
  switch (w.kind) {
    case Window::Kind::Ever: return {kBeginning, now};
    case Window::Kind::Days:
      return {calendar.day_start(today - w.far),
              w.near == 0 ? now : calendar.day_start(today - w.near + 1) - 1};
    case Window::Kind::Rolling: return {now - w.length_ms + 1, now};
    case Window::Kind::Absolute: return {w.from, std::min(now, w.to - 1)};
    case Window::Kind::Since: return {since.value_or(Answer::kNever), now};
  }
  return {};
}

TimeMs enters_at(const Window& w, TimeMs time, const Calendar& calendar) {
  if (w.kind == Window::Kind::Absolute && time >= w.to) return Answer::kNever;
  if (w.kind != Window::Kind::Days || w.near == 0) return time;
  return calendar.day_start(calendar.day_number(time) + w.near);
}

TimeMs leaves_at(const Window& w, TimeMs time, const Calendar& calendar) {
  switch (w.kind) {
    case Window::Kind::Days: return calendar.day_start(calendar.day_number(time) + w.far + 1);
    case Window::Kind::Rolling: return time + w.length_ms;
    case Window::Kind::Ever:
    case Window::Kind::Absolute:
    case Window::Kind::Since: return Answer::kNever;
  }
  return Answer::kNever;
}

}  // namespace weir
