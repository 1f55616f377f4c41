#pragma once
// Answers to model/query_activity.h.

#include "base/time.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weir {

struct LifecycleCounts {
  uint64_t active = 0, fresh = 0, returning = 0, resurrected = 0, dormant = 0;
};

struct LifecycleLine {
  std::vector<std::string> values;      // of the breakdown; empty = everybody
  std::vector<LifecycleCounts> counts;  // as LifecycleAnswer::buckets
};

struct LifecycleAnswer {
  std::vector<TimeMs> buckets;
  std::vector<bool> final_flags, partial;  // G9
  std::vector<LifecycleLine> lines;        // everybody, then by breakdown
  uint64_t churned = 0;                    // RT8, at the end of the range
  std::vector<uint64_t> came_back;         // RT8's resurrected, per bucket
  uint64_t events_scanned = 0;
};

struct StickinessLine {
  std::vector<std::string> values;
  std::vector<uint64_t> persons;  // [k-1]: active in exactly k intervals, or at least k
  uint64_t total = 0;             // active in any
};

struct StickinessAnswer {
  std::vector<TimeMs> buckets;
  std::vector<StickinessLine> lines;  // everybody, then by breakdown
  uint64_t events_scanned = 0;
};

}  // namespace weir
