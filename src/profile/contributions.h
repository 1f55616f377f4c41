#pragma once
// What each identity brought, and the persons that these make together. Only the former is stored,
// packed in memory too: a person is the join of what his or her identities brought, put together
// when asked for, so a merge joins, a split joins again, and neither needs the log.

#include "ports/packed_table.h"
#include "ports/people.h"
#include "profile/person.h"

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace weir::profile {

class Contributions {
 public:
  explicit Contributions(const IdentityReader& identities);

  /// Null when none of the profile's identities brought anything. Valid until the next change, or
  /// until kKept other people were asked for.
  const Person* find(ProfileOrdinal profile) const;
  /// As ProfileReader::read_traits.
  void read_traits(ProfileOrdinal profile, std::span<const std::string> names,
                   std::vector<std::optional<Value>>& out) const;
  /// The person that these identities make.
  Person join(const std::vector<IdentityOrdinal>& identities) const;
  /// Null when the identity brought nothing. Valid as find() says.
  const Person* row(IdentityOrdinal identity) const { return rows_.find(identity.value); }
  /// Null when the identity brought none of that name; an unset one is held, too.
  const Trait* held(IdentityOrdinal identity, std::string_view name) const;
  /// What `identity` brought, for changing; one of traits_changed() and rejoin() has to follow.
  Person& of(IdentityOrdinal identity);
  /// Only these traits of one of the person's identities were changed.
  void traits_changed(ProfileOrdinal profile, std::span<const TraitChange> changes);
  /// Joins the person anew from the identities that the profile has now.
  void rejoin(ProfileOrdinal profile) { forget(profile); }
  /// A sealed phone number or e-mail address goes with the identity that it is the value of, where
  /// that is another person's than `profile` since a split.
  void part_addresses(ProfileOrdinal profile, ProfileOrdinal other);
  /// The profile has no identities any more; what they brought stays with them.
  void forget(ProfileOrdinal profile);
  /// What the identities of the profile brought goes, too.
  void erase(ProfileOrdinal profile);

  /// The identity fold has been loaded. `visit(identity, part)` sees what each identity brought.
  template <class F>
  Status load(const StateStore& store, F&& visit) {
    return rows_.load(store, [&](uint32_t identity, const Person& part) {
      visit(IdentityOrdinal(identity), part);
    });
  }
  void save(WriteBatch& batch) { rows_.save(batch); }

 private:
  static constexpr size_t kKept = PackedTable<Person>::kValidFor / 2;

  /// Most persons have one identity that brought anything: its row is the person.
  struct Joined {
    std::optional<IdentityOrdinal> only;
    std::unique_ptr<Person> own;  // when several did
  };
  using People = absl::flat_hash_map<uint32_t, Joined>;

  std::vector<IdentityOrdinal> parts(ProfileOrdinal profile) const;
  Joined* kept(ProfileOrdinal profile) const;  // null when it was not asked for lately
  Joined put_together(ProfileOrdinal profile) const;

  const IdentityReader& identities_;
  PackedTable<Person> rows_;    // by identity
  mutable People young_, old_;  // by profile; two generations, as in PackedTable
};

}  // namespace weir::profile
