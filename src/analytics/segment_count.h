#pragma once
// How many people meet a segment definition, and who: JSON in, JSON out (SEMANTICS §9).

#include "analytics/ask.h"

namespace weir::analytics {

/// {"kind":"segment","def":{…},"as_of":…,"limit":50}
Result<Asked> ask_segment(const json::object& query, const Ask& ask);

}  // namespace weir::analytics
