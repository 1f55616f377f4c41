#include "analytics/analytics.h"

#include "analytics/formula.h"
#include "analytics/parse.h"
#include "analytics/range.h"
#include "analytics/render.h"

#include <fmt/format.h>

namespace weir::analytics {
namespace {

void add_costs(json::object& out, TimeMs as_of, uint64_t scanned, int64_t elapsed_us) {
  out["as_of"] = as_of;
  out["events_scanned"] = scanned;
  out["elapsed_ms"] = static_cast<double>(elapsed_us) / 1000.0;
  out["approx"] = false;
}

}  // namespace

Result<json::value> Analyst::answer(const json::value& query, const QueryControl& control) {
  WEIR_TRY(const json::object* object, json::as_object(query, "query"));
  WEIR_TRY(std::string kind, json::required_string(*object, "kind"));
  TimeMs now = env_.clock().now();
  if (kind == "trends") return answer_trends(*object, now, control);
  if (kind == "funnel") return answer_funnel(*object, now, control);
  if (kind == "timeline") return answer_timeline(*object, now);
  return fail(ErrorCode::InvalidArgument,
              fmt::format("unknown kind \"{}\"; known are trends, funnel and timeline", kind),
              "kind");
}

Result<json::value> Analyst::answer_trends(const json::object& object, TimeMs now,
                                           const QueryControl& control) {
  int64_t started = env_.clock().monotonic_us();
  WEIR_TRY(TrendsQuery query, parse_trends(object, {now, calendar_}));
  WEIR_TRY(TrendsAnswer answer, port_.trends(query, control));
  WEIR_CHECK_OK(add_formulas(query, answer));
  std::optional<TrendsAnswer> before;
  if (query.compare != TrendsQuery::Compare::None) {
    WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
    TrendsQuery earlier = query;
    earlier.common.range = query.compare == TrendsQuery::Compare::Previous
                               ? previous_range(query.common.range, calendar)
                               : year_ago(query.common.range, calendar);
    WEIR_TRY(before, port_.trends(earlier, control));
    WEIR_CHECK_OK(add_formulas(earlier, *before));
    answer.events_scanned += before->events_scanned;
  }
  WEIR_TRY(json::object out, render_trends(query, answer, before));
  add_costs(out, query.common.as_of, answer.events_scanned, env_.clock().monotonic_us() - started);
  return json::value(std::move(out));
}

Result<json::value> Analyst::answer_funnel(const json::object& object, TimeMs now,
                                           const QueryControl& control) {
  int64_t started = env_.clock().monotonic_us();
  WEIR_TRY(FunnelQuery query, parse_funnel(object, {now, calendar_}));
  WEIR_TRY(FunnelAnswer answer, port_.funnel(query, control));
  WEIR_TRY(json::object out, render_funnel(query, answer));
  add_costs(out, query.common.as_of, answer.events_scanned, env_.clock().monotonic_us() - started);
  return json::value(std::move(out));
}

Result<json::value> Analyst::answer_timeline(const json::object& object, TimeMs now) {
  WEIR_TRY(TimelineQuery query, parse_timeline(object));
  WEIR_TRY(TimelinePage page, port_.timeline(query));
  json::object out = render_timeline(page);
  out["as_of"] = now;
  return json::value(std::move(out));
}

Result<json::value> Analyst::schema() {
  WEIR_TRY(std::vector<EventSchema> events, port_.schema());
  return json::value(render_schema(events));
}

}  // namespace weir::analytics
