#include "ports/segment_history.h"

#include <algorithm>
#include <iterator>

namespace weir {

std::vector<ProfileOrdinal> members_before(const std::vector<ProfileOrdinal>& now,
                                           const std::vector<SegmentChange>& changes) {
  std::vector<ProfileOrdinal> turned, odd, out;
  for (const SegmentChange& change : changes) turned.push_back(change.profile);
  std::sort(turned.begin(), turned.end());
  for (size_t i = 0; i < turned.size();) {
    size_t end = i;
    while (end < turned.size() && turned[end] == turned[i]) ++end;
    if ((end - i) % 2 == 1) odd.push_back(turned[i]);
    i = end;
  }
  std::set_symmetric_difference(now.begin(), now.end(), odd.begin(), odd.end(),
                                std::back_inserter(out));
  return out;
}

std::vector<SegmentDay> days_of(const std::vector<SegmentChange>& changes, uint64_t size_now,
                                TimeMs since, TimeMs now, const Calendar& calendar) {
  std::vector<SegmentDay> out;
  int32_t first = calendar.day_number(since), last = calendar.day_number(now);
  for (int32_t day = first; day <= last; ++day)
    out.push_back({calendar.day_start(day), 0, 0, size_now});
  for (const SegmentChange& change : changes) {
    int32_t day = std::clamp(calendar.day_number(change.time), first, last);
    SegmentDay& of = out[static_cast<size_t>(day - first)];
    change.entered ? ++of.entered : ++of.left;
  }
  for (size_t i = out.size(); i-- > 1;)
    out[i - 1].size = out[i].size + out[i].left - out[i].entered;
  return out;
}

}  // namespace weir
