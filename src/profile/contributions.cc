#include "profile/contributions.h"

#include "model/key_space.h"

#include <set>

namespace weir::profile {

Contributions::Contributions(const IdentityReader& identities)
    : identities_(identities), rows_(std::string{key_space::kProfile, 'c'}) {}

const Person* Contributions::find(ProfileOrdinal profile) const {
  auto it = people_.find(profile.value);
  return it == people_.end() ? nullptr : it->second.person;
}

Person& Contributions::of(IdentityOrdinal identity) {
  return rows_.mutate(ordinal_key(identity.value));
}

std::vector<const Person*> Contributions::parts(ProfileOrdinal profile) const {
  std::vector<const Person*> found;
  for (IdentityOrdinal identity : identities_.identities_of(profile)) {
    if (const Person* part = rows_.find(ordinal_key(identity.value))) found.push_back(part);
  }
  return found;
}

Person Contributions::join(const std::vector<IdentityOrdinal>& identities) const {
  Person person;
  for (IdentityOrdinal identity : identities) {
    if (const Person* part = rows_.find(ordinal_key(identity.value))) person.absorb(*part);
  }
  return person;
}

void Contributions::rejoin(ProfileOrdinal profile) {
  std::vector<const Person*> all = parts(profile);
  if (all.empty()) {
    people_.erase(profile.value);
    return;
  }
  Joined& joined = people_[profile.value];
  joined.own.reset();
  joined.person = all.front();
  if (all.size() == 1) return;
  joined.own = std::make_unique<Person>(*all.front());
  joined.person = joined.own.get();
  for (size_t i = 1; i < all.size(); ++i) joined.own->absorb(*all[i]);
}

void Contributions::traits_changed(ProfileOrdinal profile, std::span<const TraitChange> changes) {
  std::vector<const Person*> all = parts(profile);
  auto it = people_.find(profile.value);
  // Joined from other rows so far, or still to be joined: another identity brought something.
  bool alone = all.size() == 1;
  if (it == people_.end() || alone != (it->second.own == nullptr)) return rejoin(profile);
  if (alone) return;
  Person& person = *it->second.own;
  for (const TraitChange& change : changes) {
    person.traits.erase(change.name);
    for (const Person* part : all) {
      auto trait = part->traits.find(change.name);
      if (trait != part->traits.end()) person.absorb_trait(change.name, trait->second);
    }
  }
}

void Contributions::part_addresses(ProfileOrdinal profile, ProfileOrdinal other) {
  for (IdentityOrdinal identity : identities_.identities_of(profile)) {
    const Person* part = rows_.find(ordinal_key(identity.value));
    if (part == nullptr) continue;
    std::vector<std::pair<std::string, IdentityOrdinal>> moved;
    for (const auto& [name, trait] : part->traits) {
      const auto* sealed = std::get_if<Sealed>(&trait.value);
      if (sealed == nullptr || sealed->token.empty()) continue;
      for (IdentityKind kind : {IdentityKind::Phone, IdentityKind::Email}) {
        auto whose = identities_.find({kind, "", sealed->token});
        if (whose && identities_.owner(*whose) == other) moved.emplace_back(name, *whose);
      }
    }
    for (const auto& [name, whose] : moved) {
      auto taken = of(identity).traits.extract(name);
      of(whose).absorb_trait(name, taken.mapped());
    }
  }
}

void Contributions::erase(ProfileOrdinal profile) {
  for (IdentityOrdinal identity : identities_.identities_of(profile)) {
    rows_.erase(ordinal_key(identity.value));
  }
  people_.erase(profile.value);
}

Status Contributions::load(const StateStore& store) {
  WEIR_CHECK_OK(rows_.load(store));
  std::set<uint32_t> profiles;
  rows_.for_each([&](const std::string& key, const Person&) {
    profiles.insert(identities_.owner(IdentityOrdinal(parse_ordinal_key(key))).value);
  });
  for (uint32_t profile : profiles) rejoin(ProfileOrdinal(profile));
  return {};
}

}  // namespace weir::profile
