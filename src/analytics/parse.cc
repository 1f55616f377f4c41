#include "analytics/parse.h"

#include "analytics/parse_fields.h"
#include "analytics/sessions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace weir::analytics {
namespace {

constexpr std::array<std::pair<std::string_view, Measure::Kind>, 15> kMeasures = {{
    {"total", Measure::Kind::Total},
    {"uniques", Measure::Kind::Uniques},
    {"per_user", Measure::Kind::PerUser},
    {"sum", Measure::Kind::Sum},
    {"avg", Measure::Kind::Avg},
    {"min", Measure::Kind::Min},
    {"max", Measure::Kind::Max},
    {"p50", Measure::Kind::P50},
    {"p90", Measure::Kind::P90},
    {"p99", Measure::Kind::P99},
    {"distinct", Measure::Kind::Distinct},
    {"sum_per_user", Measure::Kind::SumPerUser},
    {"wau", Measure::Kind::Wau},
    {"mau", Measure::Kind::Mau},
    {"sessions", Measure::Kind::Sessions},
}};

Result<Measure> parse_measure(const json::value* v, const std::string& where) {
  Measure out;
  if (absent(v)) return out;
  std::string name, field = where;
  if (v->is_string()) {
    name = json::view(v->get_string());
  } else {
    WEIR_TRY(const json::object* o, json::as_object(*v, where));
    WEIR_CHECK_OK(check_fields(*o, where, {"agg", "prop"}));
    WEIR_TRY(name, json::required_string(*o, "agg", where));
    out.prop = json::optional_string(*o, "prop");
    field += ".agg";
  }
  const auto* it = std::find_if(kMeasures.begin(), kMeasures.end(),
                                [&](const auto& m) { return m.first == name; });
  if (it == kMeasures.end()) {
    return bad_field(
        field,
        fmt::format("is \"{}\"; known are total, uniques, per_user, sessions, wau, mau, sum, avg, "
                    "min, max, p50, p90, p99, distinct and sum_per_user",
                    name));
  }
  out.kind = it->second;
  bool needs_property = out.kind != Measure::Kind::Total && out.kind != Measure::Kind::Uniques &&
                        out.kind != Measure::Kind::PerUser && out.kind != Measure::Kind::Sessions &&
                        !is_rolling(out);
  if (needs_property && (!out.prop.starts_with("event.") || out.prop == "event.")) {
    return bad_field(where + ".prop", "must name a property like \"event.amount_fen\"");
  }
  return out;
}

/// TR5: a rolling number is of a day.
Status check_rolling(const TrendsQuery& query) {
  for (size_t i = 0; i < query.series.size(); ++i) {
    if (!is_rolling(query.series[i].measure)) continue;
    if (query.common.interval != Interval::Day) {
      return bad_field("interval",
                       "must be \"day\" for the rolling measures wau and mau; for calendar weeks "
                       "and months use \"uniques\" with this interval");
    }
    if (query.cumulative)
      return bad_field("cumulative", "does not go with the rolling measures wau and mau");
  }
  return {};
}

/// How sessions are cut matters to their number only.
Status check_sessions(const json::object& query, const TrendsQuery& out) {
  bool any = std::any_of(out.series.begin(), out.series.end(), [](const SeriesDef& def) {
    return def.measure.kind == Measure::Kind::Sessions;
  });
  if (any || absent(json::find(query, "session"))) return {};
  return bad_field("session", "goes with the measure sessions only");
}

Status parse_series(const json::object& query, TrendsQuery& out) {
  WEIR_TRY(const json::array* list, json::required_array(query, "series"));
  if (list->empty() || list->size() > kSeriesMax)
    return bad_field("series", "must have 1 to 20 entries");
  for (size_t i = 0; i < list->size(); ++i) {
    std::string where = fmt::format("series[{}]", i);
    WEIR_TRY(const json::object* o, json::as_object((*list)[i], where));
    WEIR_CHECK_OK(check_fields(*o, where, {"name", "event", "events", "filter", "measure"}));
    SeriesDef& def = out.series.emplace_back();
    def.name = json::optional_string(*o, "name", std::string(1, static_cast<char>('A' + i)));
    for (size_t k = 0; k < i; ++k) {
      if (out.series[k].name == def.name) return bad_field(where + ".name", "is used twice");
    }
    WEIR_TRY(def.events, parse_events(*o, where));
    WEIR_TRY(def.filter, parse_filter(json::find(*o, "filter"), where + ".filter"));
    WEIR_TRY(def.measure, parse_measure(json::find(*o, "measure"), where + ".measure"));
  }
  return {};
}

Status parse_formulas(const json::object& query, TrendsQuery& out) {
  if (absent(json::find(query, "formulas"))) return {};
  WEIR_TRY(const json::array* list, json::required_array(query, "formulas"));
  if (list->size() > kSeriesMax) return bad_field("formulas", "must have at most 20 entries");
  for (size_t i = 0; i < list->size(); ++i) {
    std::string where = fmt::format("formulas[{}]", i);
    WEIR_TRY(const json::object* o, json::as_object((*list)[i], where));
    WEIR_CHECK_OK(check_fields(*o, where, {"name", "expr"}));
    TrendsQuery::Formula formula;
    formula.name = json::optional_string(*o, "name", fmt::format("F{}", i + 1));
    WEIR_TRY(formula.expression, json::required_string(*o, "expr", where));
    out.formulas.push_back(std::move(formula));
  }
  return {};
}

Status parse_steps(const json::object& query, FunnelQuery& out) {
  WEIR_TRY(const json::array* list, json::required_array(query, "steps"));
  if (list->size() < 2 || list->size() > kFunnelStepsMax)
    return bad_field("steps", "must have 2 to 20 entries");
  for (size_t i = 0; i < list->size(); ++i) {
    std::string where = fmt::format("steps[{}]", i);
    WEIR_TRY(const json::object* o, json::as_object((*list)[i], where));
    WEIR_CHECK_OK(check_fields(*o, where, {"event", "events", "filter", "name"}));
    FunnelStep& step = out.steps.emplace_back();
    WEIR_TRY(step.events, parse_events(*o, where));
    WEIR_TRY(step.filter, parse_filter(json::find(*o, "filter"), where + ".filter"));
  }
  return {};
}

Status parse_window(const json::object& query, FunnelQuery& out) {
  const json::value* v = json::find(query, "window");
  if (absent(v)) return {};
  if (v->is_string()) {
    std::string_view text = json::view(v->get_string());
    if (text == "session") {
      out.in_session = true;
      return {};
    }
    if (text == "calendar_day") {
      out.calendar_day = true;
      return {};
    }
  }
  WEIR_TRY(out.window_ms, parse_length(*v, "window"));
  if (out.window_ms < kSecondMs || out.window_ms > 366 * kDayMs) {
    return bad_field("window", "must be 1 second to 366 days");
  }
  return {};
}

Status parse_exclusions(const json::object& query, FunnelQuery& out) {
  if (absent(json::find(query, "exclusions"))) return {};
  WEIR_TRY(const json::array* list, json::required_array(query, "exclusions"));
  if (list->size() > kExclusionsMax) return bad_field("exclusions", "must have at most 8 entries");
  auto steps = static_cast<int64_t>(out.steps.size());
  for (size_t i = 0; i < list->size(); ++i) {
    std::string where = fmt::format("exclusions[{}]", i);
    WEIR_TRY(const json::object* o, json::as_object((*list)[i], where));
    WEIR_CHECK_OK(check_fields(*o, where, {"event", "events", "filter", "between", "mode"}));
    FunnelQuery::Exclusion& x = out.exclusions.emplace_back();
    WEIR_TRY(x.events, parse_events(*o, where));
    WEIR_TRY(x.filter, parse_filter(json::find(*o, "filter"), where + ".filter"));
    WEIR_TRY(size_t mode, read_choice(*o, "mode", where, {"chain", "person"}, 0));
    x.person = mode == 1;
    x.to = static_cast<int>(steps);
    const json::value* between = json::find(*o, "between");
    if (absent(between)) continue;
    auto is_step = [&](const json::value& v) {
      return v.is_int64() && v.get_int64() >= 1 && v.get_int64() <= steps;
    };
    bool good = between->is_array() && between->get_array().size() == 2 &&
                is_step(between->get_array()[0]) && is_step(between->get_array()[1]) &&
                between->get_array()[0].get_int64() < between->get_array()[1].get_int64();
    if (!good) return bad_field(where + ".between", "must be two step numbers, like [1,2]");
    x.from = static_cast<int>(between->get_array()[0].get_int64());
    x.to = static_cast<int>(between->get_array()[1].get_int64());
  }
  return {};
}

Status parse_hold(const json::object& query, FunnelQuery& out) {
  if (absent(json::find(query, "hold"))) return {};
  WEIR_TRY(const json::array* groups, json::required_array(query, "hold"));
  if (groups->size() > 3) return bad_field("hold", "must have at most 3 groups");
  for (size_t g = 0; g < groups->size(); ++g) {
    std::string where = fmt::format("hold[{}]", g);
    const json::value& group = (*groups)[g];
    if (!group.is_array() || group.get_array().size() != out.steps.size()) {
      return bad_field(where, "must list one property per step");
    }
    std::vector<std::string>& names = out.hold.emplace_back();
    for (const json::value& name : group.get_array()) {
      if (!name.is_string()) return bad_field(where, "must list property names");
      names.emplace_back(json::view(name.get_string()));
    }
  }
  return {};
}

Status parse_output(const json::object& query, FunnelQuery& out) {
  const json::value* v = json::find(query, "output");
  if (absent(v)) return {};
  if (!v->is_array())
    return bad_field("output", "must be a list of steps, trend and time_to_convert");
  for (const json::value& item : v->get_array()) {
    std::string_view name = item.is_string() ? json::view(item.get_string()) : std::string_view();
    if (name == "trend") {
      out.trend = true;
    } else if (name == "time_to_convert") {
      out.time_to_convert = true;
    } else if (name != "steps") {
      return bad_field("output", "must be a list of steps, trend and time_to_convert");
    }
  }
  return {};
}

Status parse_funnel_rules(const json::object& query, FunnelQuery& out) {
  WEIR_TRY(size_t order, read_choice(query, "order", "", {"sequential", "strict", "any"}, 0));
  WEIR_TRY(size_t entry, read_choice(query, "entry", "", {"any", "first"}, 0));
  WEIR_TRY(size_t counting,
           read_choice(query, "counting", "", {"uniques", "totals", "sessions"}, 0));
  out.order = static_cast<FunnelQuery::Order>(order);
  out.entry = static_cast<FunnelQuery::Entry>(entry);
  out.counting = static_cast<FunnelQuery::Counting>(counting);
  if (out.counting == FunnelQuery::Counting::Sessions) {
    if (!out.in_session && !absent(json::find(query, "window")))
      return bad_field("window", "must be \"session\" or left out when sessions are counted");
    out.in_session = true;
  }
  if (!out.in_session && !absent(json::find(query, "session")))
    return bad_field("session", "goes with \"window\":\"session\" only");
  WEIR_CHECK_OK(parse_session(query, out.session));
  WEIR_CHECK_OK(read_bool(query, "bound_all", out.bound_all));
  WEIR_CHECK_OK(read_bool(query, "strict_increase", out.strict_increase));
  if (!absent(json::find(query, "ignore_events"))) {
    WEIR_TRY(const json::array* names, json::required_array(query, "ignore_events"));
    for (const json::value& name : *names) {
      if (!name.is_string()) return bad_field("ignore_events", "must list event names");
      out.ignore_events.emplace_back(json::view(name.get_string()));
    }
  }
  return {};
}

}  // namespace

