#pragma once
// Bucket of a time without a search: a table of slots no longer than the shortest bucket, so that a
// slot crosses at most one boundary. For passes that ask once per event.

#include "columnar/buckets.h"

#include <algorithm>
#include <bit>

namespace weir::columnar {

class BucketFinder {
 public:
  /// At least one bucket.
  explicit BucketFinder(const Buckets& buckets) : bounds_(buckets.starts) {
    bounds_.push_back(buckets.end);
    DurationMs shortest = buckets.end - buckets.starts[0];
    for (size_t i = 0; i + 1 < bounds_.size(); ++i)
      shortest = std::min(shortest, bounds_[i + 1] - bounds_[i]);
    shift_ = static_cast<int>(std::bit_width(static_cast<uint64_t>(shortest))) - 1;
    uint32_t bucket = 0;
    auto slots = (end() - 1 - begin()) >> shift_;
    for (TimeMs i = 0; i <= slots; ++i) {
      TimeMs slot = begin() + (i << shift_);
      while (bucket + 2 < bounds_.size() && slot >= bounds_[bucket + 1]) ++bucket;
      table_.push_back(bucket);
    }
  }

  TimeMs begin() const { return bounds_.front(); }
  TimeMs end() const { return bounds_.back(); }
  bool covers(TimeMs time) const { return time >= begin() && time < end(); }
  /// Of a time that is covered.
  uint32_t of(TimeMs time) const {
    uint32_t bucket = table_[static_cast<size_t>((time - begin()) >> shift_)];
    return bucket + (time >= bounds_[bucket + 1] ? 1 : 0);
  }

 private:
  std::vector<TimeMs> bounds_;  // starts and the end
  int shift_ = 0;
  std::vector<uint32_t> table_;  // bucket at the start of each slot
};

}  // namespace weir::columnar
