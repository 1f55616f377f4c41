#pragma once
// Answers to model/query_retention.h.

#include "base/time.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weir {

struct RetentionCohort {
  uint64_t size = 0;               // column 0
  uint64_t n0_return = 0;          // RT3
  std::vector<uint64_t> retained;  // column 1 and on
  /// Whether the last period of each column, 0 and on, has ended for everybody (RT5).
  std::vector<bool> ended;
};

struct RetentionLine {
  std::vector<std::string> values;       // of the breakdown; empty = everybody
  std::vector<RetentionCohort> cohorts;  // as RetentionAnswer::buckets
};

struct RetentionAnswer {
  std::vector<TimeMs> buckets;
  std::vector<bool> final_flags;     // G9, of the size
  std::vector<RetentionLine> lines;  // everybody, then by breakdown
  uint64_t events_scanned = 0;
};

}  // namespace weir
