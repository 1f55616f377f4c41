#include "model/facts.h"
#include "model/key_space.h"
#include "profile/activity.h"
#include "profile/apart.h"
#include "profile/contributions.h"
#include "profile/profile.h"
#include "profile/trait_registry.h"

#include <span>

namespace weir::profile {
namespace {

const Identity* identity_of(const Envelope& record, IdentityKind kind) {
  for (const Identity& identity : record.identities) {
    if (identity.kind == kind) return &identity;
  }
  return nullptr;
}

bool is_profile_fact(const Envelope& record) {
  if (record.kind != RecordKind::Track) return false;
  std::string_view name = record.name;
  return name == facts::kConsentGranted || name == facts::kConsentWithdrawn ||
         name == facts::kMpFollow || name == facts::kMpUnfollow ||
         name == facts::kWecomFriendAdded || name == facts::kWecomFriendDeleted;
}

class ProfilesFold final : public Profiles {
 public:
  explicit ProfilesFold(const IdentityReader& identities)
      : identities_(identities), people_(identities), activity_(identities) {}

  std::string_view name() const override { return "profile"; }

  Status load(const StateStore& store) override {
    std::vector<IdentityOrdinal> apart;
    WEIR_CHECK_OK(people_.load(store, [&](IdentityOrdinal identity, const Person& part) {
      if (ApartList::concerns(part)) apart.push_back(identity);
    }));
    for (IdentityOrdinal identity : apart) {
      ProfileOrdinal profile = identities_.owner(identity);
      apart_.note(profile, find(profile));
    }
    WEIR_CHECK_OK(activity_.load(store));
    return registry_.load(store);
  }

  void save(WriteBatch& batch) override {
    people_.save(batch);
    activity_.save(batch);
    registry_.save(batch);
  }

  void apply(Step& step, StepContext&) override {
    if (!step.profile || !step.identity) return;
    const Envelope& record = step.record;
    activity_.create(*step.profile, *step.identity, step.now);
    // What Weir derived is not the person's doing.
    if (step.hop == 0) {
      activity_.see(*step.profile, *step.identity, record.event_time, step.now,
                    !event_name(record).empty());
    }
    // Traits of a group record describe the company.
    bool has_traits = !record.traits.empty() && record.kind != RecordKind::Group;
    if (!has_traits && !is_profile_fact(record)) return;
    Person& person = people_.of(*step.identity);
    Stamp stamp{record.event_time, step.position};
    if (has_traits) {
      for (const TraitChange& change : record.traits) {
        if (registry_.note(change)) person.change(change, stamp, record.source);
      }
      people_.traits_changed(*step.profile, record.traits);
      apart_.note(*step.profile, find(*step.profile));
    }
    if (is_profile_fact(record)) {
      apply_fact(person, record, stamp);
      people_.rejoin(*step.profile);
    }
  }

  /// Rows of imported history carry no traits.
  void apply_chunk(ChunkStep& step, StepContext&) override {
    for (const ChunkStep::Person& person : step.persons) {
      if (!person.profile || !person.identity) continue;
      activity_.create(*person.profile, *person.identity, step.now);
      activity_.see(*person.profile, *person.identity, person.first, person.last, step.now,
                    person.events);
    }
  }

  void on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext&) override {
    activity_.forget(from);
    people_.forget(from);
    apart_.note(from, nullptr);
    rejoin(into);
  }

  void on_split(const Split& split, StepContext&) override {
    people_.part_addresses(split.kept, split.apart);
    people_.part_addresses(split.apart, split.kept);
    rejoin(split.kept);
    rejoin(split.apart);
  }

  void on_erase(ProfileOrdinal profile, StepContext&) override {
    activity_.erase(profile);
    people_.erase(profile);
    apart_.note(profile, nullptr);
  }

  void read_traits(ProfileOrdinal profile, std::span<const std::string> names,
                   std::vector<std::optional<Value>>& out) const override {
    people_.read_traits(profile, names, out);
  }

  const Value* trait(ProfileOrdinal profile, std::string_view name) const override {
    const Person* person = find(profile);
    const Trait* found = person == nullptr ? nullptr : person->find_trait(name);
    return found == nullptr ? nullptr : &found->value;
  }

  const Sealed* address(ProfileOrdinal profile, IdentityKind kind) const override {
    // In order of trust: the vault writes "phone" and "email" for identities.
    static constexpr std::string_view kPhone[] = {"phone", "mobile", "tel", "手机号", "手机"};
    static constexpr std::string_view kEmail[] = {"email", "mail", "邮箱"};
    bool phone = kind == IdentityKind::Phone;
    for (std::string_view name : phone ? std::span<const std::string_view>(kPhone) : kEmail) {
      const Value* value = trait(profile, name);
      const Sealed* sealed = value == nullptr ? nullptr : std::get_if<Sealed>(value);
      // Without a token it is sealed text that is no number or address: nothing to send to.
      if (sealed != nullptr && !sealed->token.empty()) return sealed;
    }
    return nullptr;
  }

