#pragma once
// How events are cut into sessions (SEMANTICS SS1–SS3).

#include "base/time.h"

#include <string>
#include <vector>

namespace weir {

struct SessionOptions {
  DurationMs gap_ms = 30 * kMinuteMs;  // 5 minutes to 5 hours
  bool cut_at_midnight = false, cut_on_source_change = false;
  bool by_given_id = false;  // mode "sdk": sessions are what has the same event.$session_id
  std::vector<std::string> start_events, end_events, ignore_events;
  std::string platform =
      "event.platform";                  // each value has sessions of its own; empty = one for all
  std::string source = "event.channel";  // for cut_on_source_change; "direct" is no source
};

}  // namespace weir
