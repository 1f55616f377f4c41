#include "model/facts.h"
#include "model/key_space.h"
#include "ports/resident_table.h"
#include "profile/person.h"
#include "profile/profile.h"
#include "profile/state.pb.h"

#include <absl/container/btree_set.h>

#include <algorithm>
#include <array>

namespace weir::profile {
namespace {

std::string_view type_name(const Value& value) {
  constexpr std::string_view kNames[] = {"text", "bool", "number", "number",
                                         "text", "list", "json",   "sealed"};
  return kNames[value.index()];
}

const Identity* identity_of(const Envelope& record, IdentityKind kind) {
  for (const Identity& identity : record.identities) {
    if (identity.kind == kind) return &identity;
  }
  return nullptr;
}

class ProfilesFold final : public Profiles {
 public:
  ProfilesFold()
      : people_(std::string{key_space::kProfile, 'p'}), registry_(std::string{key_space::kProfile, 'r'}) {}

  std::string_view name() const override { return "profile"; }

  Status load(const StateStore& store) override {
    WEIR_CHECK_OK(people_.load(store));
    WEIR_CHECK_OK(registry_.load(store));
    people_.for_each([&](const std::string& key, const Person& person) {
      recency_.insert({person.last_seen, parse_ordinal_key(key)});
    });
    return {};
  }

  void save(WriteBatch& batch) override {
    people_.save(batch);
    registry_.save(batch);
  }

  void apply(Step& step, StepContext&) override {
    if (!step.profile) return;
    const Envelope& record = step.record;
    Person& person = touch(*step.profile, step);
    Stamp stamp{record.event_time, step.position};
    for (const TraitChange& change : record.traits) {
      person.change(change, stamp, record.source);
      note(change);
    }
    if (record.kind == RecordKind::Track) apply_fact(person, record, stamp);
  }

  void on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext&) override {
    const Person* lost = people_.find(ordinal_key(from.value));
    if (lost == nullptr) return;
    Person copy = *lost;
    drop(from);
    Person& person = people_.mutate(ordinal_key(into.value));
    recency_.erase({person.last_seen, into.value});
    person.absorb(copy);
    recency_.insert({person.last_seen, into.value});
  }

  void on_erase(ProfileOrdinal profile, StepContext&) override { drop(profile); }

  const Value* trait(ProfileOrdinal profile, std::string_view name) const override {
    const Person* person = find(profile);
    if (person == nullptr) return nullptr;
    auto it = person->traits.find(name);
    return it == person->traits.end() ? nullptr : &it->second.value;
  }

  const Sealed* address(ProfileOrdinal profile, IdentityKind kind) const override {
    constexpr std::array<std::string_view, 2> kPhone = {"phone", "mobile"};
    constexpr std::array<std::string_view, 2> kEmail = {"email", "mail"};
    const auto& names = kind == IdentityKind::Phone ? kPhone : kEmail;
    for (std::string_view name : names) {
      const Value* value = trait(profile, name);
      const Sealed* sealed = value == nullptr ? nullptr : std::get_if<Sealed>(value);
      if (sealed != nullptr) return sealed;
    }
    return nullptr;
  }

  ConsentState consent(ProfileOrdinal profile, std::string_view channel,
                       std::string_view purpose) const override {
    const Person* person = find(profile);
    if (person == nullptr) return ConsentState::Unknown;
    for (std::string_view c : {channel, std::string_view("*")}) {
      auto it = person->consents.find({std::string(c), std::string(purpose)});
      if (it != person->consents.end()) {
        return it->second.granted ? ConsentState::Granted : ConsentState::Withdrawn;
      }
    }
    return ConsentState::Unknown;
  }

  std::vector<Contact> contacts(ProfileOrdinal profile) const override {
    const Person* person = find(profile);
    return person == nullptr ? std::vector<Contact>{} : person->contacts;
  }

  bool follows(ProfileOrdinal profile, std::string_view appid) const override {
    const Person* person = find(profile);
    if (person == nullptr) return false;
    auto it = person->follows.find(appid);
    return it != person->follows.end() && it->second.following;
  }

  ProfileView view(ProfileOrdinal profile) const override {
    ProfileView out;
    const Person* person = find(profile);
    if (person == nullptr) return out;
    out.created_at = person->created_at;
    out.first_seen = person->first_seen;
    out.last_seen = person->last_seen;
    out.event_count = person->event_count;
    for (const auto& [name, t] : person->traits) {
      bool personal = std::holds_alternative<Sealed>(t.value);
      out.traits.push_back({name, t.value, personal, t.source, t.stamp.time});
    }
    for (const auto& [key, c] : person->consents) {
      out.consents.push_back({key.first, key.second, c.source, c.granted, c.stamp.time});
    }
    out.contacts = person->contacts;
    for (const auto& [appid, f] : person->follows) {
      if (f.following) out.follows.push_back(appid);
    }
    return out;
  }

