#include "model/template_def.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(TemplateDef, HolesAreFilledInContentFieldsAndUrl) {
  auto d = parse_template(
      "t",
      R"({"channel":"sms","content":"券 {{ code }}","fields":{"a":"{{code}}-{{n}}"},"url":"https://x/{{n}}"})");
  ASSERT_TRUE(d.has_value());
  auto r = render(*d, {{"code", "C1"}, {"n", "7"}});
  ASSERT_TRUE(r.has_value());
  EXPECT_EQ(r->content, "券 C1");
  EXPECT_EQ(r->fields.at("a"), "C1-7");
  EXPECT_EQ(r->url, "https://x/7");
}

TEST(TemplateDef, UnknownAndBlankVariablesAreErrorsThatNameThem) {
  auto d = parse_template("t", R"({"channel":"sms","content":"{{code}}"})");
  EXPECT_NE(render(*d, {}).error().message.find("\"code\" is unknown"), std::string::npos);
  EXPECT_NE(render(*d, {{"code", " \n"}}).error().message.find("\"code\" is blank"),
            std::string::npos);
}

TEST(TemplateDef, OpenAndStrangeHolesAreRefusedWhenParsed) {
  EXPECT_FALSE(parse_template("t", R"({"channel":"sms","content":"{{code"})").has_value());
  EXPECT_FALSE(parse_template("t", R"({"channel":"sms","content":"{{#each x}}"})").has_value());
  EXPECT_FALSE(parse_template("t", R"({"content":"x"})").has_value());
}

TEST(TemplateDef, AValueWithBracesIsTextAndNotAnotherHole) {
  auto d = parse_template("t", R"({"channel":"sms","content":"{{a}}"})");
  EXPECT_EQ(render(*d, {{"a", "{{b}}"}})->content, "{{b}}");
}

TEST(TemplateDef, OptOutTextIsRecognised) {
  EXPECT_TRUE(
      has_opt_out_text(*parse_template("t", R"({"channel":"sms","content":"回复TD退订"})")));
  EXPECT_FALSE(has_opt_out_text(*parse_template("t", R"({"channel":"sms","content":"优惠"})")));
}

}  // namespace
}  // namespace weir
