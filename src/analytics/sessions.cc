#include "analytics/sessions.h"

#include "analytics/drill.h"
#include "analytics/parse_fields.h"
#include "analytics/render_fields.h"

#include <fmt/format.h>

namespace weir::analytics {
namespace {

json::value mean(double sum, uint64_t of) {
  return of == 0 ? json::value(nullptr) : number(sum / static_cast<double>(of));
}

json::object render_line(const SessionsLine& line) {
  json::array sessions, persons, bounces, bounce_rate, duration, depth, per_person;
  for (const SessionCounts& c : line.buckets) {
    sessions.emplace_back(c.sessions);
    persons.emplace_back(c.persons);
    bounces.emplace_back(c.bounces);
    bounce_rate.push_back(ratio(c.bounces, c.sessions));
    duration.push_back(mean(static_cast<double>(c.duration_ms), c.sessions));
    depth.push_back(mean(static_cast<double>(c.events), c.sessions));
    per_person.push_back(ratio(c.sessions, c.persons));
  }
  const SessionCounts& t = line.total;
  json::object total{{"sessions", t.sessions},
                     {"persons", t.persons},
                     {"bounces", t.bounces},
                     {"bounce_rate", ratio(t.bounces, t.sessions)},
                     {"duration_ms", t.duration_ms},
                     {"avg_duration_ms", mean(static_cast<double>(t.duration_ms), t.sessions)},
                     {"p50_duration_ms", number(line.p50_duration_ms)},
                     {"p90_duration_ms", number(line.p90_duration_ms)},
                     {"avg_depth", mean(static_cast<double>(t.events), t.sessions)},
                     {"per_person", ratio(t.sessions, t.persons)}};
  return {{"sessions", std::move(sessions)},        {"persons", std::move(persons)},
          {"bounces", std::move(bounces)},          {"bounce_rate", std::move(bounce_rate)},
          {"avg_duration_ms", std::move(duration)}, {"avg_depth", std::move(depth)},
          {"per_person", std::move(per_person)},    {"total", std::move(total)}};
}

Status parse_prop(const json::object& o, std::string_view key, std::string& out) {
  WEIR_CHECK_OK(read_string(o, key, out));
  if (out.empty() || out.starts_with("event.")) return {};
  return bad_field(fmt::format("session.{}", key), "must be a property like \"event.channel\"");
}

}  // namespace

Status parse_session(const json::object& query, SessionOptions& out) {
  const json::value* v = json::find(query, "session");
  if (absent(v)) return {};
  WEIR_TRY(const json::object* o, json::as_object(*v, "session"));
  WEIR_CHECK_OK(
      check_fields(*o, "session",
                   {"gap", "cut_at_midnight", "cut_on_source_change", "mode", "start_events",
                    "end_events", "ignore_events", "platform", "source"}));
  if (const json::value* gap = json::find(*o, "gap"); !absent(gap)) {
    WEIR_TRY(out.gap_ms, parse_length(*gap, "session.gap"));
    if (out.gap_ms < 5 * kMinuteMs || out.gap_ms > 5 * kHourMs)
      return bad_field("session.gap", "must be 5 minutes to 5 hours");
  }
  WEIR_CHECK_OK(read_bool(*o, "cut_at_midnight", out.cut_at_midnight));
  WEIR_CHECK_OK(read_bool(*o, "cut_on_source_change", out.cut_on_source_change));
  WEIR_TRY(size_t mode, read_choice(*o, "mode", "session", {"gap", "sdk"}, 0));
  out.by_given_id = mode == 1;
  WEIR_CHECK_OK(read_names(*o, "start_events", "session", out.start_events));
  WEIR_CHECK_OK(read_names(*o, "end_events", "session", out.end_events));
  WEIR_CHECK_OK(read_names(*o, "ignore_events", "session", out.ignore_events));
  WEIR_CHECK_OK(parse_prop(*o, "platform", out.platform));
  return parse_prop(*o, "source", out.source);
}

Result<SessionsQuery> parse_sessions(const json::object& query, const ParseInput& input) {
  WEIR_CHECK_OK(
      check_fields(query, "",
                   {"kind", "range", "interval", "week_start", "filter", "segment", "breakdown",
                    "as_of", "tz", "exact", "sample", "session", "containing"}));
  SessionsQuery out;
  WEIR_CHECK_OK(parse_common(query, input, out.common));
  WEIR_CHECK_OK(parse_breakdown(query, false, out.common.breakdown));
  WEIR_CHECK_OK(parse_session(query, out.session));
  if (!absent(json::find(query, "containing"))) {
    WEIR_TRY(out.containing, parse_event_set(query, "containing"));
  }
  return out;
}

Result<json::object> render_sessions(const SessionsQuery& query, const SessionsAnswer& answer) {
  WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
  json::array buckets, finals;
  for (TimeMs start : answer.buckets)
    buckets.emplace_back(bucket_text(start, query.common.interval, calendar));
  for (bool is_final : answer.final_flags) finals.emplace_back(is_final);
  json::object out{{"kind", "sessions"}, {"buckets", std::move(buckets)}, {"final", finals}};
  add_lines(out, answer.lines, !query.common.breakdown.empty(), render_line);
  return out;
}

Result<Asked> ask_sessions(const json::object& object, const Ask& ask) {
  WEIR_TRY(SessionsQuery query, parse_sessions(object, {ask.now, ask.calendar}));
  WEIR_TRY(SessionsAnswer answer, ask.port.sessions(query, ask.control));
  WEIR_TRY(json::object out, render_sessions(query, answer));
  return Asked{std::move(out), query.common.as_of, answer.events_scanned};
}

Result<Drilled> drill_sessions(const json::object& object, const json::object& of, const Ask& ask) {
  WEIR_TRY(SessionsQuery query, parse_sessions(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of};
}

}  // namespace weir::analytics
