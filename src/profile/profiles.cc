#include "model/facts.h"
#include "model/key_space.h"
#include "profile/activity.h"
#include "profile/apart.h"
#include "profile/contributions.h"
#include "profile/coverage.h"
#include "profile/profile.h"
#include "profile/trait_history.h"
#include "profile/trait_registry.h"

#include <algorithm>
#include <span>

namespace weir::profile {
namespace {

/// What operators write of a person (api/): a Track record without a name, which is no event.
bool is_edit(const Envelope& record) {
  return record.kind == RecordKind::Track && record.name.empty();
}

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
  ProfilesFold(const IdentityReader& identities, TraitSchemas& schemas)
      : identities_(identities), people_(identities), activity_(identities), registry_(schemas) {}

  std::string_view name() const override { return "profile"; }

  Status load(const StateStore& store) override {
    std::vector<IdentityOrdinal> apart;
    WEIR_CHECK_OK(people_.load(store, [&](IdentityOrdinal identity, const Person& part) {
      if (ApartList::concerns(part)) apart.push_back(identity);
      coverage_.enter(&part);
    }));
    for (IdentityOrdinal identity : apart) {
      ProfileOrdinal profile = identities_.owner(identity);
      apart_.note(profile, find(profile));
    }
    WEIR_CHECK_OK(activity_.load(store));
    WEIR_CHECK_OK(past_.load(store));
    return registry_.load(store);
  }

  void save(WriteBatch& batch) override {
    people_.save(batch);
    activity_.save(batch);
    registry_.save(batch);
    past_.save(batch);
  }

