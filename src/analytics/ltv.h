#pragma once
// Kinds "ltv" (LT1, LT2) and "repurchase" (RP1).

#include "analytics/ask.h"

namespace weir::analytics {

Result<Asked> ask_ltv(const json::object& query, const Ask& ask);
Result<Asked> ask_repurchase(const json::object& query, const Ask& ask);
Result<Drilled> drill_repurchase(const json::object& query, const json::object& of, const Ask& ask);
Result<Drilled> drill_ltv(const json::object& query, const json::object& of, const Ask& ask);

}  // namespace weir::analytics
