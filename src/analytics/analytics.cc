#include "analytics/analytics.h"

#include "analytics/ask.h"
#include "analytics/definition.h"
#include "analytics/drill.h"
#include "analytics/render.h"

#include <fmt/format.h>

namespace weir::analytics {

Result<json::value> Analyst::answer(const json::value& query, const QueryControl& control) {
  WEIR_TRY(const json::object* object, json::as_object(query, "query"));
  WEIR_TRY(std::string kind, json::required_string(*object, "kind"));
  json::object definition = definition_of(*object);
  if (kind == kDrillKind) return drill_page(definition, control);
  const Kind* found = find_kind(kind);
  if (found == nullptr) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("unknown kind \"{}\"; known are {}", kind, kind_names()), "kind");
  }
  int64_t started = env_.clock().monotonic_us();
  WEIR_TRY(Asked asked, found->ask(definition, {port_, calendar_, env_.clock().now(), control}));
  json::object out = std::move(asked.out);
  out["as_of"] = asked.as_of;
  if (found->drill != nullptr) {
    out["query_hash"] = recent_.remember(pinned(std::move(definition), asked.as_of));
  }
  if (asked.events_scanned) {
    out["events_scanned"] = *asked.events_scanned;
    out["elapsed_ms"] = static_cast<double>(env_.clock().monotonic_us() - started) / 1000.0;
    out["approx"] = false;
  }
  return json::value(std::move(out));
}

Result<json::value> Analyst::drill_page(const json::object& query, const QueryControl& control) {
  int64_t started = env_.clock().monotonic_us();
  WEIR_TRY(DrillRequest request, parse_drill(query, recent_));
  WEIR_TRY(Drilled drilled, drill(request, {port_, calendar_, env_.clock().now(), control}));
  std::string hash = recent_.remember(pinned(request.question, drilled.as_of));
  json::object out = render_drill(request, drilled, hash);
  out["as_of"] = drilled.as_of;
  out["events_scanned"] = drilled.answer.events_scanned;
  out["elapsed_ms"] = static_cast<double>(env_.clock().monotonic_us() - started) / 1000.0;
  return json::value(std::move(out));
}

Result<json::value> Analyst::schema() {
  WEIR_TRY(std::vector<EventSchema> events, port_.schema());
  return json::value(render_schema(events));
}

}  // namespace weir::analytics
