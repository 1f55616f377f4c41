#include "identity/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace weir::identity {
namespace {

constexpr size_t kKindsMax = 64;
constexpr size_t kBlockedMax = 10'000;
constexpr int64_t kClusterMax = 1'000;  // every step over a person stays bounded
constexpr int64_t kDaysMax = 3'650;

KindRule limited(IdentityKind kind, int priority, uint32_t max, bool shareable = false) {
  KindRule rule;
  rule.kind = kind;
  rule.priority = priority;
  rule.max = max;
  rule.shareable = shareable;
  return rule;
}

std::unexpected<Error> wrong(std::string_view field, std::string_view what) {
  return fail(ErrorCode::InvalidArgument, fmt::format("{}: {}", field, what), std::string(field));
}

Status check_keys(const json::object& o, const std::set<std::string_view>& known,
                  std::string_view where) {
  for (const auto& entry : o) {
    std::string_view key(entry.key().data(), entry.key().size());
    if (known.contains(key)) continue;
    std::string all;
    for (std::string_view k : known) all += (all.empty() ? "" : ", ") + std::string(k);
    std::string field = where.empty() ? std::string(key) : fmt::format("{}.{}", where, key);
    return wrong(field, "is not a field of identity rules; there are " + all);
  }
  return {};
}

Result<int64_t> integer(const json::object& o, std::string_view key, std::string_view where,
                        int64_t fallback, int64_t min, int64_t max) {
  const json::value* v = json::find(o, key);
  if (v == nullptr) return fallback;
  if (const int64_t* n = v->if_int64(); n != nullptr && *n >= min && *n <= max) return *n;
  // Written by us: counts are unsigned.
  const uint64_t* u = v->if_uint64();
  if (u != nullptr && *u <= static_cast<uint64_t>(max)) return static_cast<int64_t>(*u);
  std::string field = where.empty() ? std::string(key) : fmt::format("{}.{}", where, key);
  return wrong(field, fmt::format("must be a whole number from {} to {}, not {}", min, max,
                                  json::to_text(*v)));
}

Result<bool> flag(const json::object& o, std::string_view key, std::string_view where,
                  bool fallback) {
  const json::value* v = json::find(o, key);
  if (v == nullptr) return fallback;
  if (v->is_bool()) return v->get_bool();
  return wrong(fmt::format("{}.{}", where, key), "must be true or false");
}

Result<StringSet> blocked_values(const json::object& o, std::string_view where) {
  StringSet out;
  if (json::find(o, "blocked") == nullptr) return out;
  WEIR_TRY(const json::array* list, json::required_array(o, "blocked", where));
  if (list->size() > kBlockedMax) {
    return wrong(fmt::format("{}.blocked", where), fmt::format("at most {} values", kBlockedMax));
  }
  for (size_t i = 0; i < list->size(); ++i) {
    const json::value& v = (*list)[i];
    if (!v.is_string() || v.get_string().empty()) {
      return wrong(fmt::format("{}.blocked[{}]", where, i), "must be a text; put it in quotes");
    }
    out.emplace(json::view(v.get_string()));
  }
  return out;
}

Result<KindRule> parse_kind(const json::value& v, const std::string& where) {
  WEIR_TRY(const json::object* o, json::as_object(v, where));
  WEIR_CHECK_OK(check_keys(
      *o, {"kind", "scope", "priority", "max", "window_days", "link", "shareable", "blocked"},
      where));
  KindRule rule;
  WEIR_TRY(std::string kind, json::required_string(*o, "kind", where));
  auto known = parse_identity_kind(kind);
  if (!known) return wrong(where + ".kind", known.error().message);
  rule.kind = *known;
  if (const json::value* scope = json::find(*o, "scope")) {
    if (!scope->is_string()) return wrong(where + ".scope", "must be a text");
    rule.scope = std::string(json::view(scope->get_string()));
  }
  WEIR_TRY(int64_t priority, integer(*o, "priority", where, 9, 0, 99));
  WEIR_TRY(int64_t max, integer(*o, "max", where, 0, 0, kClusterMax));
  WEIR_TRY(int64_t days, integer(*o, "window_days", where, 0, 0, kDaysMax));
  if (days > 0 && max == 0) return wrong(where + ".window_days", "needs \"max\" beside it");
  rule.priority = static_cast<int>(priority);
  rule.max = static_cast<uint32_t>(max);
  rule.window = days * kDayMs;
  WEIR_TRY(rule.link, flag(*o, "link", where, true));
  WEIR_TRY(rule.shareable, flag(*o, "shareable", where, false));
  WEIR_TRY(rule.blocked, blocked_values(*o, where));
  return rule;
}

json::object render_kind(const KindRule& rule) {
  json::object out{{"kind", to_string(rule.kind)}};
  if (rule.scope) out["scope"] = *rule.scope;
  out["priority"] = rule.priority;
  if (rule.max != 0) out["max"] = rule.max;
  if (rule.window != 0) out["window_days"] = rule.window / kDayMs;
  out["link"] = rule.link;
  out["shareable"] = rule.shareable;
  std::vector<std::string_view> sorted(rule.blocked.begin(), rule.blocked.end());
  std::ranges::sort(sorted);
  json::array blocked;
  for (std::string_view value : sorted) blocked.push_back(json::value(value));
  if (!blocked.empty()) out["blocked"] = std::move(blocked);
  return out;
}

/// Every field by its path.
std::map<std::string, std::string> flatten(const IdentityRules& rules) {
  std::map<std::string, std::string> out;
  const json::object all = render_rules(rules);
  for (const char* part : {"cluster", "shared"}) {
    for (const auto& field : all.at(part).as_object()) {
      out[fmt::format("{}.{}", part, std::string_view(field.key().data(), field.key().size()))] =
          json::to_text(field.value());
    }
  }
  for (const KindRule& rule : rules.kinds) {
    std::string name = fmt::format("kinds.{}", to_string(rule.kind));
    if (rule.scope) name += fmt::format("@{}", *rule.scope);
    const json::object kind = render_kind(rule);
    for (const auto& field : kind) {
      std::string_view key(field.key().data(), field.key().size());
      if (key == "kind" || key == "scope") continue;
      out[fmt::format("{}.{}", name, key)] = json::to_text(field.value());
    }
  }
  return out;
}

}  // namespace

