#include "sandbox/person.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::sandbox {
namespace {

const std::vector<std::string> kFamilyNames = {"王", "李", "张", "刘", "陈", "杨", "赵",
                                               "黄", "周", "吴", "徐", "孙", "胡", "朱"};
const std::vector<std::string> kGivenNames = {"伟", "芳", "娜", "敏", "静", "丽",   "强",   "磊",
                                              "军", "洋", "勇", "艳", "杰", "子涵", "欣怡", "浩然"};
const std::vector<std::string> kStaffNames = {"lin_guide",  "zhou_guide", "xu_guide", "he_guide",
                                              "song_guide", "tang_guide", "ye_guide", "pan_guide"};

/// As often as they stand here.
const std::vector<std::string> kProvinces = {
    "广东", "广东", "广东", "广东", "浙江", "浙江", "浙江", "江苏", "江苏", "江苏", "上海",
    "上海", "上海", "北京", "北京", "山东", "山东", "四川", "四川", "河南", "福建", "湖北",
    "湖南", "安徽", "河北", "陕西", "重庆", "辽宁", "江西", "广西", "云南", "天津"};

std::string uuid_like(Dice& dice) {
  uint64_t a = dice.next(), b = dice.next();
  return fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}", a >> 32, a >> 16 & 0xffff, a & 0xfff,
                     b >> 52, b & 0xffffffffffff);
}

Person make_person(size_t index, const SandboxOptions& options, Dice& dice) {
  Person person;
  person.index = index;
  person.openid = "o" + dice.letters(27);
  person.mini_openid = "o" + dice.letters(27);
  person.unionid = "u" + dice.letters(27);
  person.external_userid = "wm" + dice.letters(30);
  person.mini_id = uuid_like(dice);
  // The last four digits of a number can be magic (messaging.md §11.7); these never are.
  person.phone = fmt::format("139{:04}{:04}", index / 9000 % 10'000, 1000 + index % 9000);
  person.name = dice.pick(kFamilyNames) + dice.pick(kGivenNames);
  person.province = kProvinces[index * 2654435761U / 64 % kProvinces.size()];
  person.member_id = fmt::format("M{:07}", 1'000'000 + index);
  person.refuses_templates = dice.chance(options.profile.refuse_templates);
  return person;
}

}  // namespace

People::People(const SandboxOptions& options, Dice& dice) {
  auto count = static_cast<size_t>(std::clamp(options.people, 1, 1'000'000));
  people_.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    people_.push_back(make_person(i, options, dice));
    const Person& p = people_.back();
    for (const std::string* id : {&p.openid, &p.external_userid, &p.phone, &p.member_id}) {
      index_.emplace(*id, i);
    }
  }
  auto members = static_cast<size_t>(std::clamp(options.staff, 1, 1000));
  for (size_t i = 0; i < members; ++i) {
    staff_.push_back(i < kStaffNames.size() ? kStaffNames[i] : fmt::format("guide_{}", i));
  }
}

bool People::is_staff(std::string_view userid) const {
  return std::ranges::find(staff_, userid) != staff_.end();
}

Person* People::by_openid(std::string_view openid) {
  auto found = index_.find(std::string(openid));
  if (found == index_.end() || people_[found->second].openid != openid) return nullptr;
  return &people_[found->second];
}

Person* People::by_external_userid(std::string_view id) {
  auto found = index_.find(std::string(id));
  if (found == index_.end() || people_[found->second].external_userid != id) return nullptr;
  return &people_[found->second];
}

Person* People::by_phone(std::string_view phone) {
  // The vendor accepts "+86", "0086" and "86" in front.
  if (phone.size() > 11) phone.remove_prefix(phone.size() - 11);
  auto found = index_.find(std::string(phone));
  if (found == index_.end() || people_[found->second].phone != phone) return nullptr;
  return &people_[found->second];
}

Person* People::find(const json::value& who) {
  if (who.is_int64()) {
    int64_t index = who.get_int64();
    bool known = index >= 0 && index < static_cast<int64_t>(people_.size());
    return known ? &people_[static_cast<size_t>(index)] : nullptr;
  }
  if (!who.is_string()) return nullptr;
  auto found = index_.find(std::string(json::view(who.get_string())));
  return found == index_.end() ? nullptr : &people_[found->second];
}

json::object show_person(const Person& p) {
  json::array cart, coupons;
  for (const std::string& sku : p.cart) cart.emplace_back(sku);
  for (const std::string& coupon : p.coupons) coupons.emplace_back(coupon);
  return json::object{{"person", static_cast<int64_t>(p.index)},
                      {"openid", p.openid},
                      {"mini_openid", p.mini_openid},
                      {"unionid", p.unionid},
                      {"external_userid", p.external_userid},
                      {"anonymous_id", p.mini_id},
                      {"phone", p.phone},
                      {"member_id", p.member_id},
                      {"following", p.following},
                      {"logged_in", p.logged_in},
                      {"refuses_templates", p.refuses_templates},
                      {"sms_opted_out", p.sms_opted_out},
                      {"guide", p.guide},
                      {"cart", std::move(cart)},
                      {"coupons", std::move(coupons)},
                      {"orders", p.orders},
                      {"received", p.received}};
}

}  // namespace weir::sandbox
