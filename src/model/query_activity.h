#pragma once
// On how many intervals persons are active, and how that changes from one to the next (SEMANTICS
// TR6, TR7, RT8).

#include "model/event_set.h"
#include "model/query.h"

namespace weir {

inline constexpr size_t kActivityIntervalsMax = 1000, kChurnDaysMax = 366;

struct LifecycleQuery {
  QueryCommon common;     // whole intervals that meet the range, up to as_of
  EventSet active;        // kAnyActive by default
  size_t churn_days = 0;  // RT8's X; 0 = not asked; needs Interval::Day
};

struct StickinessQuery {
  QueryCommon common;
  EventSet active;
  bool cumulative = false;  // at least k instead of exactly k
};

}  // namespace weir