IdentityRules::IdentityRules()
    : kinds{limited(IdentityKind::UserId, 0, 1),         limited(IdentityKind::UnionId, 1, 1),
            limited(IdentityKind::ExternalUserId, 2, 0), limited(IdentityKind::OpenId, 3, 1),
            limited(IdentityKind::Phone, 4, 3, true),    limited(IdentityKind::Email, 5, 3, true),
            limited(IdentityKind::Other, 6, 0),          limited(IdentityKind::AnonymousId, 7, 0),
            limited(IdentityKind::Device, 8, 5, true)} {
  kinds.back().window = 7 * kDayMs;
}

const KindRule& IdentityRules::rule_of(IdentityKind kind, std::string_view scope) const {
  static const KindRule kNoRule = limited(IdentityKind::Other, 9, 0);
  const KindRule* of_kind = &kNoRule;
  for (const KindRule& rule : kinds) {
    if (rule.kind != kind) continue;
    if (!rule.scope) of_kind = &rule;
    if (rule.scope == scope) return rule;
  }
  return *of_kind;
}

bool IdentityRules::blocks(const Identity& identity) const {
  return rule_of(identity.kind, identity.scope).blocked.contains(identity.value);
}

Result<IdentityRules> parse_rules(const json::value& body) {
  WEIR_TRY(const json::object* o, json::as_object(body, "rules"));
  WEIR_CHECK_OK(check_keys(*o, {"kinds", "cluster", "shared"}, ""));
  IdentityRules rules;
  rules.kinds.clear();
  WEIR_TRY(const json::array* kinds, json::required_array(*o, "kinds"));
  if (kinds->empty() || kinds->size() > kKindsMax) {
    return wrong("kinds", fmt::format("has 1…{} entries", kKindsMax));
  }
  std::set<std::pair<IdentityKind, std::optional<std::string>>> seen;
  for (size_t i = 0; i < kinds->size(); ++i) {
    std::string where = fmt::format("kinds[{}]", i);
    WEIR_TRY(KindRule rule, parse_kind((*kinds)[i], where));
    if (!seen.emplace(rule.kind, rule.scope).second) {
      return wrong(where + ".kind", "has an entry already; one for each kind and scope");
    }
    rules.kinds.push_back(std::move(rule));
  }
  if (json::find(*o, "cluster") != nullptr) {
    WEIR_TRY(const json::object* cluster, json::required_object(*o, "cluster"));
    WEIR_CHECK_OK(check_keys(*cluster, {"soft", "hard"}, "cluster"));
    WEIR_TRY(int64_t soft, integer(*cluster, "soft", "cluster", 50, 1, kClusterMax));
    WEIR_TRY(int64_t hard, integer(*cluster, "hard", "cluster", 100, 1, kClusterMax));
    if (soft > hard) return wrong("cluster.soft", "must not be larger than cluster.hard");
    rules.cluster_soft = static_cast<uint32_t>(soft);
    rules.cluster_hard = static_cast<uint32_t>(hard);
  }
  if (json::find(*o, "shared") != nullptr) {
    WEIR_TRY(const json::object* shared, json::required_object(*o, "shared"));
    WEIR_CHECK_OK(check_keys(*shared, {"persons_max", "window_days"}, "shared"));
    WEIR_TRY(int64_t persons, integer(*shared, "persons_max", "shared", 5, 1, 100));
    WEIR_TRY(int64_t days, integer(*shared, "window_days", "shared", 30, 1, kDaysMax));
    rules.shared_persons_max = static_cast<uint32_t>(persons);
    rules.shared_window = days * kDayMs;
  }
  return rules;
}

json::object render_rules(const IdentityRules& rules) {
  json::array kinds;
  for (const KindRule& rule : rules.kinds) kinds.push_back(render_kind(rule));
  return {{"kinds", std::move(kinds)},
          {"cluster", json::object{{"soft", rules.cluster_soft}, {"hard", rules.cluster_hard}}},
          {"shared", json::object{{"persons_max", rules.shared_persons_max},
                                  {"window_days", rules.shared_window / kDayMs}}}};
}

std::vector<FieldChange> compare(const IdentityRules& before, const IdentityRules& after) {
  return changed_fields(flatten(before), flatten(after));
}

}  // namespace weir::identity
