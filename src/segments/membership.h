#pragma once
// Who is in what: member rows by profile, and counts by segment number.

#include "base/time.h"
#include "model/ids.h"
#include "ports/resident_table.h"
#include "segments/state.pb.h"

#include <absl/container/flat_hash_map.h>

#include <functional>
#include <utility>
#include <vector>

namespace weir::segments {

class MembershipTable {
 public:
  MembershipTable();

  Status load(const StateStore& store);
  void save(WriteBatch& batch) { rows_.save(batch); }

  /// False the first time a profile is seen.
  bool known(ProfileOrdinal profile) const {
    return rows_.find(ordinal_key(profile.value)) != nullptr;
  }
  void remember(ProfileOrdinal profile) { rows_.mutate(ordinal_key(profile.value)); }
  bool has(ProfileOrdinal profile, uint32_t segment) const;
  void add(ProfileOrdinal profile, uint32_t segment, TimeMs since);
  void remove(ProfileOrdinal profile, uint32_t segment);
  /// A frozen list names `entry.profile`, who is `profile` now.
  void list(ProfileOrdinal profile, const pb::Member::Listed& entry) {
    *rows_.mutate(ordinal_key(profile.value)).add_listed() = entry;
  }
  std::vector<pb::Member::Listed> listed(ProfileOrdinal profile) const;
  /// Takes the entries away for which `gone` is true, and returns them.
  std::vector<pb::Member::Listed> unlist(
      ProfileOrdinal profile, const std::function<bool(const pb::Member::Listed&)>& gone);
  void forget(ProfileOrdinal profile);
  void drop_segment(uint32_t segment);
  uint64_t count(uint32_t segment) const;
  /// Segment numbers and since when.
  std::vector<std::pair<uint32_t, TimeMs>> all_of(ProfileOrdinal profile) const;
  const pb::Member* of(ProfileOrdinal profile) const {
    return rows_.find(ordinal_key(profile.value));
  }
  std::vector<ProfileOrdinal> members(uint32_t segment, ProfileOrdinal after, size_t limit) const;

 private:
  ResidentTable<pb::Member> rows_;
  absl::flat_hash_map<uint32_t, uint64_t> counts_;
};

}  // namespace weir::segments
