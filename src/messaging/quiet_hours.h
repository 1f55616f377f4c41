#pragma once
// When a message may start (JN12, L25): quiet hours of the journey, and a wall around marketing
// SMS.

#include "base/time.h"

#include <string_view>

namespace weir::messaging {

/// Local minutes during which nothing starts, [start, end), across midnight when start > end; equal
/// values mean never.
struct ClosedHours {
  int start_minute = 0, end_minute = 0;
};

/// `now` when both are open; else the first later instant at which both are, plus a jitter below
/// `jitter_ms` taken from the effect key, so that a morning does not begin with one burst and a
/// replay gives the same instant.
TimeMs next_open(TimeMs now, const ClosedHours& quiet, const ClosedHours& wall,
                 const Calendar& calendar, DurationMs jitter_ms, std::string_view effect_key);

}  // namespace weir::messaging
