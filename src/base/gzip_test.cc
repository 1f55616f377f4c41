#include "base/gzip.h"

#include <gtest/gtest.h>

#include <string>

namespace weir {
namespace {

constexpr size_t kMax = 16 << 20;

std::string noise(size_t size) {
  std::string out;
  uint32_t state = 1;
  for (size_t i = 0; i < size; ++i) {
    state = state * 1664525 + 1013904223;
    out.push_back(static_cast<char>(state >> 24));
  }
  return out;
}

TEST(GzipTest, GoesBothWays) {
  for (const std::string& text :
       {std::string(), std::string("a"), std::string(3000, 'x'), noise(100), noise(700'000)}) {
    std::string packed = gzip(text);
    EXPECT_TRUE(looks_like_gzip(packed));
    auto result = inflate(packed, kMax);
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_EQ(*result, text);
  }
}

// Python: zlib.compress(b"hello")
TEST(GzipTest, InflatesZlibToo) {
  std::string packed("\x78\x9c\xcb\x48\xcd\xc9\xc9\x07\x00\x06\x2c\x02\x15", 13);
  EXPECT_FALSE(looks_like_gzip(packed));
  EXPECT_EQ(inflate(packed, kMax).value_or("?"), "hello");
}

TEST(GzipTest, JoinsMembersButRefusesOtherTrailingBytes) {
  EXPECT_EQ(inflate(gzip("one ") + gzip("two"), kMax).value_or("?"), "one two");
  EXPECT_FALSE(inflate(gzip("one") + "junk", kMax).has_value());
}

TEST(GzipTest, StopsABombAtTheRatio) {
  std::string bomb = gzip(std::string(10 << 20, '\0'));
  ASSERT_LT(bomb.size(), 11'000u);
  auto result = inflate(bomb, kMax);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::ResourceExhausted);
  EXPECT_NE(result.error().message.find("100 times"), std::string::npos);
}

TEST(GzipTest, LetsSmallRepetitiveBodiesPass) {
  std::string zeros(1 << 20, '0');
  EXPECT_EQ(inflate(gzip(zeros), kMax).value_or("").size(), zeros.size());
}

TEST(GzipTest, StopsAtTheSizeLimitAndNotBefore) {
  std::string text = noise(5000);
  EXPECT_EQ(inflate(gzip(text), 5000).value_or("").size(), 5000u);
  auto result = inflate(gzip(text), 4999);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::ResourceExhausted);
}

TEST(GzipTest, RefusesEveryTruncation) {
  std::string packed = gzip(noise(300));
  for (size_t size = 0; size < packed.size(); ++size) {
    auto result = inflate(std::string_view(packed).substr(0, size), kMax);
    ASSERT_FALSE(result.has_value()) << size;
    EXPECT_EQ(result.error().code, ErrorCode::InvalidArgument);
  }
}

TEST(GzipTest, NoticesDamage) {
  std::string packed = gzip(noise(300));
  packed[packed.size() - 6] = static_cast<char>(packed[packed.size() - 6] ^ 1);  // the checksum
  EXPECT_FALSE(inflate(packed, kMax).has_value());
  EXPECT_FALSE(inflate("plain text", kMax).has_value());
}

}  // namespace
}  // namespace weir
