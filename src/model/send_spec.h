#pragma once
// How a message is to be sent: the attempts of its chain and the hours it keeps quiet. The words of
// a journey's definition and of the request that messaging/ gets are the same.

#include "base/time.h"

#include <string>
#include <vector>

namespace weir {

/// One attempt of a chain (JN10).
struct AttemptSpec {
  std::string channel;            // "mp_template", "mp_customer_service", "wecom_guide_task",
                                  // "wecom_staff_message", "sms"
  std::string template_id;        // a message template definition
  std::vector<std::string> when;  // reasons of the previous attempt that lead here; "*" = any
                                  // failure; empty for the first
  DurationMs receipt_timeout_ms = 10 * kMinuteMs;
  bool fallback_on_unknown = false;  // go on when nobody can tell whether it arrived (JN10)
  std::string staff;                 // "binding", "nearest_store", "binding|nearest_store"
};

/// Local minutes, [start, end), across midnight when start > end (JN12).
struct QuietHours {
  int start_minute = 22 * 60, end_minute = 8 * 60;
  bool defer = true;  // false = drop
};

}  // namespace weir
