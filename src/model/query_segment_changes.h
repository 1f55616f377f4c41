#pragma once
// Who came into a segment and who left it (SEMANTICS §9 SG6): a reading of the facts
// $segment_entered and $segment_left.

#include "base/time.h"

#include <cstdint>
#include <string>

namespace weir {

struct SegmentChangesQuery {
  std::string segment;
  TimeMs since = 0;   // changes later than this
  uint64_t upto = 0;  // and of these the first so many since the segment was made
};

}  // namespace weir
