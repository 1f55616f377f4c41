#include "privacy/fields.h"

#include <gtest/gtest.h>

namespace weir::privacy {
namespace {

FieldClass trait(std::string_view name) {
  return classify_field(name, FieldPlace::Trait);
}
FieldClass property(std::string_view name) {
  return classify_field(name, FieldPlace::Property);
}

TEST(Fields, KnowsPersonalNamesInBothLanguagesAndEverySpelling) {
  for (auto name : {"phone", "Phone", "$phone", "phone_number", "phoneNumber", "PHONE-NO", "mobile",
                    "tel", "手机号", "电话", "receiver_mobile"}) {
    EXPECT_EQ(property(name), FieldClass::Phone) << name;
  }
  for (auto name : {"email", "$email", "E-mail", "user_email", "邮箱"}) {
    EXPECT_EQ(property(name), FieldClass::Email) << name;
  }
  for (auto name : {"real_name", "nickname", "姓名", "昵称", "收货人", "receiverName"}) {
    EXPECT_EQ(property(name), FieldClass::Name) << name;
  }
  for (auto name : {"address", "shipping_address", "地址", "收货地址"}) {
    EXPECT_EQ(property(name), FieldClass::Address) << name;
  }
  EXPECT_EQ(property("id_card"), FieldClass::Document);
  EXPECT_EQ(property("身份证号"), FieldClass::Document);
  EXPECT_EQ(property("content"), FieldClass::Text);
}

TEST(Fields, TakesNameForAPersonsOnlyAmongTraits) {
  EXPECT_EQ(trait("name"), FieldClass::Name);
  EXPECT_EQ(trait("$name"), FieldClass::Name);
  EXPECT_EQ(trait("first_name"), FieldClass::Name);
  EXPECT_EQ(property("name"), FieldClass::None);
}

TEST(Fields, NeverTakesNamesOfThingsForPersonal) {
  for (auto name : {"product_name", "page_name", "sku_name", "event_name", "category_name",
                    "utm_content", "content_type", "$el_text", "page_address", "ip_address", "city",
                    "phone_model", "mobile_network", "is_mobile", "title", "", "_", "$"}) {
    EXPECT_EQ(trait(name), FieldClass::None) << name;
    EXPECT_EQ(property(name), FieldClass::None) << name;
  }
}

}  // namespace
}  // namespace weir::privacy
