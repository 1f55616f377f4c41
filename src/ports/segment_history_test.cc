#include "ports/segment_history.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr TimeMs kMonday = 1772380800000;  // 2026-03-02 00:00 in Shanghai

SegmentChange change(uint64_t number, uint32_t profile, bool entered, TimeMs time) {
  SegmentChange out;
  out.number = number;
  out.profile = ProfileOrdinal(profile);
  out.entered = entered;
  out.time = time;
  return out;
}

std::vector<ProfileOrdinal> people(std::initializer_list<uint32_t> ordinals) {
  return {ordinals.begin(), ordinals.end()};
}

TEST(SegmentHistory, TurnsEachPersonOverOncePerChange) {
  // 1 stayed, 2 left, 3 entered, 4 entered and left, 5 left, entered and left.
  std::vector<SegmentChange> changes = {
      change(1, 2, false, 1), change(2, 3, true, 1), change(3, 4, true, 1), change(4, 4, false, 1),
      change(5, 5, false, 2), change(6, 5, true, 2), change(7, 5, false, 2)};
  EXPECT_EQ(members_before(people({1, 3}), changes), people({1, 2, 5}));
  EXPECT_EQ(members_before(people({1, 3}), {}), people({1, 3}));
}

TEST(SegmentHistory, CountsDaysBackwardsFromTodaysSize) {
  std::vector<SegmentChange> changes = {
      change(1, 1, true, kMonday + kHourMs), change(2, 2, true, kMonday + 2 * kHourMs),
      change(3, 1, false, kMonday + 2 * kDayMs), change(4, 3, true, kMonday + 2 * kDayMs)};
  std::vector<SegmentDay> days =
      days_of(changes, 7, kMonday, kMonday + 3 * kDayMs + 1, Calendar::shanghai());
  ASSERT_EQ(days.size(), 4u);
  EXPECT_EQ(days[0].start, kMonday);
  EXPECT_EQ(days[0].entered, 2u);
  std::vector<uint64_t> sizes;
  for (const SegmentDay& day : days) sizes.push_back(day.size);
  EXPECT_EQ(sizes, (std::vector<uint64_t>{7, 7, 7, 7}));
  EXPECT_EQ(days[2].left, 1u);
  // Before the first day there were five: two entered on it.
  EXPECT_EQ(days[0].size + days[0].left - days[0].entered, 5u);
}

}  // namespace
}  // namespace weir
