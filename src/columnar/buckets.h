#pragma once
// Calendar buckets of a range (local hours, days, weeks, months, quarters, years).

#include "base/time.h"

#include <algorithm>
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
  /// Bucket of a time within the buckets; of others, the nearest. They are nearly of one length,
  /// so a guess is at most a step or two away.
  size_t of(TimeMs time) const {
    auto span = static_cast<double>(end - starts.front());
    double guess =
        static_cast<double>(time - starts.front()) / span * static_cast<double>(starts.size());
    auto last = static_cast<double>(starts.size() - 1);
    auto i = static_cast<size_t>(std::clamp(guess, 0.0, last));
    while (i > 0 && time < starts[i]) --i;
    while (i + 1 < starts.size() && time >= starts[i + 1]) ++i;
    return i;
  }
};

inline constexpr size_t kBucketsMax = 10000;

/// Buckets that cover [from, to); ResourceExhausted when they are more than kBucketsMax.
Result<Buckets> make_buckets(TimeMs from, TimeMs to, BucketUnit unit, bool week_starts_sunday,
                             const Calendar& calendar);

/// The buckets of make_buckets with `more` after them.
Result<Buckets> make_buckets_and(size_t more, TimeMs from, TimeMs to, BucketUnit unit,
                                 bool week_starts_sunday, const Calendar& calendar);

}  // namespace weir::columnar
