#include "analytics/parse_fields.h"

#include "analytics/range.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::analytics {
namespace {

std::string path(std::string_view where, std::string_view key) {
  return where.empty() ? std::string(key) : fmt::format("{}.{}", where, key);
}

/// Who is counted at all (G17), and whether all of them (G18).
Status parse_universe(const json::object& query, QueryCommon& out) {
  WEIR_CHECK_OK(read_bool(query, "include_test", out.include_test));
  WEIR_CHECK_OK(read_bool(query, "include_staff", out.include_staff));
  bool exact = true;  // answers are exact anyway; asking for less is no error
  WEIR_CHECK_OK(read_bool(query, "exact", exact));
  const json::value* sample = json::find(query, "sample");
  if (absent(sample)) return {};
  bool good = sample->is_number();
  if (good) out.sample = sample->to_number<double>();
  if (!good || !(out.sample >= 0.0001 && out.sample <= 1.0)) {
    return bad_field("sample", "must be a share of the people, 0.0001 to 1");
  }
  return {};
}

Status parse_bins(const json::object& o, const std::string& where, std::vector<double>& bins) {
  const json::value* v = json::find(o, "bins");
  if (absent(v)) return {};
  std::string field = where + ".bins";
  if (!v->is_array() || v->get_array().empty() || v->get_array().size() > 100) {
    return bad_field(field, "must be a list of 1 to 100 numbers");
  }
  for (const json::value& bin : v->get_array()) {
    if (!bin.is_number()) return bad_field(field, "must be a list of numbers");
    bins.push_back(bin.to_number<double>());
  }
  if (!std::is_sorted(bins.begin(), bins.end(), std::less_equal<>()))
    return bad_field(field, "must ascend");
  return {};
}

Status parse_attribution(const json::object& o, const std::string& where, Breakdown& out) {
  std::string text = json::optional_string(o, "attribution", "first");
  if (text == "first") return {};
  if (text == "last") {
    out.attribution = Breakdown::Attribution::Last;
  } else if (text == "all_steps") {
    out.attribution = Breakdown::Attribution::AllSteps;
  } else if (text == "entry") {
    out.attribution = Breakdown::Attribution::Entry;
  } else if (text.starts_with("step:")) {
    out.attribution = Breakdown::Attribution::Step;
    out.step = std::atoi(text.c_str() + 5);
    if (out.step < 1) return bad_field(where + ".attribution", "must be like \"step:2\"");
  } else {
    return bad_field(where + ".attribution", "must be first, last, step:<n>, all_steps or entry");
  }
  return {};
}

}  // namespace

Status read_instant(const json::object& query, std::string_view field, const ParseInput& input,
                    TimeMs& out) {
  const json::value* v = json::find(query, field);
  if (absent(v)) return {};
  if (v->is_int64()) {
    out = v->get_int64();
    return {};
  }
  if (!v->is_string()) return bad_field(std::string(field), "must be a time or epoch ms");
  auto time = parse_time(json::view(v->get_string()), input.calendar.name());
  if (!time)
    return bad_field(std::string(field), "is not a time like \"2026-03-09T10:00:00+08:00\"");
  out = *time;
  return {};
}

bool absent(const json::value* v) {
  return v == nullptr || v->is_null();
}

std::unexpected<Error> bad_field(std::string field, std::string_view what) {
  std::string message = fmt::format("\"{}\" {}", field, what);
  return fail(ErrorCode::InvalidArgument, std::move(message), std::move(field));
}

Status check_fields(const json::object& o, std::string_view where,
                    std::initializer_list<std::string_view> known) {
  auto is_known = [&](std::string_view key) {
    return std::find(known.begin(), known.end(), key) != known.end();
  };
  for (const auto& entry : o) {
    std::string_view key(entry.key().data(), entry.key().size());
    // Whatever can be asked of a sample can be asked of test and staff persons (G17).
    bool universe = (key == "include_test" || key == "include_staff") && is_known("sample");
    if (!universe && !is_known(key)) {
      return bad_field(path(where, key),
                       fmt::format("is not a field here; known are {}", fmt::join(known, ", ")));
    }
  }
  return {};
}

Status read_bool(const json::object& o, std::string_view key, bool& out) {
  const json::value* v = json::find(o, key);
  if (absent(v)) return {};
  if (!v->is_bool()) return bad_field(std::string(key), "must be true or false");
  out = v->get_bool();
  return {};
}

Status read_string(const json::object& o, std::string_view key, std::string& out) {
  const json::value* v = json::find(o, key);
  if (absent(v)) return {};
  if (!v->is_string()) return bad_field(std::string(key), "must be text");
  out = json::view(v->get_string());
  return {};
}

Result<size_t> read_choice(const json::object& o, std::string_view key, std::string_view where,
                           std::initializer_list<std::string_view> choices, size_t fallback) {
  const json::value* v = json::find(o, key);
  if (absent(v)) return fallback;
  if (v->is_string()) {
    auto it = std::find(choices.begin(), choices.end(), json::view(v->get_string()));
    if (it != choices.end()) return static_cast<size_t>(it - choices.begin());
  }
  return bad_field(path(where, key), fmt::format("must be one of {}", fmt::join(choices, ", ")));
}

