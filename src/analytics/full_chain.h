#pragma once
// Kind "full_chain": where people came from, and what became of them and of the money (AT8–AT10).

#include "analytics/ask.h"

namespace weir::analytics {

Result<Asked> ask_full_chain(const json::object& query, const Ask& ask);
Result<Drilled> drill_full_chain(const json::object& query, const json::object& of, const Ask& ask);

}  // namespace weir::analytics
