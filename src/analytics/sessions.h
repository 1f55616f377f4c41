#pragma once
// Sessions and paths: JSON in, JSON out (SEMANTICS §4).

#include "analytics/ask.h"
#include "analytics/parse.h"
#include "model/query_sessions.h"

namespace weir::analytics {

/// The object "session" of a question; absent = the defaults.
Status parse_session(const json::object& query, SessionOptions& out);

Result<SessionsQuery> parse_sessions(const json::object& query, const ParseInput& input);
Result<json::object> render_sessions(const SessionsQuery& query, const SessionsAnswer& answer);
Result<Asked> ask_sessions(const json::object& query, const Ask& ask);
Result<Drilled> drill_sessions(const json::object& query, const json::object& of, const Ask& ask);

Result<PathsQuery> parse_paths(const json::object& query, const ParseInput& input);
json::object render_paths(const PathsQuery& query, const PathsAnswer& answer);
Result<Asked> ask_paths(const json::object& query, const Ask& ask);
Result<Drilled> drill_paths(const json::object& query, const json::object& of, const Ask& ask);

}  // namespace weir::analytics
