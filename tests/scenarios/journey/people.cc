#include "tests/scenarios/journey/people.h"

#include "model/facts.h"

#include <algorithm>

namespace weir::testing {

void People::apply(Step& step, StepContext& context) {
  const Envelope& record = step.record;
  if (int64_t who = int_property(record.properties, "who", -1); who >= 0) {
    step.identity = IdentityOrdinal(static_cast<uint32_t>(who));
    step.profile = canonical(ProfileOrdinal(step.identity->value));
  }
  if (record.name == "$merge") {
    merge(static_cast<uint32_t>(int_property(record.properties, "from")), step.profile->value);
    context.merged(ProfileOrdinal(static_cast<uint32_t>(int_property(record.properties, "from"))),
                   *step.profile);
    return;
  }
  if (record.name == "$split") {
    ProfileOrdinal apart(static_cast<uint32_t>(int_property(record.properties, "apart")));
    part(apart.value);
    context.split({*step.profile, apart, {IdentityOrdinal(apart.value)}, {apart}});
    return;
  }
  if (record.kind == RecordKind::Erase) {
    context.erased(*step.profile);
    return;
  }
  if (record.kind != RecordKind::Track || !step.profile) return;
  uint32_t profile = step.profile->value;
  if (record.name == facts::kConsentGranted || record.name == facts::kConsentWithdrawn) {
    std::tuple key{profile, std::string(string_property(record.properties, "channel")),
                   std::string(string_property(record.properties, "purpose"))};
    consents_[key] =
        record.name == facts::kConsentGranted ? ConsentState::Granted : ConsentState::Withdrawn;
  }
  uint32_t identity = step.identity ? step.identity->value : profile;
  history_[{record.event_time, step.position, step.hop}] = {profile, identity, record.name,
                                                            record.properties};
}

void People::set_openid(uint32_t profile, const std::string& appid, const std::string& openid) {
  identities_[profile].push_back({IdentityKind::OpenId, appid, openid});
}

void People::set_phone(uint32_t profile, const std::string& clear) {
  phones_[profile] = Sealed{"key", "phone", "token-" + clear, clear};
}

void People::add_contact(uint32_t profile, const std::string& staff) {
  std::string external = "ext" + std::to_string(profile);
  contacts_[profile].push_back(
      {"corp1", staff, external, "", static_cast<TimeMs>(contacts_[profile].size())});
  identities_[profile].push_back({IdentityKind::ExternalUserId, "corp1", external});
}

void People::merge(uint32_t from, uint32_t into) {
  merged_[from] = into;
  for (auto& [key, stored] : history_) {
    if (stored.profile == from) stored.profile = into;
  }
}

void People::part(uint32_t apart) {
  merged_.erase(apart);
  for (auto& [key, stored] : history_) {
    if (stored.identity == apart) stored.profile = apart;
  }
}

std::optional<IdentityOrdinal> People::find(const Identity& identity) const {
  for (const auto& [person, all] : identities_) {
    if (std::ranges::find(all, identity) != all.end()) return IdentityOrdinal(person);
  }
  for (const auto& [person, phone] : phones_) {
    if (identity.kind == IdentityKind::Phone && phone.token == identity.value) {
      return IdentityOrdinal(person);
    }
  }
  return std::nullopt;
}

ProfileOrdinal People::canonical(ProfileOrdinal profile) const {
  auto it = merged_.find(profile.value);
  return it == merged_.end() ? profile : ProfileOrdinal(it->second);
}

std::vector<ProfileOrdinal> People::parts_of(ProfileOrdinal profile) const {
  std::vector<ProfileOrdinal> parts{profile};
  for (const auto& [from, into] : merged_) {
    if (canonical(ProfileOrdinal(from)) == profile) parts.emplace_back(from);
  }
  return parts;
}

const Identity* People::latest(ProfileOrdinal profile, IdentityKind kind,
                               std::string_view scope) const {
  auto it = identities_.find(profile.value);
  if (it == identities_.end()) return nullptr;
  for (const Identity& identity : it->second) {
    if (identity.kind == kind && (scope.empty() || identity.scope == scope)) return &identity;
  }
  return nullptr;
}

const Sealed* People::address(ProfileOrdinal profile, IdentityKind kind) const {
  auto it = phones_.find(profile.value);
  return it == phones_.end() || kind != IdentityKind::Phone ? nullptr : &it->second;
}

ConsentState People::consent(ProfileOrdinal profile, std::string_view channel,
                             std::string_view purpose) const {
  for (std::string_view c : {channel, std::string_view("*")}) {
    auto it = consents_.find({profile.value, std::string(c), std::string(purpose)});
    if (it != consents_.end()) return it->second;
  }
  return ConsentState::Unknown;
}

std::vector<Contact> People::contacts(ProfileOrdinal profile) const {
  auto it = contacts_.find(profile.value);
  return it == contacts_.end() ? std::vector<Contact>() : it->second;
}

bool People::is_member(ProfileOrdinal profile, std::string_view segment_id) const {
  auto it = members_.find(segment_id);
  return it != members_.end() && it->second.contains(profile.value);
}

bool People::list_has(std::string_view list_id, std::string_view value) const {
  auto it = lists_.find(list_id);
  return it != lists_.end() && it->second.contains(std::string(value));
}

std::optional<std::vector<std::string>> People::list_values(std::string_view list_id) const {
  auto it = lists_.find(list_id);
  if (it == lists_.end()) return std::nullopt;
  return std::vector<std::string>(it->second.begin(), it->second.end());
}

void People::visit(ProfileOrdinal profile, const HistoryQuery& query,
                   const std::function<bool(const StoredEvent&)>& visit) const {
  auto [from, to, names, properties] = query;
  for (const auto& [key, stored] : history_) {
    auto [time, position, hop] = key;
    if (stored.profile != profile.value || time < from || time > to) continue;
    if (!names.empty() && std::find(names.begin(), names.end(), stored.name) == names.end())
      continue;
    StoredEvent event{time, stored.name, IdentityOrdinal(0), position, hop, &stored.properties};
    if (!visit(event)) return;
  }
}

}  // namespace weir::testing
