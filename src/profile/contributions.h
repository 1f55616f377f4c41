#pragma once
// What each identity brought, and the persons that these make together. Only the former is stored:
// a person is the join of what his or her identities brought, so a merge joins, a split joins
// again, and neither needs the log.

#include "ports/people.h"
#include "ports/resident_table.h"
#include "profile/person.h"

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <span>

namespace weir::profile {

class Contributions {
 public:
  explicit Contributions(const IdentityReader& identities);

  /// Null when none of the profile's identities brought anything. Valid until the next change.
  const Person* find(ProfileOrdinal profile) const;
  /// The person that these identities make.
  Person join(const std::vector<IdentityOrdinal>& identities) const;
  /// What `identity` brought, for changing; one of traits_changed() and rejoin() has to follow.
  Person& of(IdentityOrdinal identity);
  /// Only these traits of one of the person's identities were changed.
  void traits_changed(ProfileOrdinal profile, std::span<const TraitChange> changes);
  /// Joins the person anew from the identities that the profile has now.
  void rejoin(ProfileOrdinal profile);
  /// A sealed phone number or e-mail address goes with the identity that it is the value of, where
  /// that is another person's than `profile` since a split.
  void part_addresses(ProfileOrdinal profile, ProfileOrdinal other);
  /// The profile has no identities any more; what they brought stays with them.
  void forget(ProfileOrdinal profile) { people_.erase(profile.value); }
  /// What the identities of the profile brought goes, too.
  void erase(ProfileOrdinal profile);

  template <class F>
  void for_each(F&& visit) const {
    for (const auto& [profile, joined] : people_) visit(ProfileOrdinal(profile), *joined.person);
  }

  /// The identity fold has been loaded.
  Status load(const StateStore& store);
  void save(WriteBatch& batch) { rows_.save(batch); }

 private:
  /// Most persons have one identity that brought anything: its row is the person.
  struct Joined {
    const Person* person = nullptr;
    std::unique_ptr<Person> own;  // when several did
  };
  std::vector<const Person*> parts(ProfileOrdinal profile) const;

  const IdentityReader& identities_;
  ResidentTable<Person> rows_;  // by identity ordinal
  absl::flat_hash_map<uint32_t, Joined> people_;
};

}  // namespace weir::profile