  ConsentState consent(ProfileOrdinal profile, std::string_view channel,
                       std::string_view purpose) const override {
    const Person* person = find(profile);
    return person == nullptr ? ConsentState::Unknown : person->consent(channel, purpose);
  }

  std::vector<Contact> contacts(ProfileOrdinal profile) const override {
    const Person* person = find(profile);
    return person == nullptr ? std::vector<Contact>{} : person->contacts();
  }

  bool follows(ProfileOrdinal profile, std::string_view appid) const override {
    const Person* person = find(profile);
    if (person == nullptr) return false;
    auto it = person->follows.find(appid);
    return it != person->follows.end() && it->second.following;
  }

  ProfileView view(ProfileOrdinal profile) const override;
  ProfileView view_of(const std::vector<IdentityOrdinal>& identities) const override;

  std::vector<ProfileOrdinal> recent(RecencyCursor after, size_t limit) const override {
    return activity_.recent(after, limit);
  }
  RecencyCursor cursor_of(ProfileOrdinal profile) const override {
    return {activity_.last_seen(profile), profile};
  }
  std::vector<TraitInfo> registry() const override { return registry_.list(); }
  size_t count() const override { return activity_.size(); }
  std::shared_ptr<const SetApart> set_apart() const override { return apart_.set_apart(); }

 private:
  const Person* find(ProfileOrdinal profile) const { return people_.find(profile); }
  void rejoin(ProfileOrdinal profile) {
    activity_.rejoin(profile);
    people_.rejoin(profile);
    apart_.note(profile, find(profile));
  }
  static ProfileView view_of(const std::optional<Activity::Seen>& activity, const Person* person);
  static void apply_fact(Person& person, const Envelope& record, Stamp stamp);

  const IdentityReader& identities_;
  Contributions people_;
  Activity activity_;
  TraitRegistry registry_;
  ApartList apart_;
};

ProfileView ProfilesFold::view(ProfileOrdinal profile) const {
  return view_of(activity_.find(profile), find(profile));
}

ProfileView ProfilesFold::view_of(const std::vector<IdentityOrdinal>& identities) const {
  Person person = people_.join(identities);
  return view_of(activity_.join(identities), &person);
}

ProfileView ProfilesFold::view_of(const std::optional<Activity::Seen>& activity,
                                  const Person* person) {
  ProfileView out;
  if (activity) {
    out.created_at = activity->created_at;
    out.first_seen = activity->first_seen;
    out.last_seen = activity->last_seen;
    out.event_count = activity->event_count;
  }
  if (person == nullptr) return out;
  for (const auto& [name, t] : person->traits) {
    if (t.unset) continue;
    bool personal = std::holds_alternative<Sealed>(t.value);
    out.traits.push_back(
        {name, t.value, personal, t.source, t.stamp.time, data_class_of(name, personal)});
  }
  for (const auto& [key, c] : person->consents) {
    out.consents.push_back({key.first, key.second, c.source, c.granted, c.stamp.time});
  }
  out.contacts = person->contacts();
  for (const auto& [appid, f] : person->follows) {
    if (f.following) out.follows.push_back(appid);
  }
  return out;
}

void ProfilesFold::apply_fact(Person& person, const Envelope& record, Stamp stamp) {
  const Properties& p = record.properties;
  if (record.name == facts::kConsentGranted || record.name == facts::kConsentWithdrawn) {
    std::string channel(string_property(p, "channel"));
    std::string purpose(string_property(p, "purpose"));
    person.set_consent(channel.empty() ? "*" : channel, purpose.empty() ? "marketing" : purpose,
                       {record.name == facts::kConsentGranted, stamp, record.source});
  } else if (record.name == facts::kMpFollow || record.name == facts::kMpUnfollow) {
    const Identity* openid = identity_of(record, IdentityKind::OpenId);
    std::string appid =
        openid != nullptr ? openid->scope : std::string(string_property(p, "appid"));
    if (!appid.empty()) person.follow(appid, {record.name == facts::kMpFollow, stamp});
  } else if (record.name == facts::kWecomFriendAdded || record.name == facts::kWecomFriendDeleted) {
    const Identity* external = identity_of(record, IdentityKind::ExternalUserId);
    std::string staff(string_property(p, "staff_userid"));
    if (external == nullptr || staff.empty()) return;
    person.set_contact({external->scope, staff, external->value},
                       {std::string(string_property(p, "state")), record.event_time,
                        record.name == facts::kWecomFriendDeleted, stamp});
  }
}

}  // namespace

std::unique_ptr<Profiles> Profiles::make(const IdentityReader& identities) {
  return std::make_unique<ProfilesFold>(identities);
}

}  // namespace weir::profile
