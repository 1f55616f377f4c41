#pragma once
// Lifecycle and stickiness: JSON in, JSON out (SEMANTICS TR5–TR7, RT8).

#include "analytics/ask.h"
#include "analytics/parse.h"
#include "model/query_activity.h"

namespace weir::analytics {

Result<LifecycleQuery> parse_lifecycle(const json::object& query, const ParseInput& input);
Result<json::object> render_lifecycle(const LifecycleQuery& query, const LifecycleAnswer& answer);
Result<Asked> ask_lifecycle(const json::object& query, const Ask& ask);
Result<Drilled> drill_lifecycle(const json::object& query, const json::object& of, const Ask& ask);

Result<StickinessQuery> parse_stickiness(const json::object& query, const ParseInput& input);
Result<json::object> render_stickiness(const StickinessQuery& query,
                                       const StickinessAnswer& answer);
Result<Asked> ask_stickiness(const json::object& query, const Ask& ask);
Result<Drilled> drill_stickiness(const json::object& query, const json::object& of, const Ask& ask);

}  // namespace weir::analytics
