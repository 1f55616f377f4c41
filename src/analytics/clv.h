#pragma once
// Kind "clv": what buyers will buy and spend (CL1–CL5).

#include "analytics/ask.h"

namespace weir::analytics {

Result<Asked> ask_clv(const json::object& query, const Ask& ask);
Result<Drilled> drill_clv(const json::object& query, const json::object& of, const Ask& ask);

}  // namespace weir::analytics
