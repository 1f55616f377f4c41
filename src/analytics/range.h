#pragma once
// Ranges of questions (SEMANTICS G2): local dates, relative tokens, instants.

#include "base/json.h"
#include "base/time.h"
#include "model/query.h"

namespace weir::analytics {

/// {"from","to"} as inclusive local dates, or as instants (times or epoch ms, `to` exclusive);
/// {"last":7,"unit":"day"} up to and with today; {"past":7,"unit":"day"} up to yesterday. Hours and
/// minutes are rolling: (as_of - n, as_of].
Result<QueryRange> parse_range(const json::value* range, TimeMs as_of, WeekStart week_start,
                               const Calendar& calendar);

/// The same length immediately before: in local days when the range is of whole days.
QueryRange previous_range(const QueryRange& range, const Calendar& calendar);
/// The same local dates one year earlier; 29 February becomes the 28th.
QueryRange year_ago(const QueryRange& range, const Calendar& calendar);

}  // namespace weir::analytics