Result<TrendsQuery> parse_trends(const json::object& query, const ParseInput& input) {
  WEIR_CHECK_OK(check_fields(
      query, "",
      {"kind", "range", "interval", "week_start", "filter", "segment", "breakdown", "as_of", "tz",
       "exact", "sample", "series", "formulas", "cumulative", "compare", "session"}));
  TrendsQuery out;
  WEIR_CHECK_OK(parse_common(query, input, out.common));
  WEIR_CHECK_OK(parse_breakdown(query, false, out.common.breakdown));
  WEIR_CHECK_OK(parse_series(query, out));
  WEIR_CHECK_OK(parse_formulas(query, out));
  WEIR_CHECK_OK(read_bool(query, "cumulative", out.cumulative));
  WEIR_CHECK_OK(check_rolling(out));
  WEIR_CHECK_OK(check_sessions(query, out));
  WEIR_CHECK_OK(parse_session(query, out.session));
  WEIR_TRY(size_t compare, read_choice(query, "compare", "", {"none", "previous", "year_ago"}, 0));
  out.compare = static_cast<TrendsQuery::Compare>(compare);
  return out;
}

Result<FunnelQuery> parse_funnel(const json::object& query, const ParseInput& input) {
  WEIR_CHECK_OK(check_fields(query, "", {"kind",          "range",     "interval",
                                         "week_start",    "filter",    "segment",
                                         "breakdown",     "as_of",     "tz",
                                         "exact",         "sample",    "window",
                                         "order",         "counting",  "entry",
                                         "steps",         "hold",      "exclusions",
                                         "output",        "bound_all", "strict_increase",
                                         "ignore_events", "session",   "bins"}));
  FunnelQuery out;
  WEIR_CHECK_OK(parse_common(query, input, out.common));
  WEIR_CHECK_OK(parse_breakdown(query, true, out.common.breakdown));
  WEIR_CHECK_OK(parse_steps(query, out));
  for (size_t i = 0; i < out.common.breakdown.size(); ++i) {
    if (out.common.breakdown[i].step > static_cast<int>(out.steps.size())) {
      return bad_field(fmt::format("breakdown[{}].attribution", i),
                       "names a step that is not there");
    }
  }
  WEIR_CHECK_OK(parse_window(query, out));
  WEIR_CHECK_OK(parse_exclusions(query, out));
  WEIR_CHECK_OK(parse_hold(query, out));
  WEIR_CHECK_OK(parse_output(query, out));
  WEIR_TRY(size_t bins, read_choice(query, "bins", "", {"fixed", "auto"}, 0));
  out.equal_bins = bins == 1;
  WEIR_CHECK_OK(parse_funnel_rules(query, out));
  return out;
}

