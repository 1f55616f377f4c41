#include "profile/contributions.h"

#include "model/key_space.h"

namespace weir::profile {

Contributions::Contributions(const IdentityReader& identities)
    : identities_(identities), rows_(std::string{key_space::kProfile, 'c'}) {}

Contributions::Joined* Contributions::kept(ProfileOrdinal profile) const {
  if (auto it = young_.find(profile.value); it != young_.end()) return &it->second;
  auto it = old_.find(profile.value);
  return it == old_.end() ? nullptr : &it->second;
}

const Person* Contributions::find(ProfileOrdinal profile) const {
  Joined* joined = kept(profile);
  if (joined == nullptr) {
    if (young_.size() >= kKept) {
      old_ = std::move(young_);
      young_.clear();
    }
    joined = &young_.insert_or_assign(profile.value, put_together(profile)).first->second;
  }
  return joined->only ? rows_.find(joined->only->value) : joined->own.get();
}

void Contributions::read_traits(ProfileOrdinal profile, std::span<const std::string> names,
                                std::vector<std::optional<Value>>& out) const {
  out.assign(names.size(), std::nullopt);
  std::vector<IdentityOrdinal> all = parts(profile);
  if (all.empty()) return;
  if (all.size() == 1) {
    auto [row, bytes] = rows_.glance(all.front().value);
    if (row == nullptr) return Person::read_traits(bytes, names, out);
  }
  const Person* person = find(profile);
  for (size_t i = 0; i < names.size(); ++i) {
    if (const Trait* trait = person->find_trait(names[i])) out[i] = trait->value;
  }
}

const Trait* Contributions::held(IdentityOrdinal identity, std::string_view name) const {
  const Person* part = row(identity);
  if (part == nullptr) return nullptr;
  auto it = part->traits.find(name);
  return it == part->traits.end() ? nullptr : &it->second;
}

Person& Contributions::of(IdentityOrdinal identity) {
  return rows_.mutate(identity.value);
}

/// The identities of the profile that brought something.
std::vector<IdentityOrdinal> Contributions::parts(ProfileOrdinal profile) const {
  std::vector<IdentityOrdinal> found = identities_.identities_of(profile);
  std::erase_if(found, [&](IdentityOrdinal one) { return !rows_.contains(one.value); });
  return found;
}

Person Contributions::join(const std::vector<IdentityOrdinal>& identities) const {
  Person person;
  for (IdentityOrdinal identity : identities) {
    if (const Person* part = rows_.find(identity.value)) person.absorb(*part);
  }
  return person;
}

Contributions::Joined Contributions::put_together(ProfileOrdinal profile) const {
  std::vector<IdentityOrdinal> all = parts(profile);
  Joined joined;
  if (all.size() == 1) joined.only = all.front();
  if (all.size() > 1) joined.own = std::make_unique<Person>(join(all));
  return joined;
}

void Contributions::forget(ProfileOrdinal profile) {
  young_.erase(profile.value);
  old_.erase(profile.value);
}

void Contributions::traits_changed(ProfileOrdinal profile, std::span<const TraitChange> changes) {
  Joined* joined = kept(profile);
  if (joined == nullptr) return;
  // Not joined from several so far: now another identity may have brought something.
  if (joined->own == nullptr) return forget(profile);
  Person& person = *joined->own;
  std::vector<IdentityOrdinal> all = parts(profile);
  for (const TraitChange& change : changes) {
    person.traits.erase(change.name);
    for (IdentityOrdinal identity : all) {
      const Person* part = rows_.find(identity.value);
      auto trait = part->traits.find(change.name);
      if (trait != part->traits.end()) person.absorb_trait(change.name, trait->second);
    }
  }
}

void Contributions::part_addresses(ProfileOrdinal profile, ProfileOrdinal other) {
  for (IdentityOrdinal identity : identities_.identities_of(profile)) {
    const Person* part = rows_.find(identity.value);
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
    rows_.erase(identity.value);
  }
  forget(profile);
}

}  // namespace weir::profile
