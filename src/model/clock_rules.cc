#include "model/clock_rules.h"

namespace weir {
namespace {

constexpr DurationMs kSkewTolerated = kMinuteMs;
constexpr DurationMs kAheadMax = kHourMs;
constexpr DurationMs kAgeMax = 365 * kDayMs;

}  // namespace

Status apply_clock_rules(Envelope& envelope, TimeMs now) {
  if (envelope.received_time != 0) return {};
  TimeMs time = envelope.event_time == 0 ? now : envelope.event_time;
  if (envelope.sent_time != 0 && envelope.event_time != 0) {
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

}  // namespace weir
