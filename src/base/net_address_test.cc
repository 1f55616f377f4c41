#include "base/net_address.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(NetAddressTest, OneAddressHasOneSpelling) {
  EXPECT_EQ(canonical_address("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(canonical_address("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(canonical_address("2001:DB8:0::7"), "2001:db8::7");
  for (const char* text : {"", "localhost", "192.0.2", "192.0.2.7:80", "0.0.0.0", "[::1]"}) {
    EXPECT_EQ(canonical_address(text), "") << text;
  }
}

TEST(NetAddressTest, LimitsCountIpv6BySubscriber) {
  EXPECT_EQ(address_group("2001:db8:1:2:3:4:5:6"), address_group("2001:db8:1:2::9"));
  EXPECT_NE(address_group("2001:db8:1:2::9"), address_group("2001:db8:1:3::9"));
  EXPECT_EQ(address_group("::ffff:192.0.2.7"), address_group("192.0.2.7"));
  EXPECT_NE(address_group("192.0.2.8"), address_group("192.0.2.7"));
}

}  // namespace
}  // namespace weir
