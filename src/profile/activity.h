#pragma once
// When people were seen and how often. Changes with every event, so it is kept apart from what is
// known about them: a row of 20 bytes is written back for each active identity, not the whole
// person. Kept by identity, so that each side of a split gets its own back.

#include "ports/people.h"
#include "ports/resident_table.h"
#include "profile/profile.h"
#include "profile/state.pb.h"

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>

#include <optional>
#include <vector>

namespace weir::profile {

class Activity {
 public:
  explicit Activity(const IdentityReader& identities);

  /// The profile exists from now on.
  void create(ProfileOrdinal profile, IdentityOrdinal identity, TimeMs now);
  /// The person did something at `time`, as `identity`.
  void see(ProfileOrdinal profile, IdentityOrdinal identity, TimeMs time, TimeMs now, bool counts) {
    see(profile, identity, time, time, now, counts ? 1 : 0);
  }
  /// The person did `events` things from `first` to `last`, as `identity`.
  void see(ProfileOrdinal profile, IdentityOrdinal identity, TimeMs first, TimeMs last, TimeMs now,
           uint64_t events);
  /// Reads again what the identities that the profile has now did.
  void rejoin(ProfileOrdinal profile);
  /// The profile has no identities any more; what they did stays with them.
  void forget(ProfileOrdinal profile);
  /// What the identities of the profile did is forgotten, too.
  void erase(ProfileOrdinal profile);

  /// Of all identities of the profile together; nullopt when it was not created.
  std::optional<pb::Activity> find(ProfileOrdinal profile) const {
    return join(identities_.identities_of(profile));
  }
  /// Of these identities together.
  std::optional<pb::Activity> join(const std::vector<IdentityOrdinal>& identities) const;
  TimeMs last_seen(ProfileOrdinal profile) const;
  std::vector<ProfileOrdinal> recent(RecencyCursor after, size_t limit) const;
  size_t size() const { return last_seen_.size(); }

  /// The identity fold has been loaded.
  Status load(const StateStore& store);
  void save(WriteBatch& batch) { rows_.save(batch); }

 private:
  void place(ProfileOrdinal profile, TimeMs last_seen);

  const IdentityReader& identities_;
  ResidentTable<pb::Activity> rows_;                 // by identity ordinal
  absl::flat_hash_map<uint32_t, TimeMs> last_seen_;  // by profile; 0 = never
  absl::btree_set<std::pair<TimeMs, uint32_t>> recency_;
};

}  // namespace weir::profile
