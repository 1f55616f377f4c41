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
  if (unit == BucketUnit::Month) return day - (calendar.local(calendar.day_start(day)).day - 1);
  return day;
}

int32_t next_first_day(int32_t first, BucketUnit unit, bool week_starts_sunday,
                       const Calendar& calendar) {
  if (unit == BucketUnit::Week) return first + 7;
  if (unit == BucketUnit::Month) return first_day(first + 31, unit, week_starts_sunday, calendar);
  return first + 1;
}

}  // namespace

size_t Buckets::of(TimeMs time) const {
  auto it = std::upper_bound(starts.begin(), starts.end(), time);
  return static_cast<size_t>(it - starts.begin()) - (it == starts.begin() ? 0 : 1);
}

Result<Buckets> make_buckets(TimeMs from, TimeMs to, BucketUnit unit, bool week_starts_sunday,
                             const Calendar& calendar) {
  Buckets out;
  if (to <= from) {
    return fail(ErrorCode::InvalidArgument, "the range is empty: its end is not after its start",
                "range");
  }
  TimeMs shortest = unit == BucketUnit::Hour ? kHourMs : 23 * kHourMs;
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

}  // namespace weir::columnar
