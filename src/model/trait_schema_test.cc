#include "model/trait_schema.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TraitSchema schema_of(std::string_view text) {
  auto schema = parse_trait_schema(*json::parse(text));
  EXPECT_TRUE(schema) << schema.error().message;
  return schema ? *std::move(schema) : TraitSchema{};
}

std::string error_of(std::string_view text) {
  auto schema = parse_trait_schema(*json::parse(text));
  return schema ? "" : schema.error().field + ": " + schema.error().message;
}

TEST(TraitSchema, RendersWhatItReads) {
  std::string_view text =
      R"({"unregistered":"quarantine","traits":[{"name":"age","type":"number","data_class":"public",)"
      R"("sources":["erp","app"]},{"name":"level","type":"text","data_class":"public",)"
      R"("name_zh":"会员等级","history":true}]})";
  EXPECT_EQ(json::to_text(render_trait_schema(schema_of(text))), text);
}

TEST(TraitSchema, ErrorsNameTheField) {
  EXPECT_NE(error_of(R"({"traits":[{"name":"a","type":"int"}]})").find("traits[0].type"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"traits":[{"name":"a"},{"name":"a"}]})").find("traits[1].name"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"traits":[{"name":"a","kind":"x"}]})").find("traits[0].kind"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"traits":[],"unregistered":"drop"})").find("unregistered"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"traits":[{"name":"a","data_class":"personal","history":true}]})")
                .find("traits[0].history"),
            std::string::npos);
  EXPECT_NE(
      error_of(R"({"traits":[{"name":"a","sources":["x","x"]}]})").find("traits[0].sources[1]"),
      std::string::npos);
}

TEST(TraitSchema, EarlierSourcesCountMoreAndUnlistedOnesLeast) {
  TraitSchema schema = schema_of(R"({"traits":[{"name":"a","sources":["erp","app"]}]})");
  const TraitRule& rule = *schema.find("a");
  EXPECT_GT(rule.priority("erp"), rule.priority("app"));
  EXPECT_GT(rule.priority("app"), rule.priority("web"));
  EXPECT_EQ(rule.priority("web"), 0);
}

TEST(TraitSchema, RefusesAValueOfAnotherTypeByNameAndWithoutTheValue) {
  TraitSchema schema = schema_of(
      R"({"traits":[{"name":"age","type":"number"},{"name":"likes","type":"list"},)"
      R"({"name":"born","type":"date"},{"name":"doc","type":"json"},{"name":"vip","type":"bool"}]})");
  auto taken = [&](TraitOp op, const char* name, Value value) {
    return !check_trait(schema, {op, name, std::move(value)});
  };
  EXPECT_TRUE(taken(TraitOp::Set, "age", int64_t{30}));
  EXPECT_TRUE(taken(TraitOp::Increment, "age", 1.5));
  EXPECT_TRUE(taken(TraitOp::Unset, "age", {}));
  EXPECT_TRUE(taken(TraitOp::Append, "likes", std::string("tea")));
  EXPECT_TRUE(taken(TraitOp::Set, "born", std::string("1990-05-01")));
  EXPECT_TRUE(taken(TraitOp::Set, "doc", JsonText{"{}"}));
  EXPECT_TRUE(taken(TraitOp::SetOnce, "vip", true));
  EXPECT_TRUE(taken(TraitOp::Set, "age", Sealed{}));
  EXPECT_FALSE(taken(TraitOp::Append, "age", int64_t{30}));
  EXPECT_FALSE(taken(TraitOp::Increment, "likes", int64_t{1}));
  EXPECT_FALSE(taken(TraitOp::Set, "likes", std::string("tea")));
  EXPECT_FALSE(taken(TraitOp::Set, "born", std::string("May")));
  EXPECT_FALSE(taken(TraitOp::Set, "vip", int64_t{1}));
  auto refused = check_trait(schema, {TraitOp::Set, "age", std::string("secret")});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, "trait_type");
  EXPECT_NE(refused->message.find("\"age\" is registered as number"), std::string::npos);
  EXPECT_EQ(refused->message.find("secret"), std::string::npos);
}

TEST(TraitSchema, AnUnknownNameIsRefusedOnlyByThatPolicy) {
  TraitChange change{TraitOp::Set, "new", true};
  EXPECT_FALSE(check_trait(schema_of(R"({"traits":[]})"), change));
  auto refused = check_trait(schema_of(R"({"unregistered":"quarantine","traits":[]})"), change);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, "trait_unregistered");
}

TEST(TraitSchema, ComparesByField) {
  auto changes = compare(schema_of(R"({"traits":[{"name":"a"}]})"),
                         schema_of(R"({"traits":[{"name":"a","type":"number"}],)"
                                   R"("unregistered":"quarantine"})"));
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].field, "a.type");
  EXPECT_EQ(changes[0].before, "\"text\"");
  EXPECT_EQ(changes[1].field, "unregistered");
}

}  // namespace
}  // namespace weir
