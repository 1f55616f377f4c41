#include "analytics/analytics.h"

#include "analytics/ask.h"
#include "analytics/render.h"

#include <fmt/format.h>

namespace weir::analytics {

Result<json::value> Analyst::answer(const json::value& query, const QueryControl& control) {
  WEIR_TRY(const json::object* object, json::as_object(query, "query"));
  WEIR_TRY(std::string kind, json::required_string(*object, "kind"));
  AskFunction ask = find_kind(kind);
  if (ask == nullptr) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("unknown kind \"{}\"; known are {}", kind, kind_names()), "kind");
  }
  int64_t started = env_.clock().monotonic_us();
  WEIR_TRY(Asked asked, ask(*object, {port_, calendar_, env_.clock().now(), control}));
  json::object out = std::move(asked.out);
  out["as_of"] = asked.as_of;
  if (asked.events_scanned) {
    out["events_scanned"] = *asked.events_scanned;
    out["elapsed_ms"] = static_cast<double>(env_.clock().monotonic_us() - started) / 1000.0;
    out["approx"] = false;
  }
  return json::value(std::move(out));
}

Result<json::value> Analyst::schema() {
  WEIR_TRY(std::vector<EventSchema> events, port_.schema());
  return json::value(render_schema(events));
}

}  // namespace weir::analytics
