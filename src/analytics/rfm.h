#pragma once
// Kinds "rfm" (RF1–RF3) and "stages" (LC1): people by when, how often and for how much they bought.

#include "analytics/ask.h"

namespace weir::analytics {

Result<Asked> ask_rfm(const json::object& query, const Ask& ask);
Result<Asked> ask_stages(const json::object& query, const Ask& ask);
Result<Drilled> drill_rfm(const json::object& query, const json::object& of, const Ask& ask);
Result<Drilled> drill_stages(const json::object& query, const json::object& of, const Ask& ask);

}  // namespace weir::analytics
