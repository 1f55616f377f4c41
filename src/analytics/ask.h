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
  bool approx = false;
  TimeMs known_at = as_of;  // what was received by then was seen (G9)
};

/// Everybody behind one number of a question's answer.
struct Drilled {
  DrillAnswer answer;
  TimeMs as_of = 0;
  TimeMs known_at = as_of;
};

using AskFunction = Result<Asked> (*)(const json::object& query, const Ask& ask);
/// `of` names the number; parse_cell (drill.h) reads what all kinds share.
using DrillFunction = Result<Drilled> (*)(const json::object& query, const json::object& of,
                                          const Ask& ask);

struct Kind {
  std::string_view name;
  AskFunction ask;
  DrillFunction drill;   // null: its numbers are not of people
  bool samples = false;  // its ask divides counts and sums by QueryCommon::sample
};

/// Null for an unknown kind.
const Kind* find_kind(std::string_view name);
/// Not in the table: it is about the answer of another kind (drill.h).
inline constexpr std::string_view kDrillKind = "drill";
/// "trends, funnel, …", for messages.
std::string kind_names();

}  // namespace weir::analytics
