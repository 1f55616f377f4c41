#include "base/hash.h"
#include "base/json.h"
#include "model/facts.h"
#include "model/key_space.h"
#include "plays/coupons_state.pb.h"
#include "plays/plays.h"
#include "ports/resident_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace weir::plays {
namespace {

constexpr std::string_view kTemplatePrefix = "coupon_template/";
constexpr std::string_view kBudgetPrefix = "coupon_budget/";
constexpr DurationMs kValidDefault = 7 * kDayMs;

std::string prefix(char table) {
  return {key_space::kPlays, table};
}

/// True when `amount` more fits under `limit` (0 = no limit) without overflow.
bool fits(int64_t spent, int64_t amount, int64_t limit) {
  int64_t sum = 0;
  if (__builtin_add_overflow(spent, amount, &sum)) return false;
  return limit == 0 || sum <= limit;
}

Result<pb::Template> parse_template(std::string_view json_text) {
  WEIR_TRY(json::value document, json::parse(json_text));
  WEIR_TRY(const json::object* o, json::as_object(document, "coupon_template"));
  pb::Template t;
  t.set_name(json::optional_string(*o, "name"));
  t.set_stock(json::optional_int(*o, "stock", 0));
  t.set_budget_fen(json::optional_int(*o, "budget_fen", 0));
  t.set_value_fen(json::optional_int(*o, "value_fen", 0));
  t.set_valid_ms(kValidDefault);
  if (json::find(*o, "valid") != nullptr) {
    WEIR_TRY(std::string text, json::required_string(*o, "valid"));
    WEIR_TRY(DurationMs valid, parse_duration(text));
    t.set_valid_ms(valid);
  }
  for (auto [field, value] : {std::pair{"stock", t.stock()},
                              {"budget_fen", t.budget_fen()},
                              {"value_fen", t.value_fen()},
                              {"valid", t.valid_ms()}}) {
    if (value < 0)
      return fail(ErrorCode::InvalidArgument, fmt::format("{}: {} is negative", field, value),
                  field);
  }
  return t;
}

std::string_view state_text(pb::Coupon::State state) {
  switch (state) {
    case pb::Coupon::REDEEMED: return "redeemed";
    case pb::Coupon::EXPIRED: return "expired";
    default: return "active";
  }
}

}  // namespace

struct CouponFold::State {
  ResidentTable<pb::Template> templates{prefix('t')};
  ResidentTable<pb::Budget> budgets{prefix('b')};
  ResidentTable<pb::Coupon> coupons{prefix('c')};
  std::map<uint32_t, std::vector<std::string>> by_profile;  // coupon ids in order of issue
  uint64_t refused = 0;

  void index() {
    std::vector<std::tuple<uint32_t, TimeMs, std::string>> order;
    coupons.for_each([&](std::string_view id, const pb::Coupon& c) {
      order.emplace_back(c.profile(), c.issued_at(), std::string(id));
    });
    std::sort(order.begin(), order.end());
    for (auto& [profile, issued_at, id] : order) by_profile[profile].push_back(id);
  }

  void define(const Envelope& record) {
    std::string_view json_text = definition_body(record);
    std::string_view name = record.name;
    if (name.starts_with(kTemplatePrefix)) {
      define_template(std::string(name.substr(kTemplatePrefix.size())), json_text);
    } else if (name.starts_with(kBudgetPrefix)) {
      auto document = json::parse(json_text);
      if (!document || !document->is_object()) return;
      budgets.mutate(name.substr(kBudgetPrefix.size()))
          .set_budget_fen(json::optional_int(document->get_object(), "budget_fen", 0));
    }
  }

  void define_template(const std::string& id, std::string_view json_text) {
    if (json_text.empty()) {
      if (templates.find(id) != nullptr) templates.mutate(id).set_deleted(true);
      return;
    }
    auto parsed =
        parse_template(json_text);  // api/ refused bad ones; a bad one here changes nothing
    if (!parsed) return;
    pb::Template& t = templates.mutate(id);
    parsed->set_issued(t.issued());
    parsed->set_redeemed(t.redeemed());
    parsed->set_expired(t.expired());
    parsed->set_spent_fen(t.spent_fen());
    t = *std::move(parsed);
  }

  /// Moves money of one coupon in or out of its accounts.
  void book(const pb::Coupon& coupon, int64_t sign) {
    pb::Template& t = templates.mutate(coupon.template_id());
    t.set_spent_fen(t.spent_fen() + sign * coupon.value_fen());
    if (budgets.find(coupon.budget()) == nullptr) return;
    pb::Budget& b = budgets.mutate(coupon.budget());
    b.set_spent_fen(b.spent_fen() + sign * coupon.value_fen());
  }

