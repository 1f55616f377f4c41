#pragma once
// The three clocks of a record put in order (SEMANTICS G8).

#include "model/envelope.h"

namespace weir {

/// Turns the sender's times into ours and stamps `received_time`:
/// - a missing event_time becomes `now`;
/// - when the sender's clock is off by more than a minute (|now − sent_time|), event_time moves by
/// that;
/// - an event_time more than an hour ahead becomes `now`, and time_fixed is set;
/// - older than 365 days is InvalidArgument on field "event_time", unless the record is historical.
/// A record whose received_time is set has been through here: nothing changes, so that an early
/// check (collect) and the last one (the Appender) do not correct twice. On error nothing changes
/// either.
Status apply_clock_rules(Envelope& envelope, TimeMs now);

/// The same for the time of one row of imported history that was received at `now`.
TimeMs row_time(TimeMs time, TimeMs now);

}  // namespace weir
