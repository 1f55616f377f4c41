#include "collect/decimal.h"

#include <gtest/gtest.h>

namespace weir::collect {
namespace {

int64_t micros(std::string_view text) {
  auto d = parse_decimal(text);
  EXPECT_TRUE(d) << text;
  return d ? d->micros : 0;
}

TEST(Decimal, ReadsWhatPeopleWrite) {
  EXPECT_EQ(micros("2.55"), 2'550'000);
  EXPECT_EQ(micros("-11062.06"), -11'062'060'000);
  EXPECT_EQ(micros("1,234,567.5"), 1'234'567'500'000);
  EXPECT_EQ(micros("￥99.9"), 99'900'000);
  EXPECT_EQ(micros("¥-3"), -3'000'000);
  EXPECT_EQ(micros("(12.00)"), -12'000'000);
  EXPECT_EQ(micros("１２．５"), 12'500'000);
  EXPECT_EQ(micros(".5"), 500'000);
  EXPECT_EQ(micros("+7."), 7'000'000);
  EXPECT_EQ(micros("0.1000000000"), 100'000);
}

TEST(Decimal, RefusesWhatWouldLoseDigits) {
  for (std::string_view text :
       {"1.38E+10", "", "-", "abc", "1.2.3", "0.0000001", "99999999999999999999", "12元", "--1x"}) {
    EXPECT_FALSE(parse_decimal(text)) << text;
  }
}

TEST(Decimal, RoundsToMinorUnitsHalfAwayFromZero) {
  EXPECT_EQ(to_minor_units({2'545'000}), 255);
  EXPECT_EQ(to_minor_units({2'544'999}), 254);
  EXPECT_EQ(to_minor_units({-2'545'000}), -255);
}

TEST(Decimal, SumsAndProductsAreChecked) {
  EXPECT_EQ(multiply({6'000'000}, {2'550'000})->micros, 15'300'000);
  EXPECT_FALSE(multiply({1}, {1}));
  EXPECT_FALSE(add({INT64_MAX}, {1}));
  EXPECT_FALSE(multiply({INT64_MAX}, {2'000'000}));
  EXPECT_EQ(to_text({2'550'000}), "2.55");
  EXPECT_EQ(to_text({-3'000'000}), "-3");
}

}  // namespace
}  // namespace weir::collect
