#pragma once
// Who comes back (SEMANTICS §3).

#include "model/event_set.h"
#include "model/query.h"

#include <utility>
#include <vector>

namespace weir {

inline constexpr size_t kRetentionPeriodsMax = 400, kRetentionCohortsMax = 1000,
                        kRetentionBracketsMax = 50;

struct RetentionQuery {
  QueryCommon common;  // interval is the unit of cohorts and periods
  EventSet start, again;
  size_t periods = 7;  // columns 1…periods; with brackets the highest period they name
  enum class Clock : uint8_t { Calendar, Rolling } clock = Clock::Calendar;
  enum class Type : uint8_t { On, OnOrAfter, OnOrBefore, Bracket } type = Type::On;
  std::vector<std::pair<size_t, size_t>> brackets;       // for Bracket, inclusive
  bool include_period_0 = false;                         // OnOrBefore: 0…n instead of 1…n
  bool first_time = false;                               // else recurring (RT1)
  bool same_value = false;                               // RT7
  bool simple_mean = false, reference_previous = false;  // RT6
};

}  // namespace weir