Result<TimelineQuery> parse_timeline(const json::object& query) {
  WEIR_CHECK_OK(check_fields(query, "", {"kind", "profile_id", "events", "limit", "before"}));
  TimelineQuery out;
  WEIR_TRY(std::string id, json::required_string(query, "profile_id"));
  auto profile = parse_profile_id(id);
  if (!profile) return bad_field("profile_id", "is not a profile id like \"p1042\"");
  out.profile = *profile;
  if (!absent(json::find(query, "events"))) {
    WEIR_TRY(out.names, parse_events(query, "timeline"));
  }
  int64_t limit = json::optional_int(query, "limit", 50);
  if (limit < 1 || limit > 1000) return bad_field("limit", "must be 1 to 1000");
  out.limit = static_cast<size_t>(limit);
  std::string before;
  WEIR_CHECK_OK(read_string(query, "before", before));
  if (before.empty()) return out;
  TimelineCursor cursor;
  const char* end = before.data() + before.size();
  auto time = std::from_chars(before.data(), end, cursor.time);
  auto number = [&](const char* at, auto& to) {
    return at < end && *at == '-' ? std::from_chars(at + 1, end, to)
                                  : std::from_chars_result{at, std::errc::invalid_argument};
  };
  auto position = number(time.ptr, cursor.position);
  auto hop = number(position.ptr, cursor.hop);
  if (time.ec != std::errc() || position.ec != std::errc() || hop.ec != std::errc() ||
      hop.ptr != end) {
    return bad_field("before", "is not a cursor that a timeline returned as \"next\"");
  }
  out.before = cursor;
  return out;
}

std::string cursor_text(const TimelineCursor& cursor) {
  return fmt::format("{}-{}-{}", cursor.time, cursor.position, cursor.hop);
}

}  // namespace weir::analytics
