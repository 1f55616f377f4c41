#include "sandbox/behaviour.h"

#include "sandbox/catalogue.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::sandbox {
namespace {

const std::vector<std::string> kScenes = {"poster_spring", "store_12",   "store_88",
                                          "live_0301",     "receipt_qr", "qrscene_card"};
const std::vector<std::string> kStates = {"ch_store12", "ch_live", "ch_box", "ch_mp"};
const std::vector<std::string> kMenuKeys = {"COUPONS", "NEW_ARRIVALS", "MY_ORDERS"};
const std::vector<std::string> kQuestions = {"请问什么时候发货？", "有优惠吗", "龙井还有货吗 🍵",
                                             "怎么退换货"};
const std::vector<std::string> kRefusals = {"T", "TD", "td", "Ｔ", "退订", "t ", "回T退订"};

void keep(std::vector<std::string>& list, std::string item, size_t max) {
  if (std::ranges::find(list, item) != list.end()) return;
  list.push_back(std::move(item));
  if (list.size() > max) list.erase(list.begin());
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The brand's coupon numbers look like "c" and sixteen hexadecimal digits.
std::vector<std::string> coupons_in(std::string_view text) {
  constexpr size_t kSize = 17;
  std::vector<std::string> found;
  for (size_t i = 0; i + kSize <= text.size(); ++i) {
    std::string_view word = text.substr(i, kSize);
    bool starts = word[0] == 'c' && (i == 0 || !is_word(text[i - 1]));
    bool ends = i + kSize == text.size() || !is_word(text[i + kSize]);
    bool hex = word.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
    if (starts && ends && hex) found.emplace_back(word);
  }
  return found;
}

std::string any_sku(Dice& dice) {
  return std::string(kProducts[static_cast<size_t>(dice.next() % kProducts.size())].sku);
}

}  // namespace

void Behaviour::act_by_chance() {
  ++world_.totals.actions;
  Dice& dice = world_.dice;
  Person& person = world_.people.at(static_cast<size_t>(dice.next() % world_.people.size()));
  if (!person.following && dice.chance(0.25)) return wechat_.follow(person, dice.pick(kScenes));
  if (!person.logged_in && dice.chance(0.15)) return login(person, {});
  if (person.guide.empty() && dice.chance(0.08))
    return wecom_.add_guide(person, "", dice.pick(kStates));
  if (dice.chance(0.85)) return shop(person);
  if (!person.following) return weir_.mini_visit(person, any_sku(dice));
  double roll = dice.unit();
  if (roll < 0.03) return wechat_.unfollow(person);
  if (roll < 0.3) return wechat_.scan(person, dice.pick(kScenes));
  if (roll < 0.7) return wechat_.click_menu(person, dice.pick(kMenuKeys));
  wechat_.send_text(person, dice.pick(kQuestions));
}

void Behaviour::shop(Person& person) {
  Dice& dice = world_.dice;
  if (!person.cart.empty()) {
    // Most carts are left alone for a while: that is what the brand wants to win back.
    double roll = dice.unit();
    if (roll < 0.12) return pay(person, dice.pick(person.cart), true, {});
    if (roll < 0.2) return remove_from_cart(person, dice.pick(person.cart), {});
  } else if (dice.chance(0.4)) {
    return add_to_cart(person, any_sku(dice), {});
  }
  weir_.mini_visit(person, any_sku(dice));
}

void Behaviour::login(Person& person, Done done) {
  person.logged_in = true;
  weir_.login(person, std::move(done));
}

void Behaviour::add_to_cart(Person& person, std::string sku, Done done) {
  const Product& product = product_of(sku);
  keep(person.cart, sku, Person::kCartMax);
  weir_.mini_event(person, "add_to_cart",
                   {{"platform", "miniprogram"},
                    {"sku_id", sku},
                    {"title", product.title},
                    {"price_fen", product.price_fen},
                    {"quantity", 1}},
                   std::move(done));
}

void Behaviour::remove_from_cart(Person& person, std::string sku, Done done) {
  std::erase(person.cart, sku);
  weir_.mini_event(person, "remove_from_cart", {{"platform", "miniprogram"}, {"sku_id", sku}},
                   std::move(done));
}

void Behaviour::pay(Person& person, std::string sku, bool use_coupon, Done done) {
  const Product& product = product_of(sku);
  int64_t amount = product.price_fen;
  json::object order = {
      {"order_id",
       fmt::format("SO{:06}{:06}", world_.now() / kSecondMs % 1'000'000, next_order_++)},
      {"currency", "CNY"},
      {"sku_ids", json::array{json::value(sku)}},
      {"items", json::array{json::object{
                    {"sku_id", sku}, {"quantity", 1}, {"price_fen", product.price_fen}}}}};
  if (use_coupon && !person.coupons.empty()) {
    order["coupon_id"] = person.coupons.back();
    order["discount_fen"] = 2000;
    amount -= 2000;
    person.coupons.pop_back();
  }
  order["amount_fen"] = amount;
  std::erase(person.cart, sku);
  ++person.orders;
  weir_.order_paid(person, order, std::move(done));
}

void Behaviour::on_delivered(Person& person, std::string_view channel, const std::string& text) {
  ++person.received;
  for (std::string& coupon : coupons_in(text)) {
    keep(person.coupons, std::move(coupon), Person::kCouponsMax);
  }
  if (person.reacting || channel == "wecom_staff_message") return;
  person.reacting = true;
  const Profile& profile = world_.profile;
  DurationMs delay = world_.dice.between(profile.reaction_min_ms, profile.reaction_max_ms);
  world_.later(delay, [this, index = person.index, where = std::string(channel)] {
    react(world_.people.at(index), where);
  });
}

void Behaviour::react(Person& person, const std::string& channel) {
  person.reacting = false;
  const Profile& p = world_.profile;
  Dice& dice = world_.dice;
  bool sms = channel == "sms", guide = channel == "wecom_guide_task";
  double pays = sms ? p.pay_after_sms : guide ? p.pay_after_guide : p.pay_after_template;
  if (!person.cart.empty() && dice.chance(pays)) {
    weir_.mini_visit(person, person.cart.back());
    return pay(person, person.cart.back(), true, {});
  }
  if (sms && dice.chance(p.optout_after_sms)) {
    person.sms_opted_out = true;
    return sms_.reply(person, dice.pick(kRefusals));
  }
  if (guide && !person.guide.empty() && dice.chance(p.delete_guide_after_task)) {
    return wecom_.delete_guide(person);
  }
  if (!sms && !guide && person.following && dice.chance(p.unfollow_after_template)) {
    wechat_.unfollow(person);
  }
}

namespace {

constexpr std::string_view kActions[] = {"follow",        "unfollow",         "scan",
                                         "menu",          "message",          "browse",
                                         "login",         "add_to_cart",      "remove_from_cart",
                                         "pay",           "redeem",           "reply",
                                         "add_guide",     "delete_guide",     "staff_delete",
                                         "confirm_tasks", "refuse_templates", "allow_templates"};

}  // namespace

std::string Behaviour::action_names() {
  return fmt::format("{}", fmt::join(kActions, ", "));
}

Status Behaviour::act(Person& person, const json::object& command, Done done) {
  std::string what = json::optional_string(command, "do");
  std::string sku = json::optional_string(
      command, "sku",
      person.cart.empty() ? kProducts[0].sku : std::string_view(person.cart.back()));
  std::string scene = json::optional_string(command, "scene", kScenes[0]);
  std::string text = json::optional_string(command, "text", "T");
  std::string staff = json::optional_string(command, "staff");
  std::string state = json::optional_string(command, "state", kStates[0]);
  auto settled = [&] { done(200); };
  if (what == "follow") {
    wechat_.follow(person, scene, done);
  } else if (what == "unfollow") {
    wechat_.unfollow(person, done);
  } else if (what == "scan") {
    wechat_.scan(person, scene, done);
  } else if (what == "menu") {
    wechat_.click_menu(person, json::optional_string(command, "key", kMenuKeys[0]), done);
  } else if (what == "message") {
    wechat_.send_text(person, text, done);
  } else if (what == "browse") {
    weir_.mini_visit(person, sku, done);
  } else if (what == "login") {
    login(person, done);
  } else if (what == "add_to_cart") {
    add_to_cart(person, sku, done);
  } else if (what == "remove_from_cart") {
    remove_from_cart(person, sku, done);
  } else if (what == "pay" || what == "redeem") {
    pay(person, sku, what == "redeem", done);
  } else if (what == "reply") {
    sms_.reply(person, text, done);
  } else if (what == "add_guide") {
    wecom_.add_guide(person, staff, state, done);
  } else if (what == "delete_guide") {
    wecom_.delete_guide(person, done);
  } else if (what == "staff_delete") {
    wecom_.delete_customer(person, done);
  } else if (what == "confirm_tasks") {
    wecom_.confirm_tasks(person);
    settled();
  } else if (what == "refuse_templates" || what == "allow_templates") {
    person.refuses_templates = what == "refuse_templates";
    settled();
  } else {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("\"do\" is \"{}\"; it must be one of {}", what, action_names()), "do");
  }
  return {};
}

}  // namespace weir::sandbox
