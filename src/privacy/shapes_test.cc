#include "privacy/shapes.h"

#include "privacy/masks.h"
#include "privacy/personal.h"

#include <gtest/gtest.h>

namespace weir::privacy {
namespace {

TEST(Shapes, NormalisesEverySpellingOfAMobileNumberToOne) {
  for (auto text : {"13800138000", "138 0013 8000", "138-0013-8000", "+86 138-0013-8000",
                    "+8613800138000", "008613800138000", "8613800138000", "(+86)13800138000",
                    "１３８００１３８０００", " 13800138000 "}) {
    EXPECT_EQ(normalise_phone(text), "13800138000") << text;
  }
  EXPECT_EQ(normalise_phone("+852 6123 4567"), "+85261234567");
}

TEST(Shapes, RefusesMasksAndWhatIsNoNumber) {
  for (auto text : {"138****8000", "1380013800", "138001380001", "12800138000", "010-12345678", "",
                    "abc", "86", "+86", "138001380０a"}) {
    EXPECT_EQ(normalise_phone(text), std::nullopt) << text;
  }
}

TEST(Shapes, NormalisesAddresses) {
  EXPECT_EQ(normalise_email(" Li.Lei@Example.COM "), "li.lei@example.com");
  for (auto text : {"@b.cn", "a@b", "a b@c.cn", "a@b@c.cn", "logo@2x.png", ""}) {
    EXPECT_EQ(normalise_email(text), std::nullopt) << text;
  }
}

TEST(Shapes, FindsNumbersAndAddressesInsideText) {
  for (auto text :
       {"13800138000", "我的电话13800138000，谢谢", "tel:13800138000", "call 138-0013-8000 now",
        "86 138 0013 8000", "+8613800138000", "8613800138000", "https://a.cn/?m=13912345678&x=1",
        "https://a.cn/?e=a%40b.cn", "联系 li@x.com.cn", "号码１３８００１３８０００好",
        "2026-03-02 10:00:00 13800138000", "12345 13800138000", "mobile13800138000",
        "a very long text that goes on and on before 13800138000"}) {
    EXPECT_TRUE(has_personal_shape(text)) << text;
  }
}

TEST(Shapes, FindsANumberAtEveryOffset) {
  for (size_t before = 0; before < 40; ++before) {
    for (size_t after = 0; after < 15; ++after) {
      std::string text = std::string(before, '.') + "13800138000" + std::string(after, '.');
      EXPECT_TRUE(has_personal_shape(text)) << text;
      text = std::string(before, '.') + "138-0013-8000" + std::string(after, '.');
      EXPECT_TRUE(has_personal_shape(text)) << text;
    }
  }
}

TEST(Shapes, LeavesOrdinaryValuesAlone) {
  for (auto text :
       {"1732000000000", "2026-11-24T13:00:00.000Z", "2026-03-02 13:00:00",
        "550e8400-e29b-41d4-a716-446655440000", "E20260302130000012345678",
        "d41d8cd98f0015012345678b2e9800998ecf8427e", "logo@2x.png", "@vue/runtime-core",
        "https://medium.com/@weir/post", "SKU-1380013", "12345678901", "23800138000",
        "4200001234202603021234567890", "oABCDE123456789012345678901", "你好，世界", "99.90"}) {
    EXPECT_FALSE(has_personal_shape(text)) << text;
  }
}

TEST(Shapes, FindsPersonalKeysAndNumbersInsideObjects) {
  auto personal = [](std::string_view json, FieldPlace place = FieldPlace::Property) {
    return is_personal_value("data", place, JsonText{std::string(json)});
  };
  EXPECT_TRUE(personal(R"({"receiver":{"real_name":"张三"}})"));
  EXPECT_TRUE(personal(R"([{"a":1},{"b":13800138000}])"));
  EXPECT_TRUE(personal(R"({"a\"b":"x","phone":"1"})"));
  EXPECT_TRUE(personal(R"({"name":"张三"})", FieldPlace::Trait));
  EXPECT_FALSE(personal(R"([{"sku_id":"A1","name":"T 恤","phone_model":"x"}])"));
  EXPECT_FALSE(personal(R"({"note":"phone"})"));
  EXPECT_FALSE(personal(R"({"broken)"));
}

TEST(Shapes, TreatsNumbersAsNumbersOfPeopleOnlyWhereTheyLookLikeIt) {
  EXPECT_TRUE(is_personal_value("x", FieldPlace::Property, int64_t{13800138000}));
  EXPECT_TRUE(is_personal_value("x", FieldPlace::Property, int64_t{8613800138000}));
  EXPECT_TRUE(is_personal_value("x", FieldPlace::Property, 13800138000.0));
  EXPECT_TRUE(is_personal_value("tel", FieldPlace::Property, int64_t{12345678}));
  EXPECT_FALSE(is_personal_value("x", FieldPlace::Property, int64_t{1732000000000}));
  EXPECT_FALSE(is_personal_value("x", FieldPlace::Property, int64_t{19900}));
  EXPECT_FALSE(is_personal_value("mobile", FieldPlace::Property, true));
}

TEST(Masks, ShowEnoughToRecogniseAndNoMore) {
  EXPECT_EQ(mask("phone", "13800138000"), "138****8000");
  EXPECT_EQ(mask("email", "a.li@b.cn"), "a***@b.cn");
  EXPECT_EQ(mask("name", "张三"), "张*");
  EXPECT_EQ(mask("name", "欧阳娜娜"), "欧**");
  EXPECT_EQ(mask("address", "浙江省杭州市西湖区"), "浙江省***");
  EXPECT_EQ(mask("content", "你好"), "•••");
  EXPECT_EQ(mask("name", "13800138000"), "•••");
  EXPECT_EQ(mask("address", R"({"city":"杭州"})"), "•••");
  EXPECT_EQ(mask("name", ""), "•••");
}

}  // namespace
}  // namespace weir::privacy