  void redeem(const Step& step, std::string_view coupon_id, StepContext& context) {
    const pb::Coupon* found = coupons.find(coupon_id);
    if (found != nullptr && found->state() == pb::Coupon::REDEEMED) return;
    bool own = found != nullptr && step.profile && found->profile() == step.profile->value;
    if (!own || step.record.trust < Trust::Server ||
        step.record.event_time > found->valid_until()) {
      ++refused;
      return;
    }
    pb::Coupon& coupon = coupons.mutate(coupon_id);
    // The timer may have run before a late order arrived that was paid in time.
    if (coupon.state() == pb::Coupon::EXPIRED) {
      book(coupon, 1);
      pb::Template& t = templates.mutate(coupon.template_id());
      t.set_expired(t.expired() - 1);
    }
    coupon.set_state(pb::Coupon::REDEEMED);
    coupon.set_redeemed_at(step.record.event_time);
    coupon.set_order_id(std::string(string_property(step.record.properties, "order_id")));
    pb::Template& t = templates.mutate(coupon.template_id());
    t.set_redeemed(t.redeemed() + 1);
    context.cancel_timer("coupons", coupon_id);
    if (step.record.name == facts::kCouponRedeemed) return;
    Envelope fact;
    fact.trust = Trust::Verified;
    fact.name = facts::kCouponRedeemed;
    fact.event_time = step.record.event_time;
    fact.properties = {{"coupon_id", std::string(coupon_id)},
                       {"template", coupon.template_id()},
                       {"order_id", coupon.order_id()}};
    context.emit(std::move(fact), *step.profile);
  }
};

CouponFold::CouponFold() : state_(std::make_unique<State>()) {}
CouponFold::~CouponFold() = default;

Status CouponFold::load(const StateStore& store) {
  WEIR_CHECK_OK(state_->templates.load(store));
  WEIR_CHECK_OK(state_->budgets.load(store));
  WEIR_CHECK_OK(state_->coupons.load(store));
  state_->index();
  return {};
}

void CouponFold::save(WriteBatch& batch) {
  state_->templates.save(batch);
  state_->budgets.save(batch);
  state_->coupons.save(batch);
}

void CouponFold::apply(Step& step, StepContext& context) {
  const Envelope& record = step.record;
  if (record.kind == RecordKind::Definition) return state_->define(record);
  if (record.kind != RecordKind::Track || record.historical) return;
  if (record.name != facts::kOrderPaid && record.name != facts::kCouponRedeemed) return;
  std::string_view coupon_id = string_property(record.properties, "coupon_id");
  if (!coupon_id.empty()) state_->redeem(step, coupon_id, context);
}

void CouponFold::on_timer(std::string_view key, TimeMs, StepContext&) {
  const pb::Coupon* coupon = state_->coupons.find(key);
  if (coupon == nullptr || coupon->state() != pb::Coupon::ACTIVE) return;
  state_->coupons.mutate(key).set_state(pb::Coupon::EXPIRED);
  state_->book(*coupon, -1);
  pb::Template& t = state_->templates.mutate(coupon->template_id());
  t.set_expired(t.expired() + 1);
}

// A coupon goes back with whom it was issued to; what was issued to the merged person stays.
void CouponFold::on_split(const Split& split, StepContext&) {
  auto it = state_->by_profile.find(split.kept.value);
  if (it == state_->by_profile.end()) return;
  std::vector<std::string> stays, goes;
  for (std::string& id : it->second) {
    const pb::Coupon& coupon = *state_->coupons.find(id);
    bool moved = coupon.has_holder() && split.moved(ProfileOrdinal(coupon.holder()));
    (moved ? goes : stays).push_back(std::move(id));
  }
  for (const std::string& id : goes) state_->coupons.mutate(id).set_profile(split.apart.value);
  it->second = std::move(stays);
  if (it->second.empty()) state_->by_profile.erase(it);
  if (!goes.empty()) state_->by_profile[split.apart.value] = std::move(goes);
}

void CouponFold::on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext&) {
  auto it = state_->by_profile.find(from.value);
  if (it == state_->by_profile.end()) return;
  std::vector<std::string> moved = std::move(it->second);
  state_->by_profile.erase(it);
  std::vector<std::string>& kept = state_->by_profile[into.value];
  for (std::string& id : moved) {
    state_->coupons.mutate(id).set_profile(into.value);
    kept.push_back(std::move(id));
  }
  // The order a restart would find, so that "newest" does not depend on when the process started.
  std::sort(kept.begin(), kept.end(), [&](const std::string& a, const std::string& b) {
    return std::pair(state_->coupons.find(a)->issued_at(), a) <
           std::pair(state_->coupons.find(b)->issued_at(), b);
  });
}

