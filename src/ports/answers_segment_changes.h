#pragma once
// Answer to the question of model/query_segment_changes.h.

#include "base/time.h"
#include "model/ids.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weir {

struct SegmentChange {
  uint64_t number = 0;  // of the segment's changes, from 1
  TimeMs time = 0;
  ProfileOrdinal profile;  // as it was then: it may lead to another by now
  bool entered = false;    // else left
  uint32_t version = 0;    // of the definition
  uint32_t reason = 0;     // index of SegmentChangesAnswer::texts
  uint32_t by = 0;         // the event that decided; "" for none
  TimeMs by_time = 0;
};

struct SegmentChangesAnswer {
  std::vector<SegmentChange> changes;  // ascending by number
  std::vector<std::string> texts;
  uint64_t events_scanned = 0;
};

}  // namespace weir
