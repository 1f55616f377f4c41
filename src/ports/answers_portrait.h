#pragma once
// Answer to the question of model/query_portrait.h.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir {

struct PortraitAnswer {
  /// Persons in the group, in the baseline, and in both.
  struct Count {
    uint64_t group = 0, baseline = 0, both = 0;
  };
  struct Value {
    std::string text;  // unique in its feature
    Count persons;
    std::optional<double> from, to;  // of a bin
  };
  struct Feature {
    bool ordered = false;       // hours, weekdays, bins: values come in their own order
    std::vector<Value> values;  // else by descending persons of group, then baseline, then text
    Count none;                 // persons without a value
    uint64_t distinct = 0;      // values there are; at most kPortraitValuesMax are given
  };
  std::vector<Feature> features;  // as asked
  Count persons;
  uint64_t events_scanned = 0;
};

inline constexpr size_t kPortraitValuesMax = 10'000;

}  // namespace weir
