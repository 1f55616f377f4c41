#pragma once
// From a number back to the people behind it (SEMANTICS DR1).

#include "analytics/ask.h"
#include "analytics/recent_questions.h"
#include "model/query.h"

#include <string>

namespace weir::analytics {

/// {"kind":"drill", …} as it comes in.
struct DrillRequest {
  json::object question;  // the whole inner question; as_of as asked
  json::object of;        // which number: series, bucket, breakdown, step, side, compare
  size_t limit = 100;
  std::optional<ProfileOrdinal> after;  // the cursor: the last person of the page before
};

Result<DrillRequest> parse_drill(const json::object& query, RecentQuestions& recent);

/// The parts of `of` that all kinds share, against a question's range and zone.
Result<DrillCell> parse_cell(const json::object& of, const QueryCommon& common);

/// Fields of `of` that only mean something to some kinds.
inline constexpr std::string_view kCompareField = "compare";

/// People of the inner question's number, all of them.
Result<Drilled> drill(const DrillRequest& request, const Ask& ask);

/// One page.
json::object render_drill(const DrillRequest& request, const DrillAnswer& answer,
                          const std::string& hash);

}  // namespace weir::analytics
