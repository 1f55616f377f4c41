#pragma once
// Answer to DistributionQuery (DS1).

#include "base/time.h"

#include <string>
#include <vector>

namespace weir {

struct DistributionCell {
  uint64_t persons = 0;
  // Of persons > 0:
  double sum = 0, min = 0, p25 = 0, p50 = 0, p75 = 0, p90 = 0, max = 0;
  std::vector<uint64_t> counts;  // persons below the first bound, then per bound
};

struct DistributionAnswer {
  std::vector<double> bins;     // lower bounds
  std::vector<TimeMs> buckets;  // with a trend
  std::vector<bool> final_flags;
  struct Series {
    std::vector<std::string> breakdown;
    DistributionCell total;
    std::vector<DistributionCell> values;  // per bucket
  };
  Series total;                // everything together
  std::vector<Series> series;  // with a breakdown
  uint64_t events_scanned = 0;
};

}  // namespace weir
