#include "columnar/quantiles.h"

#include "tests/support/seeded_random.h"

#include <gtest/gtest.h>

namespace weir::columnar {
namespace {

/// Puts some ranks in place and compares with sorting.
template <class T>
void check(std::vector<T> values, weir::testing::SeededRandom& random) {
  std::vector<T> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  std::vector<size_t> ranks{0, values.size() - 1};
  for (int i = 0; i < 8; ++i) ranks.push_back(random.next() % values.size());
  tidy_ranks(ranks);
  select_ranks(std::span<T>(values), std::span<const size_t>(ranks));
  for (size_t i = 0; i < ranks.size(); ++i) {
    EXPECT_EQ(values[ranks[i]], sorted[ranks[i]]);
    size_t end = i + 1 < ranks.size() ? ranks[i + 1] : values.size();
    for (size_t at = ranks[i]; at < end; ++at) ASSERT_LE(values[ranks[i]], values[at]);
  }
  std::sort(values.begin(), values.end());
  EXPECT_EQ(values, sorted);
}

TEST(Quantiles, RanksAreWhereSortingPutsThem) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    weir::testing::SeededRandom random(seed);
    size_t count = seed % 3 == 0 ? 100 : kSpreadFrom * 2 + seed;
    std::vector<double> even, crowded, same(count, 7.5);
    std::vector<int64_t> few, wide;
    for (size_t i = 0; i < count; ++i) {
      auto n = static_cast<int64_t>(random.next() % 1000003);
      even.push_back(static_cast<double>(n) / 7 - 500);
      crowded.push_back(i == 5 ? 1e300 : static_cast<double>(n % 97));
      few.push_back(n % 5);
      wide.push_back(n % 2 == 0 ? n : INT64_MIN + n);
    }
    check(even, random);
    check(crowded, random);
    check(same, random);
    check(few, random);
    check(wide, random);
  }
}

}  // namespace
}  // namespace weir::columnar
