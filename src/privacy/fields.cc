#include "privacy/fields.h"

#include <algorithm>
#include <array>

namespace weir::privacy {
namespace {

struct Field {
  std::string_view name;  // lower case, without the characters that do not matter
  FieldClass kind;
  bool traits_only = false;
};

constexpr auto kFields = std::to_array<Field>({
    {"phone", FieldClass::Phone},
    {"phoneno", FieldClass::Phone},
    {"phonenum", FieldClass::Phone},
    {"phonenumber", FieldClass::Phone},
    {"phonenumbers", FieldClass::Phone},
    {"mobile", FieldClass::Phone},
    {"mobileno", FieldClass::Phone},
    {"mobilenumber", FieldClass::Phone},
    {"mobilephone", FieldClass::Phone},
    {"mobilephonenumber", FieldClass::Phone},
    {"cellphone", FieldClass::Phone},
    {"cell", FieldClass::Phone, true},
    {"tel", FieldClass::Phone},
    {"telno", FieldClass::Phone},
    {"telephone", FieldClass::Phone},
    {"msisdn", FieldClass::Phone},
    {"userphone", FieldClass::Phone},
    {"usermobile", FieldClass::Phone},
    {"contactphone", FieldClass::Phone},
    {"contactmobile", FieldClass::Phone},
    {"contacttel", FieldClass::Phone},
    {"buyerphone", FieldClass::Phone},
    {"buyermobile", FieldClass::Phone},
    {"receiverphone", FieldClass::Phone},
    {"receivermobile", FieldClass::Phone},
    {"receivertel", FieldClass::Phone},
    {"recipientphone", FieldClass::Phone},
    {"consigneephone", FieldClass::Phone},
    {"consigneemobile", FieldClass::Phone},
    {"customerphone", FieldClass::Phone},
    {"customermobile", FieldClass::Phone},
    {"memberphone", FieldClass::Phone},
    {"membermobile", FieldClass::Phone},
    {"purephonenumber", FieldClass::Phone},  // WeChat getPhoneNumber
    {"手机", FieldClass::Phone},
    {"手机号", FieldClass::Phone},
    {"手机号码", FieldClass::Phone},
    {"电话", FieldClass::Phone},
    {"电话号码", FieldClass::Phone},
    {"联系电话", FieldClass::Phone},
    {"联系方式", FieldClass::Phone},
    {"收货电话", FieldClass::Phone},
    {"会员手机", FieldClass::Phone},

    {"email", FieldClass::Email},
    {"mail", FieldClass::Email},
    {"emails", FieldClass::Email},
    {"emailaddress", FieldClass::Email},
    {"useremail", FieldClass::Email},
    {"contactemail", FieldClass::Email},
    {"buyeremail", FieldClass::Email},
    {"customeremail", FieldClass::Email},
    {"邮箱", FieldClass::Email},
    {"电子邮箱", FieldClass::Email},
    {"电子邮件", FieldClass::Email},

    {"name", FieldClass::Name, true},
    {"firstname", FieldClass::Name, true},
    {"middlename", FieldClass::Name, true},
    {"lastname", FieldClass::Name, true},
    {"displayname", FieldClass::Name, true},
    {"username", FieldClass::Name, true},
    {"contact", FieldClass::Name, true},
    {"fullname", FieldClass::Name},
    {"realname", FieldClass::Name},
    {"truename", FieldClass::Name},
    {"nickname", FieldClass::Name},
    {"nick", FieldClass::Name},
    {"buyernick", FieldClass::Name},
    {"buyername", FieldClass::Name},
    {"wechatname", FieldClass::Name},
    {"contactname", FieldClass::Name},
    {"customername", FieldClass::Name},
    {"membername", FieldClass::Name},
    {"receiver", FieldClass::Name},
    {"receivername", FieldClass::Name},
    {"recipientname", FieldClass::Name},
    {"consignee", FieldClass::Name},
    {"consigneename", FieldClass::Name},
    {"姓名", FieldClass::Name},
    {"名字", FieldClass::Name, true},
    {"真实姓名", FieldClass::Name},
    {"客户姓名", FieldClass::Name},
    {"会员姓名", FieldClass::Name},
    {"昵称", FieldClass::Name},
    {"收货人", FieldClass::Name},
    {"收件人", FieldClass::Name},
    {"联系人", FieldClass::Name},

    {"address", FieldClass::Address},
    {"address1", FieldClass::Address},
    {"address2", FieldClass::Address},
    {"addr", FieldClass::Address},
    {"street", FieldClass::Address},
    {"detailaddress", FieldClass::Address},
    {"addressdetail", FieldClass::Address},
    {"homeaddress", FieldClass::Address},
    {"shippingaddress", FieldClass::Address},
    {"billingaddress", FieldClass::Address},
    {"deliveryaddress", FieldClass::Address},
    {"receiveraddress", FieldClass::Address},
    {"consigneeaddress", FieldClass::Address},
    {"地址", FieldClass::Address},
    {"详细地址", FieldClass::Address},
    {"收货地址", FieldClass::Address},
    {"收件地址", FieldClass::Address},
    {"联系地址", FieldClass::Address},
    {"家庭地址", FieldClass::Address},
    {"家庭住址", FieldClass::Address},
    {"住址", FieldClass::Address},

    {"idcard", FieldClass::Document},
    {"idcardno", FieldClass::Document},
    {"idcardnumber", FieldClass::Document},
    {"identitycard", FieldClass::Document},
    {"idnumber", FieldClass::Document},
    {"passport", FieldClass::Document},
    {"passportno", FieldClass::Document},
    {"bankcard", FieldClass::Document},
    {"bankcardno", FieldClass::Document},
    {"身份证", FieldClass::Document},
    {"身份证号", FieldClass::Document},
    {"身份证号码", FieldClass::Document},
    {"护照号", FieldClass::Document},
    {"银行卡", FieldClass::Document},
    {"银行卡号", FieldClass::Document},

    {"content", FieldClass::Text},
    {"msgcontent", FieldClass::Text},
    {"messagecontent", FieldClass::Text},
    {"messagetext", FieldClass::Text},
    {"chatcontent", FieldClass::Text},
    {"chattext", FieldClass::Text},
    {"replycontent", FieldClass::Text},
    {"commentcontent", FieldClass::Text},
    {"remark", FieldClass::Text},
    {"buyerremark", FieldClass::Text},
    {"buyermessage", FieldClass::Text},
    {"聊天内容", FieldClass::Text},
    {"消息内容", FieldClass::Text},
    {"留言", FieldClass::Text},
    {"买家留言", FieldClass::Text},
    {"备注", FieldClass::Text},
});

constexpr size_t kNameMax = 24;  // of the table; longer names are never in it

consteval bool table_fits() {
  for (const Field& f : kFields) {
    if (f.name.size() > kNameMax || f.name.empty()) return false;
  }
  return true;
}
static_assert(table_fits());

// Rows by length: the switch that keeps the common miss at a handful of compares.
struct ByLength {
  std::array<uint8_t, kNameMax + 2> first{};
  std::array<Field, kFields.size()> rows{};
};

constexpr ByLength kByLength = [] {
  static_assert(kFields.size() < 256);
  ByLength table;
  size_t next = 0;
  for (size_t length = 0; length <= kNameMax; ++length) {
    table.first[length] = static_cast<uint8_t>(next);
    for (const Field& f : kFields) {
      if (f.name.size() == length) table.rows[next++] = f;
    }
  }
  table.first[kNameMax + 1] = static_cast<uint8_t>(next);
  return table;
}();

bool matters(char c) {
  return c != '_' && c != '-' && c != '.' && c != '$' && c != ' ';
}

}  // namespace

FieldClass classify_field(std::string_view name, FieldPlace place) {
  std::array<char, kNameMax> buffer{};
  size_t size = 0;
  for (char c : name) {
    if (!matters(c)) continue;
    if (size == kNameMax) return FieldClass::None;
    buffer[size++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  std::string_view plain(buffer.data(), size);
  for (size_t i = kByLength.first[size]; i < kByLength.first[size + 1]; ++i) {
    const Field& field = kByLength.rows[i];
    if (field.name.front() != plain.front() || field.name != plain) continue;
    return field.traits_only && place == FieldPlace::Property ? FieldClass::None : field.kind;
  }
  return FieldClass::None;
}

}  // namespace weir::privacy
