#pragma once
// What is counted in one cell of a trend: rows, groups, numbers of a property.

#include "columnar/scan.h"

#include <absl/container/flat_hash_set.h>

#include <memory>
#include <optional>
#include <vector>

namespace weir::columnar {

enum class Aggregate : uint8_t {
  Rows,
  Groups,
  RowsPerGroup,
  Sum,
  Mean,
  Min,
  Max,
  P50,
  P90,
  P99,
  Distinct,
  SumPerGroup,
};

inline bool needs_property(Aggregate a) {
  return a != Aggregate::Rows && a != Aggregate::Groups && a != Aggregate::RowsPerGroup;
}

/// Equal values have equal keys; 1 and 1.0 are one value.
std::pair<uint8_t, uint64_t> distinct_key(const Cell& cell);

class Tally {
 public:
  /// Counts one event of `group`; `cell` is the property's value for aggregates that need one.
  /// Returns true when it is the group's first event here. Events of a group must come without
  /// another group's in between.
  bool add(uint32_t group, Aggregate aggregate, const Cell& cell) {
    ++rows_;
    bool first = last_group_ != group;
    last_group_ = group;
    groups_ += first ? 1 : 0;
    if (needs_property(aggregate)) add_value(aggregate, cell);
    return first;
  }
  /// Adds the counts of a tally of other groups. Its firsts too.
  void merge(const Tally& other);
  /// One more group saw its first event of the whole range here (for running distinct groups).
  void add_first() { ++firsts_; }
  /// Turns groups into firsts, so that merging consecutive buckets gives running values.
  void groups_from_firsts() { groups_ = firsts_; }

  /// Nothing to say (no rows, no numbers, x/0) is nullopt, but for counts and sums, which are 0.
  std::optional<double> value(Aggregate aggregate) const;
  uint64_t rows() const { return rows_; }
  uint64_t memory_bytes() const {
    if (numbers_ == nullptr) return sizeof(*this);
    return sizeof(*this) + sizeof(Numbers) + numbers_->values.capacity() * sizeof(double) +
           numbers_->distinct.capacity() * 17;
  }

 private:
  void add_value(Aggregate aggregate, const Cell& cell);

  using DistinctSet = absl::flat_hash_set<std::pair<uint8_t, uint64_t>>;
  /// What only aggregates of a property need.
  struct Numbers {
    uint64_t count = 0;
    int64_t whole = 0;    // sum of integers, exact
    double fraction = 0;  // sum of doubles
    double min = 0, max = 0;
    std::vector<double> values;
    DistinctSet distinct;

    void merge(const Numbers& other);
  };

  // Apart, because most tallies are plain counts, and small ones stay in the cache.
  uint64_t rows_ = 0, groups_ = 0, firsts_ = 0;
  std::unique_ptr<Numbers> numbers_;
  uint32_t last_group_ = 0xffffffff;
};

}  // namespace weir::columnar
