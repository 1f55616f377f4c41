#pragma once
// Kind "property": people by a property as it is now (DS3).

#include "analytics/ask.h"
#include "model/filter.h"

namespace weir::analytics {

Result<Asked> ask_property(const json::object& query, const Ask& ask);
Result<Drilled> drill_property(const json::object& query, const json::object& of, const Ask& ask);

/// Whether a filter asks for properties of people only.
bool of_profiles(const Filter& filter);

}  // namespace weir::analytics
