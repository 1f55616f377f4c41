#pragma once
// Kind "attribution": who gets the credit for orders (AT1–AT7).

#include "analytics/ask.h"

namespace weir::analytics {

Result<Asked> ask_attribution(const json::object& query, const Ask& ask);
Result<Drilled> drill_attribution(const json::object& query, const json::object& of,
                                  const Ask& ask);

}  // namespace weir::analytics
