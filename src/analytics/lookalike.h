#pragma once
// Kind "lookalike": who is like the people of a segment (SG9).

#include "analytics/ask.h"

namespace weir::analytics {

Result<Asked> ask_lookalike(const json::object& query, const Ask& ask);
Result<Drilled> drill_lookalike(const json::object& query, const json::object& of, const Ask& ask);

}  // namespace weir::analytics
