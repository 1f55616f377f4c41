#include "base/json.h"

#include "base/bytes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(JsonTest, KeepsIntegersExact) {
  auto value = json::parse(R"({"a":9007199254740993,"b":-9223372036854775808,"c":1.5})");
  ASSERT_TRUE(value.has_value());
  const json::object& object = value->get_object();
  EXPECT_EQ(json::required_int(object, "a").value_or(0), 9007199254740993);
  EXPECT_EQ(json::required_int(object, "b").value_or(0), INT64_MIN);
  EXPECT_FALSE(json::required_int(object, "c").has_value());
}

TEST(JsonTest, RefusesWhatIsNotOneStrictDocument) {
  for (std::string_view text : {"", "{", "{}x", "{} {}", "{'a':1}", "{\"a\":1,}", "[01]", "nul",
                                "\"\xff\"", "\"\\ud800\"", "\"a\nb\"", "NaN", "// c\n1"}) {
    auto value = json::parse(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().code, ErrorCode::InvalidArgument);
  }
}

TEST(JsonTest, LimitsTheDepth) {
  EXPECT_TRUE(json::parse(std::string(32, '[') + std::string(32, ']')).has_value());
  EXPECT_FALSE(json::parse(std::string(33, '[') + std::string(33, ']')).has_value());
  EXPECT_FALSE(json::parse(std::string(1'000'000, '[')).has_value());
}

TEST(JsonTest, RefusesAKeyThatOneObjectHasTwice) {
  for (std::string_view text :
       {R"({"a":1,"a":2})", R"({"a":1,"a":1})", R"({"x":[{"b":1},{"a":1,"b":{"c":0},"a":2}]})",
        R"({"a":1,"\u0061":2})", R"({"b":{"a":1},"a":2,"c":3,"a":4})"}) {
    auto value = json::parse(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().field, "a") << text;
    EXPECT_NE(value.error().message.find("\"a\" appears twice"), std::string::npos);
  }
  EXPECT_FALSE(json::parse(R"({"":1,"":2})"));
  // The same key in different objects is nothing special.
  EXPECT_TRUE(json::parse(R"({"a":{"a":[{"a":1},{"a":2}]},"b":{"a":3}})"));
}

TEST(JsonTest, LimitsTheKeysOfAnObject) {
  auto object = [](int keys) {
    std::string text = "{\"k0\":0";
    for (int i = 1; i < keys; ++i) text += fmt::format(",\"k{}\":{}", i, i);
    return text + "}";
  };
  auto value = json::parse(object(512));
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->get_object().size(), 512u);
  value = json::parse(object(513));
  ASSERT_FALSE(value.has_value());
  EXPECT_NE(value.error().message.find("512"), std::string::npos);
}

TEST(JsonTest, BuildsWhatWasWritten) {
  std::string text =
      R"({"n":null,"t":true,"f":[false,1,-2,18446744073709551615,0.5,"é\n"],"o":{"e":{},"l":[]}})";
  auto value = json::parse(text);
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(*value, boost::json::parse(text));
  std::string long_key(100'000, 'k'), long_text(3'000'000, 's');
  auto big = json::parse(fmt::format(R"({{"{}":"{}"}})", long_key, long_text));
  ASSERT_TRUE(big.has_value());
  EXPECT_EQ(json::optional_string(big->get_object(), long_key), long_text);
}

TEST(JsonTest, NamesTheFieldThatIsWrong) {
  auto value = json::parse(R"({"name":7})");
  auto result = json::required_string(value->get_object(), "name", "steps[2]");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().field, "steps[2].name");
  EXPECT_NE(result.error().message.find("int64"), std::string::npos);
  EXPECT_FALSE(json::required_array(value->get_object(), "list").has_value());
}

TEST(JsonTest, WritesChineseAsItIs) {
  auto value = json::parse("{\"城市\":\"上海\"}");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(json::to_text(*value), "{\"城市\":\"上海\"}");
}

TEST(BytesTest, GoBothWays) {
  std::string data;
  ByteWriter writer(data);
  writer.u8(200);
  writer.u32(0xdeadbeef);
  writer.u64(UINT64_MAX);
  writer.f64(-0.5);
  writer.varint(UINT64_MAX);
  writer.varint(300);
  writer.zigzag(INT64_MIN);
  writer.zigzag(-1);
  writer.string("weir");
  ByteReader reader(data);
  EXPECT_EQ(reader.u8(), 200);
  EXPECT_EQ(reader.u32(), 0xdeadbeef);
  EXPECT_EQ(reader.u64(), UINT64_MAX);
  EXPECT_EQ(reader.f64(), -0.5);
  EXPECT_EQ(reader.varint(), UINT64_MAX);
  EXPECT_EQ(reader.varint(), 300u);
  EXPECT_EQ(reader.zigzag(), INT64_MIN);
  EXPECT_EQ(reader.zigzag(), -1);
  EXPECT_EQ(reader.string(), "weir");
  EXPECT_TRUE(reader.ok() && reader.at_end());
}

TEST(BytesTest, NeverReadPastTheEnd) {
  std::string data;
  ByteWriter writer(data);
  writer.string("a longer string");
  for (size_t size = 0; size < data.size(); ++size) {
    ByteReader reader(std::string_view(data).substr(0, size));
    EXPECT_EQ(reader.string(), "");
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.u64(), 0u);  // stays bad
  }
  ByteReader endless("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
  endless.varint();
  EXPECT_FALSE(endless.ok());
}

}  // namespace
}  // namespace weir
