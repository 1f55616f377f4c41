#pragma once
// JSON questions → typed questions, with errors that name the field.

#include "base/json.h"
#include "base/time.h"
#include "model/query.h"

namespace weir::analytics {

struct ParseInput {
  TimeMs now;
  const Calendar& calendar;  // the project's
};

Result<TrendsQuery> parse_trends(const json::object& query, const ParseInput& input);
Result<FunnelQuery> parse_funnel(const json::object& query, const ParseInput& input);
Result<TimelineQuery> parse_timeline(const json::object& query);

/// "1772380800000-12-0": time, position and hop of the last event shown.
std::string cursor_text(const TimelineCursor& cursor);

}  // namespace weir::analytics
