#pragma once

#include "base/result.h"
#include "base/time.h"

#include <string_view>

namespace weir::connectors {

/// Refuses pushes signed more than a day away from our clock. The dedupe of the log remembers a
/// week, so a recorded push cannot be played again after it was forgotten; retries come within
/// seconds.
Status check_push_age(std::string_view timestamp, TimeMs now);

}  // namespace weir::connectors
