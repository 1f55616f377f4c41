#pragma once
// How people are spread over how much each of them did (SEMANTICS §6 DS1).

#include "model/event_set.h"
#include "model/query.h"

namespace weir {

struct DistributionQuery {
  QueryCommon common;
  EventSet events;
  enum class Metric : uint8_t { Count, ActiveDays, ActiveHours, Sum, Avg } metric = Metric::Count;
  std::string prop;           // Sum and Avg: "event.amount_fen"
  std::vector<double> bins;   // lower bounds, ascending; empty = equal widths
  bool include_zero = false;  // members of common.segment without the event have the value 0
  bool trend = false;         // also per interval
};

}  // namespace weir
