#pragma once
// Who is in what: a bit for each person and segment, and since when, in packed rows by profile.

#include "base/time.h"
#include "model/ids.h"
#include "ports/packed_table.h"
#include "segments/state.pb.h"

#include <absl/container/flat_hash_map.h>

#include <functional>
#include <utility>
#include <vector>

namespace weir::segments {

/// A set of people: a bit for each up to the highest that was ever in it.
class PeopleBits {
 public:
  bool contains(uint32_t profile) const {
    size_t word = profile / 64;
    return word < words_.size() && (words_[word] >> (profile % 64) & 1) != 0;
  }
  void set(uint32_t profile, bool in);
  uint64_t count() const { return count_; }
  /// Those from `from` on, ascending, at most `limit`.
  std::vector<ProfileOrdinal> list(uint32_t from, size_t limit) const;

 private:
  std::vector<uint64_t> words_;
  uint64_t count_ = 0;
};

class MembershipTable {
 public:
  MembershipTable();

  /// `live` says which segment numbers are still somebody's.
  Status load(const StateStore& store, const std::function<bool(uint32_t segment)>& live);
  void save(WriteBatch& batch) { rows_.save(batch); }

  /// False the first time a profile is seen.
  bool known(ProfileOrdinal profile) const { return rows_.contains(profile.value); }
  void remember(ProfileOrdinal profile) { rows_.add(profile.value); }
  bool has(ProfileOrdinal profile, uint32_t segment) const {
    auto it = bits_.find(segment);
    return it != bits_.end() && it->second.contains(profile.value);
  }
  void add(ProfileOrdinal profile, uint32_t segment, TimeMs since);
  void remove(ProfileOrdinal profile, uint32_t segment);
  /// A frozen list names `entry.profile`, who is `profile` now.
  void list(ProfileOrdinal profile, const pb::Member::Listed& entry) {
    *row(profile).add_listed() = entry;
  }
  std::vector<pb::Member::Listed> listed(ProfileOrdinal profile) const;
  /// Takes the entries away for which `gone` is true, and returns them.
  std::vector<pb::Member::Listed> unlist(
      ProfileOrdinal profile, const std::function<bool(const pb::Member::Listed&)>& gone);
  void forget(ProfileOrdinal profile);
  /// The number is never used again. What rows say of it goes when they are changed next.
  void drop_segment(uint32_t segment) {
    bits_.erase(segment);
    dropped_.insert(segment);
  }
  uint64_t count(uint32_t segment) const;
  /// Segment numbers and since when.
  std::vector<std::pair<uint32_t, TimeMs>> all_of(ProfileOrdinal profile) const;
  std::vector<ProfileOrdinal> members(uint32_t segment, ProfileOrdinal after, size_t limit) const;

 private:
  pb::Member& row(ProfileOrdinal profile);

  PackedTable<pb::Member> rows_;
  absl::flat_hash_map<uint32_t, PeopleBits> bits_;  // by segment
  absl::flat_hash_set<uint32_t> dropped_;           // rows may still name them
};

}  // namespace weir::segments