  std::vector<ProfileOrdinal> recent(RecencyCursor after, size_t limit) const override {
    std::vector<ProfileOrdinal> page;
    auto it = recency_.lower_bound({after.last_seen, after.profile.value});
    while (it != recency_.begin() && page.size() < limit) {
      --it;
      page.emplace_back(it->second);
    }
    return page;
  }

  RecencyCursor cursor_of(ProfileOrdinal profile) const override {
    const Person* person = find(profile);
    return {person == nullptr ? 0 : person->last_seen, profile};
  }

  std::vector<TraitInfo> registry() const override {
    std::vector<TraitInfo> all;
    registry_.for_each([&](const std::string& name, const pb::TraitInfo& info) {
      all.push_back({name, info.type(), info.personal()});
    });
    std::sort(all.begin(), all.end(),
              [](const TraitInfo& a, const TraitInfo& b) { return a.name < b.name; });
    return all;
  }

  size_t count() const override { return people_.size(); }

 private:
  const Person* find(ProfileOrdinal profile) const { return people_.find(ordinal_key(profile.value)); }

  Person& touch(ProfileOrdinal profile, const Step& step) {
    Person& person = people_.mutate(ordinal_key(profile.value));
    if (person.created_at == 0) person.created_at = step.now;
    if (step.hop != 0) return person;  // what Weir derived is not the person's doing
    TimeMs time = step.record.event_time;
    if (!event_name(step.record).empty()) ++person.event_count;
    person.first_seen = person.first_seen == 0 ? time : std::min(person.first_seen, time);
    if (time > person.last_seen || !recency_.contains({person.last_seen, profile.value})) {
      recency_.erase({person.last_seen, profile.value});
      person.last_seen = std::max(person.last_seen, time);
      recency_.insert({person.last_seen, profile.value});
    }
    return person;
  }

  void drop(ProfileOrdinal profile) {
    const Person* person = find(profile);
    if (person == nullptr) return;
    recency_.erase({person->last_seen, profile.value});
    people_.erase(ordinal_key(profile.value));
  }

  void note(const TraitChange& change) {
    std::string_view type = type_name(change.value);
    const pb::TraitInfo* known = registry_.find(change.name);
    if (known != nullptr && known->type() == type) return;
    constexpr size_t kTraitNamesMax = 2000;  // a field explosion must not fill memory
    if (known == nullptr && registry_.size() >= kTraitNamesMax) return;
    if (change.op == TraitOp::Unset) return;
    pb::TraitInfo& info = registry_.mutate(change.name);
    info.set_type(std::string(type));
    info.set_personal(info.personal() || type == "sealed");
  }

  static void apply_fact(Person& person, const Envelope& record, Stamp stamp) {
    const Properties& p = record.properties;
    if (record.name == facts::kConsentGranted || record.name == facts::kConsentWithdrawn) {
      std::string channel(string_property(p, "channel"));
      std::string purpose(string_property(p, "purpose"));
      person.set_consent(channel.empty() ? "*" : channel, purpose.empty() ? "marketing" : purpose,
                         {record.name == facts::kConsentGranted, stamp, record.source});
    } else if (record.name == facts::kMpFollow || record.name == facts::kMpUnfollow) {
      const Identity* openid = identity_of(record, IdentityKind::OpenId);
      if (openid != nullptr) {
        person.follow(openid->scope, record.name == facts::kMpFollow, record.event_time);
      }
    } else if (record.name == facts::kWecomFriendAdded || record.name == facts::kWecomFriendDeleted) {
      const Identity* external = identity_of(record, IdentityKind::ExternalUserId);
      std::string staff(string_property(p, "staff_userid"));
      if (external == nullptr || staff.empty()) return;
      if (record.name == facts::kWecomFriendDeleted) {
        person.remove_contact(external->scope, staff);
      } else {
        person.add_contact({external->scope, staff, external->value,
                            std::string(string_property(p, "state")), record.event_time});
      }
    }
  }

  ResidentTable<Person> people_;
  ResidentTable<pb::TraitInfo> registry_;
  absl::btree_set<std::pair<TimeMs, uint32_t>> recency_;
};

}  // namespace

std::unique_ptr<Profiles> Profiles::make() { return std::make_unique<ProfilesFold>(); }

}  // namespace weir::profile
