#pragma once
// Answer to IntervalQuery (DS2).

#include "base/time.h"

#include <string>
#include <vector>

namespace weir {

struct IntervalBoxPlot {
  uint64_t pairs = 0, persons = 0;
  // Of pairs > 0:
  DurationMs min_ms = 0, max_ms = 0;
  double avg_ms = 0, p25_ms = 0, p50_ms = 0, p75_ms = 0, p90_ms = 0;
};

struct IntervalAnswer {
  std::vector<TimeMs> buckets;  // by time of the start event
  std::vector<bool> final_flags;
  struct Bin {
    DurationMs from_ms = 0, to_ms = -1;  // -1 = no end
    uint64_t pairs = 0;
  };
  struct Series {
    std::vector<std::string> breakdown;  // empty without one
    IntervalBoxPlot total;
    std::vector<IntervalBoxPlot> values;  // per bucket
    std::vector<Bin> histogram;
  };
  std::vector<Series> series;
  IntervalBoxPlot total;  // all pairs; persons are not a sum (G16)
  std::vector<Bin> histogram;
  uint64_t events_scanned = 0;
};

}  // namespace weir
