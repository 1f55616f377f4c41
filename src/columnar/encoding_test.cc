#include "columnar/bit_pack.h"
#include "columnar/buckets.h"
#include "columnar/kernels.h"
#include "columnar/mapping.h"
#include "columnar/statistics.h"
#include "columnar/time_block.h"
#include "tests/support/seeded_random.h"

#include <gtest/gtest.h>

#include <vector>

namespace weir::columnar {
namespace {

TEST(BitPack, EveryWidthComesBack) {
  for (int width = 0; width <= 64; width = width == 56 ? 64 : width + 1) {
    uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
    std::vector<uint64_t> values;
    for (uint64_t i = 0; i < 100; ++i) values.push_back((i * 0x9E3779B97F4A7C15ull) & mask);
    std::string bytes;
    pack(values, width, bytes);
    bytes.append(kPackPadding, '\0');
    for (size_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(unpack_one(bytes.data(), width, i), values[i]) << width;
    if (width > 16) continue;
    std::vector<uint16_t> out(values.size());
    unpack_u16(bytes.data(), width, static_cast<uint32_t>(values.size()), out.data());
    for (size_t i = 0; i < values.size(); ++i) ASSERT_EQ(out[i], values[i]) << width;
  }
}

TEST(Kernels, TheVectorFormsSayWhatThePlainOnesSay) {
  weir::testing::SeededRandom random(7);
  for (int round = 0; round < 400; ++round) {
    auto count = static_cast<uint32_t>(random.next() % kBlockRows + 1);
    int width = static_cast<int>(random.next() % 9);
    std::vector<uint64_t> values(count);
    for (uint64_t& v : values) v = width == 0 ? 0 : random.next() >> (64 - width);
    std::string bytes;
    pack(values, width, bytes);
    bytes.append(kPackPadding, '\0');
    std::array<uint8_t, kBlockRows> fast{}, slow{};
    unpack_u8(bytes.data(), width, count, fast.data());
    plain::unpack_u8(bytes.data(), width, count, slow.data());
    ASSERT_TRUE(std::equal(fast.begin(), fast.begin() + count, slow.begin())) << width;
    ByteSet set;
    for (uint64_t n = random.next() % 40; n > 0; --n)
      set.add(static_cast<uint8_t>(random.next() >> (64 - 8)));
    BlockBits fast_bits, slow_bits;
    match_bytes(slow.data(), count, set, fast_bits);
    plain::match_bytes(slow.data(), count, set, slow_bits);
    ASSERT_EQ(fast_bits, slow_bits) << count;
    std::vector<TimeMs> times(count);
    for (TimeMs& t : times)
      t = static_cast<TimeMs>(random.next() >> (64 - random.next() % 33 - 1) >> 32);
    BlockRef ref;
    ref.count = static_cast<uint16_t>(count);
    std::string deltas;
    encode_times(times, ref, deltas);
    deltas.append(kPackPadding, '\0');
    std::array<uint32_t, kBlockRows> fast_sums{}, slow_sums{};
    sum_deltas(deltas.data(), count, fast_sums.data());
    plain::sum_deltas(deltas.data(), count, slow_sums.data());
    ASSERT_TRUE(std::equal(fast_sums.begin(), fast_sums.begin() + count, slow_sums.begin()));
  }
}

TEST(TimeBlock, SecondsMillisecondsAndAbsurdTimesComeBack) {
  const std::vector<std::vector<TimeMs>> cases = {
      {0},
      {1772380800000, 1772380830000, 1772380831000, 1700000000000},
      {1772380800123, 1772380800124, 1772380800124, 1772380900000},
      {1772380800001, 1772380800001 + int64_t{UINT32_MAX}, 1772380800001},
      {1772380800001, 1772380800002 + int64_t{UINT32_MAX}, 1772380800001},
      {INT64_MAX, INT64_MIN, 0, -1, 1},
      {-5000, 5000, 1000000000000000}};
  for (const auto& times : cases) {
    std::string bytes;
    BlockRef ref;
    ref.count = static_cast<uint16_t>(times.size());
    encode_times(times, ref, bytes);
    bytes.append(kPackPadding, '\0');
    TimeBlock block;
    block.decode(ref, bytes.data());
    for (uint32_t i = 0; i < times.size(); ++i) EXPECT_EQ(block[i], times[i]);
  }
}

TEST(Statistics, PercentilesInterpolate) {
  std::vector<double> v = {5000, 9900, 19900, 30000};
  EXPECT_DOUBLE_EQ(percentile(std::span<const double>(v), 0.5), 14900);
  EXPECT_DOUBLE_EQ(percentile(std::span<const double>(v), 0.9), 26970);
  EXPECT_DOUBLE_EQ(percentile(std::span<const double>(v).first(1), 0.9), 5000);
}

std::vector<uint32_t> subjects_of(const MappingSnapshot& mapping, uint32_t group) {
  std::vector<uint32_t> out;
  mapping.subjects(group, [&](uint32_t s) { out.push_back(s); });
  std::sort(out.begin(), out.end());
  return out;
}

TEST(Mapping, JoinsMovesAndDropsWithoutTouchingSnapshots) {
  Mapping mapping;
  for (uint32_t s = 0; s < 10; ++s) mapping.assign(s, s / 2);
  MappingSnapshot before = mapping.snapshot();
  mapping.join(1, 0);
  mapping.assign(9, 0);
  mapping.drop(2);
  MappingSnapshot after = mapping.snapshot();
  EXPECT_EQ(subjects_of(before, 0), (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(subjects_of(before, 2), (std::vector<uint32_t>{4, 5}));
  EXPECT_EQ(subjects_of(after, 0), (std::vector<uint32_t>{0, 1, 2, 3, 9}));
  EXPECT_EQ(subjects_of(after, 4), (std::vector<uint32_t>{8}));
  EXPECT_TRUE(subjects_of(after, 1).empty());
  EXPECT_EQ(after.group(4), kDropped);
  EXPECT_EQ(after.group(77), kNone);
  EXPECT_NE(before.version, after.version);
}

TEST(Mapping, ANewHighestSubjectKeepsTheVersion) {
  Mapping mapping;
  mapping.assign(0, 0);
  uint64_t version = mapping.version();
  mapping.assign(1, 1);
  EXPECT_EQ(mapping.version(), version);
  mapping.assign(0, 1);
  EXPECT_NE(mapping.version(), version);
}

TEST(Buckets, FollowTheCalendarOfAZoneWithDaylightSaving) {
  Calendar berlin = *Calendar::open("Europe/Berlin");
  TimeMs from = *berlin.parse_date("2026-03-28"), to = *berlin.parse_date("2026-03-31");
  Buckets days = *make_buckets(from, to, BucketUnit::Day, false, berlin);
  ASSERT_EQ(days.size(), 3u);
  EXPECT_EQ(days.bucket_end(1) - days.starts[1], 23 * kHourMs);  // 29 March has 23 hours
  EXPECT_EQ(days.of(days.starts[1]), 1u);
  EXPECT_EQ(days.of(days.starts[1] - 1), 0u);
  EXPECT_EQ(make_buckets(from, to, BucketUnit::Hour, false, berlin)->size(), 71u);
  Buckets weeks = *make_buckets(from, to, BucketUnit::Week, false, berlin);
  EXPECT_EQ(berlin.date_text(weeks.starts[0]), "2026-03-23");
  EXPECT_EQ(berlin.date_text(make_buckets(from, to, BucketUnit::Week, true, berlin)->starts[0]),
            "2026-03-22");
  Buckets months =
      *make_buckets(*berlin.parse_date("2026-01-31"), to, BucketUnit::Month, false, berlin);
  ASSERT_EQ(months.size(), 3u);
  EXPECT_EQ(berlin.date_text(months.starts[1]), "2026-02-01");
  EXPECT_FALSE(make_buckets(0, to, BucketUnit::Hour, false, berlin));
}

}  // namespace
}  // namespace weir::columnar
