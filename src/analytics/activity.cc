#include "analytics/activity.h"

#include "analytics/drill.h"
#include "analytics/parse_fields.h"
#include "analytics/render_fields.h"

#include <fmt/format.h>

namespace weir::analytics {
namespace {

/// Without "active" it is any event of a person's own doing (TR5).
Result<EventSet> parse_active(const json::object& query) {
  if (!absent(json::find(query, "active"))) return parse_event_set(query, "active");
  return EventSet{{std::string(kAnyActive)}, {}};
}

json::array buckets_text(const std::vector<TimeMs>& buckets, Interval interval,
                         const Calendar& calendar) {
  json::array out;
  for (TimeMs start : buckets) out.emplace_back(bucket_text(start, interval, calendar));
  return out;
}

template <class T>
json::array list(const std::vector<T>& values) {
  json::array out;
  for (const auto& v : values) out.emplace_back(static_cast<T>(v));
  return out;
}

json::object states(const LifecycleLine& line) {
  json::array active, fresh, returning, resurrected, dormant;
  for (const LifecycleCounts& c : line.counts) {
    active.emplace_back(c.active);
    fresh.emplace_back(c.fresh);
    returning.emplace_back(c.returning);
    resurrected.emplace_back(c.resurrected);
    dormant.emplace_back(c.dormant);
  }
  return {{"active", std::move(active)},
          {"new", std::move(fresh)},
          {"returning", std::move(returning)},
          {"resurrected", std::move(resurrected)},
          {"dormant", std::move(dormant)}};
}

json::object distribution(const StickinessLine& line) {
  json::array out;
  for (size_t k = 0; k < line.persons.size(); ++k) {
    out.push_back(json::object{{"intervals", k + 1},
                               {"persons", line.persons[k]},
                               {"share", ratio(line.persons[k], line.total)}});
  }
  return {{"distribution", std::move(out)}, {"total", line.total}};
}

}  // namespace

Result<LifecycleQuery> parse_lifecycle(const json::object& query, const ParseInput& input) {
  WEIR_CHECK_OK(
      check_fields(query, "",
                   {"kind", "range", "interval", "week_start", "filter", "segment", "breakdown",
                    "as_of", "tz", "exact", "sample", "active", "churn_days"}));
  LifecycleQuery out;
  WEIR_CHECK_OK(parse_common(query, input, out.common));
  WEIR_CHECK_OK(parse_breakdown(query, false, out.common.breakdown));
  WEIR_TRY(out.active, parse_active(query));
  int64_t days = json::optional_int(query, "churn_days", 0);
  if (days < 0 || days > static_cast<int64_t>(kChurnDaysMax))
    return bad_field("churn_days", "must be 1 to 366");
  if (days > 0 && out.common.interval != Interval::Day)
    return bad_field("churn_days", "needs \"interval\":\"day\"");
  out.churn_days = static_cast<size_t>(days);
  return out;
}

Result<json::object> render_lifecycle(const LifecycleQuery& query, const LifecycleAnswer& answer) {
  WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
  json::object out{{"kind", "lifecycle"},
                   {"buckets", buckets_text(answer.buckets, query.common.interval, calendar)},
                   {"final", list(answer.final_flags)},
                   {"partial", list(answer.partial)}};
  add_lines(out, answer.lines, !query.common.breakdown.empty(), states);
  if (query.churn_days > 0) {
    out["churn"] = json::object{{"days", query.churn_days},
                                {"churned", answer.churned},
                                {"resurrected", list(answer.came_back)}};
  }
  return out;
}

Result<Asked> ask_lifecycle(const json::object& object, const Ask& ask) {
  WEIR_TRY(LifecycleQuery query, parse_lifecycle(object, {ask.now, ask.calendar}));
  WEIR_TRY(LifecycleAnswer answer, ask.port.lifecycle(query, ask.control));
  WEIR_TRY(json::object out, render_lifecycle(query, answer));
  return Asked{std::move(out), query.common.as_of, answer.events_scanned};
}

Result<StickinessQuery> parse_stickiness(const json::object& query, const ParseInput& input) {
  WEIR_CHECK_OK(
      check_fields(query, "",
                   {"kind", "range", "interval", "week_start", "filter", "segment", "breakdown",
                    "as_of", "tz", "exact", "sample", "active", "cumulative"}));
  StickinessQuery out;
  WEIR_CHECK_OK(parse_common(query, input, out.common));
  WEIR_CHECK_OK(parse_breakdown(query, false, out.common.breakdown));
  WEIR_TRY(out.active, parse_active(query));
  WEIR_CHECK_OK(read_bool(query, "cumulative", out.cumulative));
  return out;
}

Result<json::object> render_stickiness(const StickinessQuery& query,
                                       const StickinessAnswer& answer) {
  json::object out{{"kind", "stickiness"}, {"intervals", answer.buckets.size()}};
  add_lines(out, answer.lines, !query.common.breakdown.empty(), distribution);
  return out;
}

Result<Asked> ask_stickiness(const json::object& object, const Ask& ask) {
  WEIR_TRY(StickinessQuery query, parse_stickiness(object, {ask.now, ask.calendar}));
  WEIR_TRY(StickinessAnswer answer, ask.port.stickiness(query, ask.control));
  WEIR_TRY(json::object out, render_stickiness(query, answer));
  return Asked{std::move(out), query.common.as_of, answer.events_scanned};
}

Result<Drilled> drill_lifecycle(const json::object& object, const json::object& of,
                                const Ask& ask) {
  WEIR_TRY(LifecycleQuery query, parse_lifecycle(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of};
}

Result<Drilled> drill_stickiness(const json::object& object, const json::object& of,
                                 const Ask& ask) {
  WEIR_TRY(StickinessQuery query, parse_stickiness(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of};
}

}  // namespace weir::analytics
