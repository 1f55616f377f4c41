#pragma once
// Kind "distribution": how people are spread over how much each did (DS1).

#include "analytics/ask.h"

namespace weir::analytics {

Result<Asked> ask_distribution(const json::object& query, const Ask& ask);
Result<Drilled> drill_distribution(const json::object& query, const json::object& of,
                                   const Ask& ask);

}  // namespace weir::analytics
