#pragma once
// A segment's past, from who is in it now and the changes since: every change turns one profile's
// membership over.

#include "base/time.h"
#include "ports/answers_segment_changes.h"

#include <vector>

namespace weir {

/// Who was in after all of the segment's changes but `changes` (the latest ones), ascending. `now`
/// ascends.
std::vector<ProfileOrdinal> members_before(const std::vector<ProfileOrdinal>& now,
                                           const std::vector<SegmentChange>& changes);

struct SegmentDay {
  TimeMs start = 0;
  uint64_t entered = 0, left = 0;
  uint64_t size = 0;  // at its end, or now
};
/// Every local day from that of `since` to that of `now`.
std::vector<SegmentDay> days_of(const std::vector<SegmentChange>& changes, uint64_t size_now,
                                TimeMs since, TimeMs now, const Calendar& calendar);

}  // namespace weir
