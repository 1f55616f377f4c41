#include "tags/order_rule.h"

#include "tags/rule_fields.h"
#include "tags/value_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace weir::tags {
namespace {

using Kind = OrderRule::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 6> kKinds = {{
    {"stage", Kind::Stage},
    {"revived", Kind::Revived},
    {"rfm", Kind::Rfm},
    {"average", Kind::Average},
    {"promo_share", Kind::PromoShare},
    {"promo_depth", Kind::PromoDepth},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kStages = {{
    {"prospect", "未购"},
    {"new", "新客"},
    {"active", "活跃"},
    {"silent", "沉默"},
    {"dormant", "沉睡"},
    {"lost", "流失"},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kCells = {{
    {"111", "111 重要价值"},
    {"011", "011 重要保持"},
    {"101", "101 重要发展"},
    {"001", "001 重要挽留"},
    {"110", "110 一般价值"},
    {"010", "010 一般保持"},
    {"100", "100 一般发展"},
    {"000", "000 一般挽留"},
}};
constexpr int64_t kPromoOrders = 3;  // PT2: fewer are unknown

bool gives_number(Kind kind) {
  return kind == Kind::Average || kind == Kind::PromoShare || kind == Kind::PromoDepth;
}

Status parse_words(const json::object& rule, std::string_view type, OrderRule& out) {
  auto keep = [&](const auto& codes) {
    for (const auto& [code, word] : codes) out.words.emplace(code, std::string(word));
  };
  if (out.kind == Kind::Stage) keep(kStages);
  if (out.kind == Kind::Rfm) keep(kCells);
  if (json::find(rule, "labels") == nullptr) return {};
  WEIR_TRY(const json::object* labels, json::required_object(rule, "labels", "rule"));
  for (const auto& [key, v] : *labels) {
    std::string where = "rule.labels." + std::string(key);
    auto word = out.words.find(json::view(key));
    if (word == out.words.end()) return bad(where, "is no value of this rule");
    WEIR_TRY(word->second, parse_value(v, type, where));
  }
  return {};
}

Status parse_days(const json::object& rule, OrderRule& out) {
  if (json::find(rule, "days") == nullptr) return {};
  WEIR_TRY(const json::array* days, json::required_array(rule, "days", "rule"));
  if (days->size() != out.stages.days.size())
    return bad("rule.days", "must be three numbers: active, silent and dormant up to");
  for (size_t i = 0; i < out.stages.days.size(); ++i) {
    if (!as_number(value_from_json((*days)[i]), out.stages.days[i]) || out.stages.days[i] < 1 ||
        (i > 0 && out.stages.days[i] <= out.stages.days[i - 1]))
      return bad("rule.days", "must be three ascending numbers of days from 1");
  }
  return {};
}

Status read_name(const json::object& rule, std::string_view key, std::string& out) {
  if (json::find(rule, key) == nullptr) return {};
  WEIR_TRY(out, json::required_string(rule, key));
  if (out.starts_with("event.")) out.erase(0, 6);
  return out.empty() ? bad("rule." + std::string(key), "must not be empty") : Status();
}

Status parse_fields(const json::object& rule, OrderFields& out) {
  WEIR_CHECK_OK(read_name(rule, "event", out.paid));
  WEIR_CHECK_OK(read_name(rule, "refund_event", out.refund));
  WEIR_CHECK_OK(read_name(rule, "value", out.value));
  WEIR_CHECK_OK(read_name(rule, "id", out.id));
  WEIR_CHECK_OK(read_name(rule, "discount", out.discount));
  if (json::find(rule, "promo") == nullptr) return {};
  WEIR_TRY(const json::array* promo, json::required_array(rule, "promo", "rule"));
  out.promo.clear();
  for (const json::value& name : *promo) {
    if (!name.is_string()) return bad("rule.promo", "must be names of properties");
    out.promo.emplace_back(json::view(name.get_string()));
  }
  return {};
}

Status check_type(const OrderRule& rule, std::string_view type) {
  if (rule.tiers) return {};  // whose values were read as this type
  std::string_view needs = "enum";
  if (rule.kind == Kind::Revived) needs = "bool";
  if (gives_number(rule.kind)) needs = "number";
  if (type == needs) return {};
  std::string_view or_tiers = gives_number(rule.kind) ? ": it gives one; or add rule.tiers" : "";
  return bad("value_type", fmt::format("must be {} for this rule{}", needs, or_tiers));
}

/// The person's orders are on these local days.
std::optional<Value> stage_value(const OrderRule& rule, const std::vector<int32_t>& days,
                                 int32_t today) {
  constexpr std::array<std::string_view, kLifeStages> kCodes = {"new", "active", "silent",
                                                                "dormant", "lost"};
  std::vector<int32_t> gaps;
  std::array<double, 3> limits = life_stage_limits(rule.stages, days, gaps);
  if (rule.kind == Kind::Revived)
    return came_back(rule.stages, limits, days, today) ? std::optional<Value>(true) : std::nullopt;
  if (days.empty()) return rule.words.find("prospect")->second;
  LifeStage stage = life_stage(rule.stages, limits, days.size(), today - days.back());
  return rule.words.find(kCodes[static_cast<size_t>(stage)])->second;
}

std::optional<Value> number_of_orders(const OrderRule& rule,
                                      const std::vector<PersonOrder>& orders) {
  double net = 0, discount = 0;
  int64_t promoted = 0;
  for (const PersonOrder& order : orders) {
    net += order.net;
    discount += order.discount;
    promoted += order.promo ? 1 : 0;
  }
  auto n = static_cast<double>(orders.size());
  if (rule.kind == Kind::Average) return Value(net / n);
  if (rule.kind == Kind::PromoShare) {
    if (std::ssize(orders) < rule.min_count) return std::nullopt;
    return Value(static_cast<double>(promoted + 1) / (n + 2));
  }
  return net + discount > 0 ? std::optional<Value>(discount / (net + discount)) : std::nullopt;
}

std::optional<Value> cell_of(const OrderRule& rule, const std::vector<PersonOrder>& orders,
                             TimeMs now, const Calendar& calendar) {
  double net = 0;
  for (const PersonOrder& order : orders) net += order.net;
  double since = calendar.day_number(now) - calendar.day_number(orders.back().time);
  char cell[] = {since <= rule.r ? '1' : '0',
                 static_cast<double>(orders.size()) >= rule.f ? '1' : '0',
                 net >= rule.m ? '1' : '0', '\0'};
  return rule.words.find(std::string_view(cell))->second;
}

}  // namespace

Result<OrderRule> parse_order_rule(const json::object& rule, std::string_view value_type) {
  OrderRule out;
  WEIR_TRY(std::string name, json::required_string(rule, "orders", "rule"));
  auto known = std::ranges::find(kKinds, name, &std::pair<std::string_view, Kind>::first);
  if (known == kKinds.end()) {
    return bad("rule.orders", fmt::format("\"{}\" is unknown; use stage, revived, rfm, average, "
                                          "promo_share or promo_depth",
                                          name));
  }
  out.kind = known->second;
  WEIR_CHECK_OK(parse_fields(rule, out.fields));
  WEIR_CHECK_OK(parse_days(rule, out));
  WEIR_CHECK_OK(parse_words(rule, value_type, out));
  out.stages.personal_cycle = json::optional_bool(rule, "personal_cycle", false);
  out.last = static_cast<int>(json::optional_int(rule, "last", out.last));
  if (out.last < 1 || out.last > 3660) return bad("rule.last", "must be 1…3660 days");
  for (auto [key, to] : {std::pair("r", &out.r), {"f", &out.f}, {"m", &out.m}}) {
    if (json::find(rule, key) == nullptr) continue;
    WEIR_TRY(*to, number_of(rule, key, "rule"));
  }
  int64_t least = out.kind == Kind::PromoShare ? kPromoOrders : 1;
  out.min_count = json::optional_int(rule, "min_count", least);
  if (const json::value* tiers = json::find(rule, "tiers")) {
    if (!gives_number(out.kind)) return bad("rule.tiers", "need a number; this rule gives none");
    WEIR_TRY(out.tiers, parse_tiers(*tiers, value_type));
  }
  WEIR_CHECK_OK(check_type(out, value_type));
  return out;
}

std::optional<Value> evaluate(const OrderRule& rule, const ConditionSubject& subject, TimeMs now,
                              const Calendar& calendar) {
  int32_t today = calendar.day_number(now);
  bool ever = rule.kind == Kind::Stage || rule.kind == Kind::Revived;
  TimeMs from = ever ? INT64_MIN : calendar.day_start(today - rule.last + 1);
  std::vector<PersonOrder> orders = orders_of(rule.fields, subject, from, now);
  if (ever) {
    std::vector<int32_t> days;
    for (const PersonOrder& order : orders) days.push_back(calendar.day_number(order.time));
    return stage_value(rule, days, today);
  }
  if (orders.empty()) return std::nullopt;
  if (rule.kind == Kind::Rfm) return cell_of(rule, orders, now, calendar);
  return number_of_orders(rule, orders);
}

}  // namespace weir::tags
