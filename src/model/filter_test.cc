#include "model/filter.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

Filter parsed(std::string_view text) {
  auto v = json::parse(text);
  EXPECT_TRUE(v) << text;
  auto f = parse_filter(&*v, "filter");
  EXPECT_TRUE(f) << text << ": " << (f ? "" : f.error().message);
  return f ? *f : Filter{};
}

Error error_of(std::string_view text) {
  auto v = json::parse(text);
  EXPECT_TRUE(v);
  auto f = parse_filter(&*v, "filter");
  EXPECT_FALSE(f) << text;
  return f ? Error{} : f.error();
}

const Properties kEvent = {{"sku", std::string("A")},
                           {"amt", int64_t{9900}},
                           {"rate", 2.0},
                           {"vip", true},
                           {"name", std::string("")},
                           {"skus", StringList{"A", "B"}},
                           {"at", std::string("2026-03-02T10:00:00+08:00")},
                           {"phone", Sealed{"k", "phone", "t", "c"}}};

bool on(std::string_view text) {
  return matches(parsed(text), PropertiesSubject(kEvent));
}

TEST(Filter, AnAbsentFilterAndAnEmptyAndMatchEverything) {
  auto absent = parse_filter(nullptr, "filter");
  ASSERT_TRUE(absent);
  EXPECT_TRUE(matches(*absent, PropertiesSubject(kEvent)));
  EXPECT_TRUE(on(R"({"and":[]})"));
  EXPECT_FALSE(on(R"({"or":[]})"));
}

TEST(Filter, ComparesTextNumbersAndBooleansByType) {
  EXPECT_TRUE(on(R"({"prop":"event.sku","op":"eq","value":"A"})"));
  EXPECT_FALSE(on(R"({"prop":"event.sku","op":"eq","value":"a"})"));
  EXPECT_TRUE(on(R"({"prop":"event.rate","op":"eq","value":2})"));
  EXPECT_FALSE(on(R"({"prop":"event.rate","op":"eq","value":"2"})"));
  EXPECT_TRUE(on(R"({"prop":"event.vip","op":"eq","value":true})"));
  EXPECT_TRUE(on(R"({"prop":"event.amt","op":"gt","value":9899.5})"));
  EXPECT_FALSE(on(R"({"prop":"event.amt","op":"gt","value":9900})"));
  EXPECT_TRUE(on(R"({"prop":"event.amt","op":"between","value":[9900,9900]})"));
  EXPECT_FALSE(on(R"({"prop":"event.amt","op":"lt","value":"zzz"})"));
  EXPECT_TRUE(on(R"({"prop":"event.name","op":"is_set"})"));
}

TEST(Filter, G11MissingIsFalseButForTheNegations) {
  EXPECT_FALSE(on(R"({"prop":"event.none","op":"eq","value":"A"})"));
  EXPECT_TRUE(on(R"({"prop":"event.none","op":"neq","value":"A"})"));
  EXPECT_TRUE(on(R"({"prop":"event.none","op":"not_in","value":["A"]})"));
  EXPECT_TRUE(on(R"({"prop":"event.none","op":"not_contains","value":"A"})"));
  EXPECT_TRUE(on(R"({"prop":"event.none","op":"is_not_set"})"));
  EXPECT_FALSE(on(R"({"prop":"event.none","op":"lte","value":1})"));
  EXPECT_FALSE(on(R"({"prop":"profile.city","op":"eq","value":"x"})"));
}

TEST(Filter, ListsAndText) {
  EXPECT_TRUE(on(R"({"prop":"event.sku","op":"in","value":["B","A"]})"));
  EXPECT_FALSE(on(R"({"prop":"event.sku","op":"in","value":[]})"));
  EXPECT_TRUE(on(R"({"prop":"event.skus","op":"has_any","value":["C","B"]})"));
  EXPECT_FALSE(on(R"({"prop":"event.skus","op":"has_all","value":["C","B"]})"));
  EXPECT_TRUE(on(R"({"prop":"event.skus","op":"contains","value":"B"})"));
  EXPECT_TRUE(on(R"({"prop":"event.sku","op":"has_any","value":["A"]})"));
  EXPECT_TRUE(on(R"({"prop":"event.at","op":"starts","value":"2026-"})"));
  EXPECT_TRUE(on(R"({"prop":"event.at","op":"ends","value":"+08:00"})"));
  EXPECT_TRUE(on(R"({"prop":"event.at","op":"regex","value":"^2026-0[1-3]"})"));
  EXPECT_TRUE(on(R"({"prop":"event.at","op":"before","value":"2026-03-02T02:00:00.001Z"})"));
  EXPECT_FALSE(on(R"({"prop":"event.at","op":"after","value":"2026-03-02T02:00:00Z"})"));
}

