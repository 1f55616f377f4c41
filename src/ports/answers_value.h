#pragma once
// Answers to the questions of model/query_value.h.

#include "base/time.h"
#include "model/ids.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir {

struct RfmAnswer {
  struct Cell {
    std::array<int, 3> scores{};  // 1 = high and 0 = low, or 1 and up
    uint64_t persons = 0, orders = 0;
    double amount = 0;
  };
  struct Axis {
    double min = 0, p20 = 0, p40 = 0, p50 = 0, p60 = 0, p80 = 0, max = 0, avg = 0;
  };
  std::vector<Cell> cells;   // those with persons, best first
  std::array<Axis, 3> axes;  // of persons > 0
  Cell total;
  uint64_t events_scanned = 0;
};

struct StagesAnswer {
  struct Stage {
    uint64_t persons = 0, orders = 0;
    double amount = 0;
    uint64_t revived = 0;
  };
  uint64_t prospects = 0;       // no order ever
  std::array<Stage, 5> stages;  // new, active, silent, dormant, lost
  uint64_t events_scanned = 0;
};

struct LtvAnswer {
  struct Cell {
    uint64_t persons = 0;
    // Up to and with each period:
    std::vector<double> amount;
    std::vector<uint64_t> buyers;
    std::vector<bool> complete;
  };
  struct Series {
    std::vector<std::string> breakdown;
    Cell total;
    std::vector<Cell> cohorts;  // per bucket
  };
  std::vector<TimeMs> buckets;
  TimeMs buckets_end = 0;
  std::vector<bool> final_flags;
  Series total;
  std::vector<Series> series;  // with a breakdown
  uint64_t events_scanned = 0;
};

struct RepurchaseAnswer {
  struct Cell {
    uint64_t buyers = 0;
    std::vector<uint64_t> again;  // one, or as query.within_days
    std::vector<uint64_t> of;     // as again: buyers it is a share of
    std::vector<bool> complete;
  };
  std::vector<TimeMs> buckets;
  std::vector<bool> final_flags;
  Cell total;
  std::vector<Cell> values;  // per bucket
  uint64_t events_scanned = 0;
};

struct PurchasesAnswer {
  struct Buyer {
    ProfileOrdinal profile;
    int32_t first = 0, last = 0;  // periods of the first and the last purchase
    uint32_t repeats = 0;         // purchases after the first; one period is one purchase
    double value = 0, repeat_value = 0;
    // Up to and with the cut; without meaning for buyers whose first purchase came later.
    uint32_t cut_repeats = 0;
    int32_t cut_last = 0;
    double cut_repeat_value = 0;
  };
  std::vector<Buyer> buyers;  // ascending
  int32_t end = 0;            // period of as_of
  uint64_t events_scanned = 0;
};

struct PropertyAnswer {
  enum class As : uint8_t { Category, Number, Date } as = As::Category;
  uint64_t persons = 0, none = 0;  // in the base; without a value (of the kind asked for)
  struct Value {
    std::string text;  // "$other" for the rest
    uint64_t persons = 0;
  };
  std::vector<Value> values;     // categories: by descending persons, then text; top 25
  std::vector<double> bins;      // numbers: lower bounds
  std::vector<uint64_t> counts;  // below the first bound, then per bound; dates: per bucket
  std::vector<TimeMs> buckets;   // dates
  struct Stats {
    double min = 0, avg = 0, p50 = 0, p90 = 0, max = 0;
  };
  std::optional<Stats> stats;  // of numbers
};

}  // namespace weir
