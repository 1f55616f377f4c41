#pragma once
// When people were seen and how often. Changes with every event, so it is kept apart from what is
// known about them, in plain arrays: 32 bytes for each identity that was active, 4 for each of the
// others, 30 a profile. Kept by identity, so that each side of a split gets its own back.

#include "ports/people.h"
#include "ports/state_store.h"
#include "profile/profile.h"

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_set.h>

#include <optional>
#include <vector>

namespace weir::profile {

class Activity {
 public:
  struct Seen {
    TimeMs created_at = 0, first_seen = 0, last_seen = 0;
    uint64_t event_count = 0;
  };

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
  std::optional<Seen> find(ProfileOrdinal profile) const {
    return join(identities_.identities_of(profile));
  }
  /// Of these identities together.
  std::optional<Seen> join(const std::vector<IdentityOrdinal>& identities) const;
  TimeMs last_seen(ProfileOrdinal profile) const;
  std::vector<ProfileOrdinal> recent(RecencyCursor after, size_t limit) const;
  size_t size() const { return recency_.size(); }

  /// The identity fold has been loaded.
  Status load(const StateStore& store);
  void save(WriteBatch& batch);

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr TimeMs kUnknown = INT64_MIN;

  void place(ProfileOrdinal profile, TimeMs last_seen);
  bool placed(ProfileOrdinal profile) const {
    return profile.value < last_seen_.size() && last_seen_[profile.value] != kUnknown;
  }
  const Seen* row(IdentityOrdinal identity) const;  // null when it was not seen
  Seen& row_for_change(IdentityOrdinal identity);

  const IdentityReader& identities_;
  std::vector<uint32_t> places_;  // in rows_, by identity; kNone
  std::vector<Seen> rows_;
  std::vector<uint32_t> free_;     // places in rows_
  std::vector<TimeMs> last_seen_;  // by profile; 0 = never, kUnknown = there is no such profile
  absl::btree_set<std::pair<TimeMs, uint32_t>> recency_;
  absl::flat_hash_set<uint32_t> dirty_;  // identities
};

}  // namespace weir::profile
