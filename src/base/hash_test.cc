#include "base/hash.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

// RFC 3720 B.4, and the check value of the CRC catalogue.
TEST(Crc32cTest, MatchesThePublishedVectors) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  std::string up;
  for (int i = 0; i < 32; ++i) up.push_back(static_cast<char>(i));
  EXPECT_EQ(crc32c(up), 0x46dd794eu);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Crc32cTest, GoesOnFromAnEarlierSum) {
  std::string text = "The quick brown fox jumps over the lazy dog";
  for (size_t i = 0; i <= text.size(); ++i) {
    EXPECT_EQ(crc32c(std::string_view(text).substr(i), crc32c(std::string_view(text).substr(0, i))),
              crc32c(text));
  }
}

// SEMANTICS G18 as ClickHouse answers it. Stored splits depend on these numbers for ever.
TEST(SipHashTest, MatchesTheVectorsOfG18) {
  EXPECT_EQ(siphash64("s1:42"), 3058529508933095746ull);
  EXPECT_EQ(siphash64("wk:7"), 1636108682359659561ull);
  EXPECT_EQ(bucket_of("s1", "42"), 5746);
  EXPECT_EQ(bucket_of("wk", "7"), 9561);
}

TEST(SipHashTest, SpreadsBucketsEvenly) {
  int low = 0;
  for (int i = 0; i < 20'000; ++i) low += bucket_of("even", std::to_string(i)) < 5000 ? 1 : 0;
  EXPECT_NEAR(low, 10'000, 300);
}

// xxHash's own sanity values: XXH3 of no bytes, seed 0.
TEST(XxHashTest, MatchesThePublishedVectors) {
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2ull);
  EXPECT_EQ(to_hex(hash128("")), "99aa06d3014798d86001c324468d497f");
  EXPECT_NE(hash64("a", 1), hash64("a", 2));
}

}  // namespace
}  // namespace weir
