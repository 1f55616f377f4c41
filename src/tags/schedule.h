#pragma once
// When a scheduled tag is computed (TG4): the five fields of a cron line in the project's time
// zone.

#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <string_view>

namespace weir::tags {

class Schedule {
 public:
  /// "minute hour day-of-month month day-of-week", each *, a number, a-b, a list, or any of them
  /// with /step. Sunday is 0 or 7. As in cron, a day fits when either of two restricted day fields
  /// does. InvalidArgument names the field.
  static Result<Schedule> parse(std::string_view text);

  /// The first instant after `now` that fits; INT64_MAX when there is none within five years.
  TimeMs next_after(TimeMs now, const Calendar& calendar) const;

 private:
  bool fits_day(const Calendar::Local& day) const;

  uint64_t minutes_ = 0, hours_ = 0, days_ = 0, months_ = 0, weekdays_ = 0;
  bool any_day_ = false, any_weekday_ = false;
};

}  // namespace weir::tags
