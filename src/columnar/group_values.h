#pragma once
// What groups are like: the hours and weekdays on which they have rows, the events, and the first
// or last value of a property; counted for two sets of groups at once, so that one can be held
// against the other.

#include "columnar/selection.h"

#include "base/time.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace weir::columnar {

/// How many groups lie in the first set, in the second, and in both.
struct SetCounts {
  static constexpr uint8_t kFirst = 1, kSecond = 2;  // bits of a group's sets

  uint64_t first = 0, second = 0, both = 0;

  void add(uint8_t sets) {
    first += sets & kFirst;
    second += sets >> 1 & 1;
    both += sets == (kFirst | kSecond) ? 1 : 0;
  }
  void add(const SetCounts& other) {
    first += other.first;
    second += other.second;
    both += other.both;
  }
};

struct GroupValuesSpec {
  struct Feature {
    enum class Kind : uint8_t { Hour, Weekday, Event, First, Last };
    Kind kind = Kind::Hour;
    uint32_t property = kNone;  // First, Last
  };
  std::vector<Feature> features;
  EventSelection events;
  TimeMs from = 0, to = 0;  // from ≤ time ≤ to; First and Last look at everything up to `to`
  Calendar calendar = Calendar::shanghai();
  std::function<uint8_t(uint32_t group)> sets;  // a group in none is not looked at

  /// The groups with a value, or with any.
  struct Collect {
    size_t feature = 0;
    std::optional<std::string> text;
  };
  std::optional<Collect> collect;
};

struct GroupValuesResult {
  struct Value {
    std::string text;  // "0" … "23", "1" = Monday … "7", an event, a property's text
    SetCounts groups;
  };
  struct Feature {
    std::vector<Value> values;  // all hours and weekdays; others that are there, by text
    SetCounts any;              // groups with a value
  };
  std::vector<Feature> features;
  std::vector<uint32_t> groups;  // of `collect`, ascending
  uint64_t rows_scanned = 0;
};

Result<GroupValuesResult> run_group_values(const std::shared_ptr<const Snapshot>& snapshot,
                                           const GroupValuesSpec& spec, const ScanBudget& budget,
                                           std::span<Executor* const> helpers);

}  // namespace weir::columnar
