#pragma once
// Calendar buckets of a range (local hours, days, weeks, months, quarters, years).

#include "base/time.h"

#include <vector>

namespace weir::columnar {

enum class BucketUnit : uint8_t { Hour, Day, Week, Month, Quarter, Year };

/// Consecutive buckets: bucket i is [starts[i], starts[i+1]), the last one ends at `end`. The first
/// may begin before the range and the last may end after it.
struct Buckets {
  std::vector<TimeMs> starts;
  TimeMs end = 0;

  size_t size() const { return starts.size(); }
  TimeMs bucket_end(size_t i) const { return i + 1 < starts.size() ? starts[i + 1] : end; }
  /// Bucket of a time within the buckets.
  size_t of(TimeMs time) const;
};

inline constexpr size_t kBucketsMax = 10000;

/// Buckets that cover [from, to); ResourceExhausted when they are more than kBucketsMax.
Result<Buckets> make_buckets(TimeMs from, TimeMs to, BucketUnit unit, bool week_starts_sunday,
                             const Calendar& calendar);

/// The buckets of make_buckets with `more` after them.
Result<Buckets> make_buckets_and(size_t more, TimeMs from, TimeMs to, BucketUnit unit,
                                 bool week_starts_sunday, const Calendar& calendar);

}  // namespace weir::columnar
