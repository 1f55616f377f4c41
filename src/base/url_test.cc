#include "base/url.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(PercentTest, GoesBothWays) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  EXPECT_EQ(percent_decode(percent_encode(all), false), all);
  EXPECT_EQ(percent_encode("a b/中~"), "a%20b%2F%E4%B8%AD~");
}

TEST(PercentTest, LeavesBadEscapesAlone) {
  EXPECT_EQ(percent_decode("100%", false), "100%");
  EXPECT_EQ(percent_decode("%4", false), "%4");
  EXPECT_EQ(percent_decode("%zz%41", false), "%zzA");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  EXPECT_EQ(percent_decode("a+b", false), "a+b");
}

TEST(QueryStringTest, KeepsOrderAndTheFirstOfARepeatedName) {
  QueryString query("a=1&b=x%20y+z&a=2&&flag&empty=&=noname&c=1=2");
  EXPECT_EQ(query.get("a"), "1");
  EXPECT_EQ(query.get("b"), "x y z");
  EXPECT_TRUE(query.has("flag"));
  EXPECT_TRUE(query.has("empty"));
  EXPECT_FALSE(query.has("absent"));
  EXPECT_EQ(query.get("absent"), "");
  EXPECT_EQ(query.get("c"), "1=2");
  EXPECT_EQ(query.items().size(), 7u);
  EXPECT_TRUE(QueryString("").items().empty());
}

TEST(UrlTest, SplitsAndFillsIn) {
  Url url = *parse_url("https://API.weixin.qq.com/cgi-bin/token?x=1#part");
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "api.weixin.qq.com");
  EXPECT_EQ(url.port, "443");
  EXPECT_EQ(url.target, "/cgi-bin/token?x=1");
  EXPECT_EQ(parse_url("http://h")->target, "/");
  EXPECT_EQ(parse_url("http://h:8080?q")->target, "/?q");
  EXPECT_EQ(parse_url("http://h:8080?q")->port, "8080");
  EXPECT_EQ(parse_url("http://[::1]:81/x")->host, "::1");
}

TEST(UrlTest, RefusesWhatCouldMislead) {
  for (std::string_view text :
       {"", "h/x", "ftp://h/", "http://", "http:///x", "http://user@h/", "http://a b/",
        "http://h:99999/", "http://h:8a/", "http://h/\r\nX: y", "http://[::1/", "http://h\\@evil/",
        "http://[evil.com]/", "javascript://h/"}) {
    auto result = parse_url(text);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().code, ErrorCode::InvalidArgument);
  }
}

TEST(BasicAuthTest, ReadsUserAndPassword) {
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(parse_basic_auth("Basic d2s6"), Pair("wk", ""));
  EXPECT_EQ(parse_basic_auth("basic YTpiOmM="), Pair("a", "b:c"));
  EXPECT_EQ(parse_basic_auth("Bearer d2s6"), Pair());
  EXPECT_EQ(parse_basic_auth("Basic ***"), Pair());
  EXPECT_EQ(parse_basic_auth(""), Pair());
}

}  // namespace
}  // namespace weir
