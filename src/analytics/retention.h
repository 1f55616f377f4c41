#pragma once
// Retention: JSON in, JSON out (SEMANTICS §3).

#include "analytics/ask.h"
#include "analytics/parse.h"
#include "model/query_retention.h"

namespace weir::analytics {

Result<RetentionQuery> parse_retention(const json::object& query, const ParseInput& input);
Result<json::object> render_retention(const RetentionQuery& query, const RetentionAnswer& answer);
Result<Asked> ask_retention(const json::object& query, const Ask& ask);
Result<Drilled> drill_retention(const json::object& query, const json::object& of, const Ask& ask);

}  // namespace weir::analytics
