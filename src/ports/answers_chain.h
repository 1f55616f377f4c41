#pragma once
// Answer to FullChainQuery.

#include "base/time.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weir {

struct FullChainAnswer {
  struct Cell {
    uint64_t entries = 0;
    std::vector<uint64_t> kinds;  // as query.entries
    uint64_t engaged = 0, buyers = 0, new_buyers = 0, repurchasers = 0, orders = 0;
    double net = 0;
  };
  struct Series {
    std::string source;  // empty: all
    Cell total;
    std::vector<Cell> values;  // per bucket
  };
  std::vector<TimeMs> buckets;
  TimeMs buckets_end = 0;
  Series total;
  std::vector<Series> sources;  // by descending entries, then name; "$other" last
  uint64_t events_scanned = 0;
};

}  // namespace weir
