#pragma once
// Kind "interval": time between two events of a person (DS2).

#include "analytics/ask.h"

namespace weir::analytics {

Result<Asked> ask_interval(const json::object& query, const Ask& ask);
Result<Drilled> drill_interval(const json::object& query, const json::object& of, const Ask& ask);

}  // namespace weir::analytics
