#pragma once
// What a person's tags were and when (TG5): read back from the $tag_changed facts of the person,
// which the behaviour store keeps, so it costs no state of its own and follows merges and splits.

#include "ports/people.h"

#include <string>
#include <string_view>
#include <vector>

namespace weir::tags {

struct TagPeriod {
  std::string code, value, source, base_date;
  uint32_t version = 0;  // of the definition
  TimeMs from = 0;
  TimeMs to = 0;  // 0 = holds now
};
/// Changes that an answer goes back to: older ones than the latest 1,000 are left out.
inline constexpr size_t kPeriodsMax = 1000;

/// Newest first. `code` empty = all tags. `now`: current value of a tag as text and since when, or
/// empty; a merge may have brought changes of two people, and the present is what it is.
struct Present {
  std::string value;
  TimeMs since = 0;
};
std::vector<TagPeriod> tag_history(const HistoryReader& reader, ProfileOrdinal profile,
                                   std::string_view code, TimeMs now,
                                   const std::function<Present(std::string_view)>& present);

}  // namespace weir::tags
