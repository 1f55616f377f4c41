#include "base/json.h"

#include "base/bytes.h"

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

TEST(JsonTest, TakesTheLastOfARepeatedKey) {
  auto value = json::parse(R"({"a":1,"a":2})");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(json::optional_int(value->get_object(), "a", 0), 2);
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
