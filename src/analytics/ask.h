#pragma once
// What the kinds of questions have in common. A kind is one function that parses, asks the port and
// renders, and one row of the table in kinds.cc.

#include "base/json.h"
#include "base/time.h"
#include "ports/analytics.h"

#include <optional>

namespace weir::analytics {

/// Everything a question is answered with; lives as long as the call.
struct Ask {
  Analytics& port;
  const Calendar& calendar;  // the project's
  TimeMs now;
  const QueryControl& control;
};

struct Asked {
  json::object out;  // begins with "kind"
  TimeMs as_of = 0;
  std::optional<uint64_t> events_scanned;  // nullopt: not a pass over events
};

using AskFunction = Result<Asked> (*)(const json::object& query, const Ask& ask);

/// Null for an unknown kind.
AskFunction find_kind(std::string_view kind);
/// "trends, funnel, …", for messages.
std::string kind_names();

}  // namespace weir::analytics