TEST(Filter, SealedValuesAreSetAndEqualNothing) {
  EXPECT_TRUE(on(R"({"prop":"event.phone","op":"is_set"})"));
  EXPECT_FALSE(on(R"({"prop":"event.phone","op":"eq","value":"t"})"));
}

TEST(Filter, NestsAndNegates) {
  EXPECT_TRUE(on(R"({"and":[{"prop":"event.sku","op":"eq","value":"A"},
                  {"not":{"or":[{"prop":"event.amt","op":"lt","value":1},{"prop":"event.vip","op":"eq","value":false}]}}]})"));
}

TEST(Filter, InListAsksTheSubject) {
  class Lists : public PropertiesSubject {
   public:
    using PropertiesSubject::PropertiesSubject;
    bool in_list(std::string_view id, std::string_view value) const override {
      return id == "list:promo" && value == "B";
    }
  };
  Filter f = parsed(R"({"prop":"event.skus","op":"in_list","value":"list:promo"})");
  EXPECT_TRUE(matches(f, Lists(kEvent)));
  EXPECT_FALSE(matches(f, PropertiesSubject(kEvent)));
}

TEST(Filter, PlaceholdersBindToValuesAndAMissingOneIsFalse) {
  Value sku = std::string("A"), list = StringList{"B", "Z"};
  auto lookup = [&](std::string_view name) -> const Value* {
    if (name == "entry.event.sku") return &sku;
    return name == "entry.event.list" ? &list : nullptr;
  };
  auto bound = [&](std::string_view text) {
    return matches(bind_placeholders(parsed(text), lookup), PropertiesSubject(kEvent));
  };
  EXPECT_TRUE(bound(R"({"prop":"event.sku","op":"eq","value":"${entry.event.sku}"})"));
  EXPECT_TRUE(bound(R"({"not":{"prop":"event.sku","op":"neq","value":"${entry.event.sku}"}})"));
  EXPECT_TRUE(bound(R"({"prop":"event.skus","op":"has_any","value":["${entry.event.list}"]})"));
  EXPECT_FALSE(bound(R"({"prop":"event.sku","op":"eq","value":"${nodes.none.x}"})"));
  EXPECT_FALSE(bound(R"({"prop":"event.sku","op":"neq","value":"${nodes.none.x}"})"));
}

TEST(Filter, ErrorsNameTheBadPart) {
  EXPECT_EQ(error_of(R"({"and":[{"prop":"sku","op":"eq","value":1}]})").field,
            "filter.and[0].prop");
  EXPECT_EQ(error_of(R"({"prop":"event.sku","op":"like","value":1})").field, "filter.op");
  EXPECT_EQ(error_of(R"({"prop":"event.sku","op":"eq"})").field, "filter.value");
  EXPECT_EQ(error_of(R"({"prop":"event.sku","op":"eq","value":null})").field, "filter.value");
  EXPECT_EQ(error_of(R"({"prop":"event.sku","op":"between","value":[1]})").field, "filter.value");
  EXPECT_EQ(error_of(R"({"prop":"event.sku","op":"regex","value":"("})").field, "filter.value");
  EXPECT_EQ(error_of(R"({"op":"eq"})").field, "filter.prop");
  EXPECT_EQ(error_of("7").field, "filter");
  std::string deep = R"({"prop":"event.a","op":"is_set"})";
  for (int i = 0; i < 6; ++i) deep = R"({"not":)" + deep + "}";
  EXPECT_NE(error_of(deep).message.find("deeper"), std::string::npos);
}

TEST(Filter, AHostileRegexIsBounded) {
  Properties p = {{"x", std::string(40, 'a') + "b"}};
  Filter f = parsed(R"({"prop":"event.x","op":"regex","value":"^(a+)+$"})");
  EXPECT_FALSE(matches(f, PropertiesSubject(p)));
}

TEST(ValueJson, RoundTripsWhatEventsCarry) {
  for (std::string_view text :
       {"null", "true", "-3", "2.5E0", "\"鞋\"", "[\"a\",\"b\"]", "[]", "{\"a\":[1,2]}", "[1,2]"}) {
    auto v = json::parse(text);
    ASSERT_TRUE(v);
    EXPECT_EQ(value_to_json(value_from_json(*v)), *v) << text;
  }
  EXPECT_EQ(value_from_json(*json::parse("[\"a\"]")), Value(StringList{"a"}));
  EXPECT_EQ(value_from_json(*json::parse("[1]")), Value(JsonText{"[1]"}));
}

}  // namespace
}  // namespace weir