  void apply(Step& step, StepContext&) override {
    const Envelope& record = step.record;
    if (record.kind == RecordKind::Definition && record.name == kTraitsDefinition) {
      registry_.define(definition_body(record), record.event_time,
                       string_property(record.properties, "operator"));
    }
    if (!step.profile || !step.identity) return;
    activity_.create(*step.profile, *step.identity, step.now);
    // What Weir derived is not the person's doing, nor what an operator wrote.
    if (step.hop == 0 && !is_edit(record)) {
      activity_.see(*step.profile, *step.identity, record.event_time, step.now,
                    !event_name(record).empty());
    }
    // Traits of a group record describe the company.
    bool has_traits = !record.traits.empty() && record.kind != RecordKind::Group;
    if (!has_traits && !is_profile_fact(record)) return;
    if (has_traits) apply_traits(step);
    if (is_profile_fact(record)) {
      apply_fact(people_.of(*step.identity), record, {record.event_time, step.position});
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
    for (ProfileOrdinal side : {split.kept, split.apart}) leave_coverage(side);
    people_.part_addresses(split.kept, split.apart);
    people_.part_addresses(split.apart, split.kept);
    for (ProfileOrdinal side : {split.kept, split.apart}) enter_coverage(side);
    rejoin(split.kept);
    rejoin(split.apart);
  }

  void on_erase(ProfileOrdinal profile, StepContext&) override {
    activity_.erase(profile);
    leave_coverage(profile);
    for (IdentityOrdinal identity : identities_.identities_of(profile)) past_.erase(identity);
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
  std::vector<TraitInfo> registry() const override {
    std::vector<TraitInfo> all = registry_.list();
    for (TraitInfo& info : all) info.people = coverage_.people_with(info.name);
    return all;
  }
  const TraitSchema& schema() const override { return registry_.schema(); }
  SchemaVersion schema_version() const override { return registry_.version(); }
  TraitPast trait_past(ProfileOrdinal profile, std::string_view name,
                       TimeMs known_at) const override;
  size_t count() const override { return activity_.size(); }
  std::shared_ptr<const SetApart> set_apart() const override { return apart_.set_apart(); }

 private:
  const Person* find(ProfileOrdinal profile) const { return people_.find(profile); }
  void rejoin(ProfileOrdinal profile) {
    activity_.rejoin(profile);
    people_.rejoin(profile);
    apart_.note(profile, find(profile));
  }
  void apply_traits(const Step& step);
  ProfileView view_of(const std::optional<Activity::Seen>& activity, const Person* person) const;
  DataClass class_of(std::string_view name, bool personal) const {
    const TraitRule* rule = registry_.schema().find(name);
    DataClass found = data_class_of(name, personal);
    return rule == nullptr ? found : std::max(found, rule->data_class);
  }
  static void apply_fact(Person& person, const Envelope& record, Stamp stamp);

  void keep_past(const Step& step, const Person& person, const TraitChange& change,
                 const TraitRule& rule);
  /// Takes what the identities of the profile brought out of the counts, or puts it in.
  void leave_coverage(ProfileOrdinal profile) {
    for (IdentityOrdinal one : identities_.identities_of(profile))
      coverage_.leave(people_.row(one));
  }
  void enter_coverage(ProfileOrdinal profile) {
    for (IdentityOrdinal one : identities_.identities_of(profile))
      coverage_.enter(people_.row(one));
  }

  const IdentityReader& identities_;
  Contributions people_;
  Activity activity_;
  TraitHistory past_;
  TraitRegistry registry_;
  Coverage coverage_;
  ApartList apart_;
};

void ProfilesFold::apply_traits(const Step& step) {
  const Envelope& record = step.record;
  Person& person = people_.of(*step.identity);
  Stamp stamp{record.event_time, step.position};
  for (const TraitChange& change : record.traits) {
    const TraitRule* rule = registry_.schema().find(change.name);
    if (!registry_.note(change, rule, record.source)) continue;
    if (rule != nullptr && rule->history) {
      keep_past(step, person, change, *rule);
    } else {
      past_.drop(*step.identity, change.name);  // it would have a gap when kept again
    }
    bool had = person.find_trait(change.name) != nullptr;
    person.change(change, stamp, record.source, rule);
    bool has = person.find_trait(change.name) != nullptr;
    if (had != has) coverage_.add(change.name, has ? 1 : -1);
  }
  people_.traits_changed(*step.profile, record.traits);
  apart_.note(*step.profile, find(*step.profile));
}

namespace {

/// What an identity held when its past began to be kept.
TraitWrite held_write(std::string_view name, const Trait& held) {
  TraitOp op = held.unset ? TraitOp::Unset : held.once ? TraitOp::SetOnce : TraitOp::Set;
  return {{op, std::string(name), held.value}, held.stamp, 0, held.source};
}

}  // namespace

void ProfilesFold::keep_past(const Step& step, const Person& person, const TraitChange& change,
                             const TraitRule& rule) {
  // A value that looks personal was sealed all the same: its past is not kept.
  if (std::holds_alternative<Sealed>(change.value)) return;
  if (!past_.has(*step.identity, change.name)) {
    auto held = person.traits.find(change.name);
    if (held != person.traits.end()) {
      past_.begin(*step.identity, held_write(change.name, held->second));
    }
  }
  const Envelope& record = step.record;
  TimeMs received = record.received_time != 0 ? record.received_time : step.now;
  past_.note(*step.identity, {change, {record.event_time, step.position}, received, record.source},
             &rule);
}

TraitPast ProfilesFold::trait_past(ProfileOrdinal profile, std::string_view name,
                                   TimeMs known_at) const {
  TraitPast out;
  std::vector<TraitWrite> writes;
  const TraitRule* rule = registry_.schema().find(name);
  bool kept = rule != nullptr && rule->history;
  for (IdentityOrdinal identity : identities_.identities_of(profile)) {
    if (kept && past_.has(identity, name)) {
      past_.collect(identity, name, writes, out.kept_from);
    } else if (const Trait* held = people_.held(identity, name)) {
      writes.push_back(held_write(name, *held));
      out.kept_from = std::max(out.kept_from, held->stamp.time);
    }
  }
  std::erase_if(writes, [&](const TraitWrite& write) { return write.received > known_at; });
  out.periods = periods_of(std::move(writes), rule);
  return out;
}

ProfileView ProfilesFold::view(ProfileOrdinal profile) const {
  return view_of(activity_.find(profile), find(profile));
}

ProfileView ProfilesFold::view_of(const std::vector<IdentityOrdinal>& identities) const {
  Person person = people_.join(identities);
  return view_of(activity_.join(identities), &person);
}

ProfileView ProfilesFold::view_of(const std::optional<Activity::Seen>& activity,
                                  const Person* person) const {
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
        {name, t.value, personal, t.source, t.stamp.time, to_string(class_of(name, personal))});
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

std::unique_ptr<Profiles> Profiles::make(const IdentityReader& identities, TraitSchemas& schemas) {
  return std::make_unique<ProfilesFold>(identities, schemas);
}

}  // namespace weir::profile