void CouponFold::on_erase(ProfileOrdinal profile, StepContext& context) {
  auto it = state_->by_profile.find(profile.value);
  if (it == state_->by_profile.end()) return;
  for (const std::string& id : it->second) {
    const pb::Coupon* coupon = state_->coupons.find(id);
    if (coupon->state() == pb::Coupon::ACTIVE) {
      context.cancel_timer("coupons", id);
      state_->book(*coupon, -1);
    }
    state_->coupons.erase(id);
  }
  state_->by_profile.erase(it);
}

CouponResult CouponFold::issue(std::string_view template_id, ProfileOrdinal profile,
                               DurationMs valid_for, std::string_view budget, int per_person,
                               std::string_view effect_key, StepContext& context) {
  using Outcome = CouponResult::Outcome;
  std::string id = "c" + to_hex(hash128(effect_key)).substr(0, 16);
  if (state_->coupons.find(id) != nullptr) return {Outcome::Ok, id};
  const pb::Template* known = state_->templates.find(template_id);
  if (known == nullptr || known->deleted()) return {Outcome::UnknownTemplate, ""};

  int held = 0;
  std::string usable;
  for (const std::string& owned : state_->by_profile[profile.value]) {
    const pb::Coupon* coupon = state_->coupons.find(owned);
    if (coupon->template_id() != template_id || coupon->state() == pb::Coupon::EXPIRED) continue;
    ++held;
    if (coupon->state() == pb::Coupon::ACTIVE) usable = owned;
  }
  if (held >= per_person) return {Outcome::AlreadyOwned, usable};
  if (known->stock() > 0 && known->issued() >= known->stock()) return {Outcome::OutOfStock, ""};
  const pb::Budget* account = state_->budgets.find(budget);
  if (!fits(known->spent_fen(), known->value_fen(), known->budget_fen()) ||
      (account != nullptr &&
       !fits(account->spent_fen(), known->value_fen(), account->budget_fen()))) {
    return {Outcome::BudgetExhausted, ""};
  }

  pb::Coupon& coupon = state_->coupons.mutate(id);
  coupon.set_template_id(std::string(template_id));
  coupon.set_profile(profile.value);
  coupon.set_holder(profile.value);
  coupon.set_state(pb::Coupon::ACTIVE);
  coupon.set_issued_at(context.now());
  coupon.set_valid_until(context.now() + (valid_for > 0 ? valid_for : known->valid_ms()));
  coupon.set_value_fen(known->value_fen());
  coupon.set_budget(std::string(budget));
  state_->by_profile[profile.value].push_back(id);
  state_->book(coupon, 1);
  pb::Template& t = state_->templates.mutate(template_id);
  t.set_issued(t.issued() + 1);
  // Expiry is after the last instant at which the coupon is good.
  context.set_timer(name(), id, coupon.valid_until() + 1);

  Envelope fact;
  fact.trust = Trust::Verified;
  fact.name = facts::kCouponIssued;
  fact.properties = {{"coupon_id", id},
                     {"template", std::string(template_id)},
                     {"value_fen", coupon.value_fen()},
                     {"valid_until", coupon.valid_until()}};
  context.emit(std::move(fact), profile);
  return {Outcome::Ok, id};
}

std::vector<CouponTemplateView> CouponFold::templates() const {
  std::vector<CouponTemplateView> out;
  state_->templates.for_each([&](std::string_view id, const pb::Template& t) {
    if (t.deleted()) return;
    out.push_back({std::string(id), t.name(), t.stock(), t.issued(), t.redeemed(), t.expired(),
                   t.budget_fen(), t.spent_fen()});
  });
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return out;
}

std::vector<CouponView> CouponFold::coupons_of(ProfileOrdinal profile) const {
  std::vector<CouponView> out;
  auto it = state_->by_profile.find(profile.value);
  if (it == state_->by_profile.end()) return out;
  for (const std::string& id : it->second) {
    const pb::Coupon* c = state_->coupons.find(id);
    out.push_back({id, c->template_id(), state_text(c->state()), c->issued_at(), c->valid_until()});
  }
  return out;
}

uint64_t CouponFold::redemptions_refused() const {
  return state_->refused;
}

Status check_coupon_template(std::string_view json_text) {
  if (auto parsed = parse_template(json_text); !parsed)
    return std::unexpected<Error>(parsed.error());
  return {};
}

}  // namespace weir::plays
