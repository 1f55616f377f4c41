#pragma once
// Kind "property": people by a property as it is now (DS3).

#include "analytics/ask.h"

namespace weir::analytics {

Result<Asked> ask_property(const json::object& query, const Ask& ask);
Result<Drilled> drill_property(const json::object& query, const json::object& of, const Ask& ask);

}  // namespace weir::analytics
