#pragma once
// When people were seen and how often. Changes with every event, so it is kept apart from what is
// known about them: a row of 20 bytes is written back for each active person, not the whole person.

#include "ports/resident_table.h"
#include "profile/profile.h"
#include "profile/state.pb.h"

#include <absl/container/btree_set.h>

namespace weir::profile {

class Activity {
 public:
  Activity();

  /// The profile exists from now on.
  void create(ProfileOrdinal profile, TimeMs now);
  /// The person did something at `time`.
  void see(ProfileOrdinal profile, TimeMs time, bool counts);
  /// The person did `events` things from `first` to `last`.
  void see(ProfileOrdinal profile, TimeMs first, TimeMs last, uint64_t events);
  void merge(ProfileOrdinal from, ProfileOrdinal into);
  void erase(ProfileOrdinal profile);

  const pb::Activity* find(ProfileOrdinal profile) const;
  std::vector<ProfileOrdinal> recent(RecencyCursor after, size_t limit) const;
  size_t size() const { return rows_.size(); }

  Status load(const StateStore& store);
  void save(WriteBatch& batch) { rows_.save(batch); }

 private:
  ResidentTable<pb::Activity> rows_;
  absl::btree_set<std::pair<TimeMs, uint32_t>> recency_;
};

}  // namespace weir::profile
