#pragma once
// Answer to AttributionQuery (AT1–AT7).

#include <cstdint>
#include <string>
#include <vector>

namespace weir {

struct AttributionCredit {
  double orders = 0, value = 0;
  uint64_t persons = 0;
};

struct AttributionAnswer {
  struct Channel {
    std::string name;
    std::vector<AttributionCredit> credits;  // as query.models
    uint64_t assisted = 0, last = 0;         // orders (AT7)
    double removal = 0;                      // Markov: share of conversions lost without it
    double rate = 0;                         // ShapleyRate: what it adds to the rate
  };
  std::vector<Channel> channels;   // by descending orders of the first model, then name
  AttributionCredit all, none;     // all orders; those without touch
  std::vector<uint64_t> lengths;   // orders by number of touches
  std::vector<uint64_t> lag_days;  // orders by whole days from the first touch
  double probability = 0;          // Markov: from start to conversion
  uint64_t events_scanned = 0;
};

}  // namespace weir