Result<std::vector<std::string>> parse_events(const json::object& o, const std::string& where) {
  if (const json::value* one = json::find(o, "event"); one != nullptr) {
    if (!one->is_string() || one->get_string().empty())
      return bad_field(where + ".event", "must be an event name");
    return std::vector<std::string>{std::string(json::view(one->get_string()))};
  }
  const json::value* many = json::find(o, "events");
  if (many == nullptr) return bad_field(where + ".event", "is missing");
  if (!many->is_array() || many->get_array().empty())
    return bad_field(where + ".events", "must list event names");
  std::vector<std::string> out;
  for (const json::value& v : many->get_array()) {
    if (!v.is_string()) return bad_field(where + ".events", "must list event names");
    out.emplace_back(json::view(v.get_string()));
  }
  return out;
}

Result<EventSet> parse_event_set(const json::object& query, std::string_view key,
                                 std::string_view where) {
  std::string at = path(where, key);
  const json::value* v = json::find(query, key);
  if (absent(v)) return bad_field(at, "is missing");
  WEIR_TRY(const json::object* o, json::as_object(*v, at));
  WEIR_CHECK_OK(check_fields(*o, at, {"event", "events", "filter"}));
  EventSet out;
  WEIR_TRY(out.events, parse_events(*o, at));
  WEIR_TRY(out.filter, parse_filter(json::find(*o, "filter"), at + ".filter"));
  return out;
}

Status read_names(const json::object& o, std::string_view key, std::string_view where,
                  std::vector<std::string>& out) {
  const json::value* v = json::find(o, key);
  if (absent(v)) return {};
  if (!v->is_array()) return bad_field(path(where, key), "must list event names");
  for (const json::value& name : v->get_array()) {
    if (!name.is_string()) return bad_field(path(where, key), "must list event names");
    out.emplace_back(json::view(name.get_string()));
  }
  return {};
}

Result<DurationMs> parse_length(const json::value& v, const std::string& where) {
  if (v.is_string()) {
    auto length = parse_duration(json::view(v.get_string()));
    if (!length) return bad_field(where, "is not a duration like \"P7D\" or \"PT30M\"");
    return *length;
  }
  if (!v.is_object()) return bad_field(where, "must be {\"value\":7,\"unit\":\"day\"} or \"P7D\"");
  WEIR_TRY(int64_t value, json::required_int(v.get_object(), "value", where));
  WEIR_TRY(size_t unit, read_choice(v.get_object(), "unit", where,
                                    {"second", "minute", "hour", "day", "week"}, 3));
  constexpr DurationMs kUnits[] = {kSecondMs, kMinuteMs, kHourMs, kDayMs, 7 * kDayMs};
  if (value < 1 || value > 366 * kDayMs / kUnits[unit])
    return bad_field(where, "must be 1 second to 366 days");
  return value * kUnits[unit];
}

Status parse_common(const json::object& query, const ParseInput& input, QueryCommon& out) {
  out.tz = input.calendar.name();
  WEIR_CHECK_OK(read_string(query, "tz", out.tz));
  auto calendar = Calendar::open(out.tz);
  if (!calendar) return bad_field("tz", fmt::format("is \"{}\", which is not a time zone", out.tz));
  out.as_of = input.now;
  WEIR_CHECK_OK(read_instant(query, "as_of", input, out.as_of));
  out.known_at = out.as_of;
  WEIR_CHECK_OK(parse_universe(query, out));
  WEIR_TRY(size_t week, read_choice(query, "week_start", "", {"mon", "sun"}, 0));
  out.week_start = week == 0 ? WeekStart::Monday : WeekStart::Sunday;
  WEIR_TRY(out.range,
           parse_range(json::find(query, "range"), out.as_of, out.week_start, *calendar));
  WEIR_TRY(size_t interval, read_choice(query, "interval", "",
                                        {"hour", "day", "week", "month", "quarter", "year"}, 1));
  out.interval = static_cast<Interval>(interval);
  WEIR_TRY(out.filter, parse_filter(json::find(query, "filter"), "filter"));
  return read_string(query, "segment", out.segment);
}

Status parse_breakdown(const json::object& query, bool funnel, std::vector<Breakdown>& out) {
  const json::value* v = json::find(query, "breakdown");
  if (absent(v)) return {};
  if (!v->is_array() || v->get_array().size() > kBreakdownMax) {
    return bad_field("breakdown", "must be a list of at most 4 properties");
  }
  for (size_t i = 0; i < v->get_array().size(); ++i) {
    std::string where = fmt::format("breakdown[{}]", i);
    WEIR_TRY(const json::object* o, json::as_object(v->get_array()[i], where));
    WEIR_CHECK_OK(funnel ? check_fields(*o, where, {"prop", "bins", "attribution"})
                         : check_fields(*o, where, {"prop", "bins"}));
    Breakdown& breakdown = out.emplace_back();
    WEIR_TRY(breakdown.prop, json::required_string(*o, "prop", where));
    if (!breakdown.prop.starts_with("event.") && !breakdown.prop.starts_with("profile.")) {
      return bad_field(where + ".prop", "must start with \"event.\" or \"profile.\"");
    }
    WEIR_CHECK_OK(parse_bins(*o, where, breakdown.bins));
    if (funnel) WEIR_CHECK_OK(parse_attribution(*o, where, breakdown));
  }
  return {};
}

}  // namespace weir::analytics
