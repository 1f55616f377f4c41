#pragma once
// Answers → JSON, in the shapes of docs/reference/query.md.

#include "base/json.h"
#include "ports/analytics.h"

#include <optional>

namespace weir::analytics {

Result<json::object> render_trends(const TrendsQuery& query, const TrendsAnswer& answer,
                                   const std::optional<TrendsAnswer>& before);
Result<json::object> render_funnel(const FunnelQuery& query, const FunnelAnswer& answer);
json::object render_timeline(const TimelinePage& page);
json::object render_schema(const std::vector<EventSchema>& events);

}  // namespace weir::analytics
