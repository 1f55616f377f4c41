#include "columnar/buckets.h"

#include <algorithm>

namespace weir::columnar {
namespace {

/// First local day of the bucket that holds `day`; for units of whole days.
int32_t first_day(int32_t day, BucketUnit unit, bool week_starts_sunday, const Calendar& calendar) {
  if (unit == BucketUnit::Week) {
    int32_t shift = week_starts_sunday ? 4 : 3;  // day 0 is a Thursday
    return day - ((day + shift) % 7 + 7) % 7;
  }
  if (unit == BucketUnit::Day) return day;
  Calendar::Local local = calendar.local(calendar.day_start(day));
  int32_t first = day - (local.day - 1);
  int before = unit == BucketUnit::Month     ? 0
               : unit == BucketUnit::Quarter ? (local.month - 1) % 3
                                             : local.month - 1;
  for (; before > 0; --before) {
    --first;  // the last day of the month before
    first -= calendar.local(calendar.day_start(first)).day - 1;
  }
  return first;
}

int32_t next_first_day(int32_t first, BucketUnit unit, bool week_starts_sunday,
                       const Calendar& calendar) {
  if (unit == BucketUnit::Day) return first + 1;
  // A day that is surely in the next bucket and not beyond it.
  int32_t inside = unit == BucketUnit::Week    ? 7
                   : unit == BucketUnit::Month ? 31
                   : unit == BucketUnit::Year  ? 366
                                               : 92;
  return first_day(first + inside, unit, week_starts_sunday, calendar);
}

}  // namespace

Result<Buckets> make_buckets(TimeMs from, TimeMs to, BucketUnit unit, bool week_starts_sunday,
                             const Calendar& calendar) {
  Buckets out;
  if (to <= from) {
    return fail(ErrorCode::InvalidArgument, "the range is empty: its end is not after its start",
                "range");
  }
  constexpr DurationMs kShortest[] = {kHourMs,     23 * kHourMs, 6 * kDayMs,
                                      27 * kDayMs, 89 * kDayMs,  364 * kDayMs};
  DurationMs shortest = kShortest[static_cast<size_t>(unit)];
  if ((to - from) / shortest > static_cast<TimeMs>(kBucketsMax)) {
    return fail(ErrorCode::ResourceExhausted,
                "the range has too many buckets; use a longer interval", "interval");
  }
  if (unit == BucketUnit::Hour) {
    // Local hours begin a whole number of hours after local midnight, also in zones off by half an
    // hour.
    TimeMs midnight = calendar.day_start(calendar.day_number(from));
    TimeMs start = midnight + (from - midnight) / kHourMs * kHourMs;
    for (; start < to; start += kHourMs) out.starts.push_back(start);
    out.end = start;
    return out;
  }
  int32_t day = first_day(calendar.day_number(from), unit, week_starts_sunday, calendar);
  TimeMs start = calendar.day_start(day);
  while (start < to) {
    out.starts.push_back(start);
    day = next_first_day(day, unit, week_starts_sunday, calendar);
    start = calendar.day_start(day);
  }
  out.end = start;
  return out;
}

Result<Buckets> make_buckets_and(size_t more, TimeMs from, TimeMs to, BucketUnit unit,
                                 bool week_starts_sunday, const Calendar& calendar) {
  constexpr DurationMs kLongest[] = {kHourMs,     25 * kHourMs, 8 * kDayMs,
                                     32 * kDayMs, 93 * kDayMs,  367 * kDayMs};
  WEIR_TRY(Buckets own, make_buckets(from, to, unit, week_starts_sunday, calendar));
  DurationMs longer = kLongest[static_cast<size_t>(unit)] * static_cast<DurationMs>(more);
  WEIR_TRY(Buckets all, make_buckets(from, own.end + longer, unit, week_starts_sunday, calendar));
  size_t size = own.size() + more;
  if (all.size() > size) {
    all.end = all.starts[size];
    all.starts.resize(size);
  }
  return all;
}

}  // namespace weir::columnar
