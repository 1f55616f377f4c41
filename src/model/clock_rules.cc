#include "model/clock_rules.h"

#include <algorithm>

namespace weir {
namespace {

constexpr DurationMs kSkewTolerated = kMinuteMs;
constexpr DurationMs kAheadMax = kHourMs;
constexpr DurationMs kAgeMax = 365 * kDayMs;
// Clients send any int64. Beyond the year 5138 on either side a time is no time, and sums of two
// plausible ones cannot overflow.
constexpr TimeMs kPlausible = 100'000'000'000'000;

bool plausible(TimeMs time) {
  return time > -kPlausible && time < kPlausible;
}

}  // namespace

Status apply_clock_rules(Envelope& envelope, TimeMs now) {
  if (envelope.received_time != 0) return {};
  TimeMs time = envelope.event_time == 0 ? now : envelope.event_time;
  time = std::clamp(time, -kPlausible, kPlausible);
  if (envelope.sent_time != 0 && plausible(envelope.sent_time) && envelope.event_time != 0) {
    DurationMs skew = now - envelope.sent_time;
    if (skew > kSkewTolerated || skew < -kSkewTolerated) time += skew;
  }
  if (!envelope.historical && time < now - kAgeMax) {
    return fail(ErrorCode::InvalidArgument,
                "the event is older than 365 days; send it as a historical import", "event_time");
  }
  if (time > now + kAheadMax) {
    time = now;
    envelope.time_fixed = true;
  }
  envelope.event_time = time;
  envelope.received_time = now;
  return {};
}

TimeMs row_time(TimeMs time, TimeMs now) {
  if (time == 0) return now;
  time = std::clamp(time, -kPlausible, kPlausible);
  return time > now + kAheadMax ? now : time;
}

}  // namespace weir
