#include "messaging/quiet_hours.h"

#include "base/hash.h"

namespace weir::messaging {
namespace {

bool closed(const ClosedHours& hours, TimeMs time, const Calendar& calendar) {
  Calendar::Local local = calendar.local(time);
  int minute = local.hour * 60 + local.minute;
  if (hours.start_minute <= hours.end_minute) {
    return minute >= hours.start_minute && minute < hours.end_minute;
  }
  return minute >= hours.start_minute || minute < hours.end_minute;
}

TimeMs end_of(const ClosedHours& hours, TimeMs time, const Calendar& calendar) {
  int32_t day = calendar.day_number(time);
  TimeMs end = calendar.at(day, hours.end_minute);
  return end > time ? end : calendar.at(day + 1, hours.end_minute);
}

}  // namespace

TimeMs next_open(TimeMs now, const ClosedHours& quiet, const ClosedHours& wall,
                 const Calendar& calendar, DurationMs jitter_ms, std::string_view effect_key) {
  auto blocked = [&](TimeMs t) { return closed(quiet, t, calendar) || closed(wall, t, calendar); };
  if (!blocked(now)) return now;
  TimeMs open = now;
  // Two intervals a day: a few rounds find the first gap; without any gap the last try is as good.
  for (int round = 0; round < 6 && blocked(open); ++round) {
    open = end_of(closed(quiet, open, calendar) ? quiet : wall, open, calendar);
  }
  if (jitter_ms <= 0) return open;
  TimeMs spread = open + static_cast<TimeMs>(hash64(effect_key) % static_cast<uint64_t>(jitter_ms));
  return blocked(spread) ? open : spread;
}

}  // namespace weir::messaging
