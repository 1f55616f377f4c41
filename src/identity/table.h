#pragma once
// Identities, profiles and the partition of the former into the latter. Knows no rule.

#include "base/result.h"
#include "base/string_map.h"
#include "base/time.h"
#include "model/identity.h"
#include "model/ids.h"
#include "ports/state_store.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::identity {

inline constexpr uint32_t kNone = UINT32_MAX;

struct Sighting {
  uint32_t identity;
  TimeMs time;
  bool merged;
};

struct IdentityEntry {
  Identity id;  // empty when erased
  TimeMs first_seen = 0, last_seen = 0;
  uint32_t next = kNone;         // next identity of the same profile, ascending
  uint32_t newest_link = kNone;  // head of its chain in the ledger
  uint32_t home = kNone;         // profile it first was of: what an un-merge leads it back to
  uint32_t group = 0;            // kind and scope as one number
  uint32_t source = 0;
  uint32_t key_generation = 0;
  bool has_key = false, demoted = false, erased = false, dirty = false;
};

struct ProfileEntry {
  uint32_t first = kNone, count = 0;  // its identities
  uint32_t merged_into = kNone;
  TimeMs created = 0;
  Position position = 0;
  bool erased = false, dirty = false;
  bool live() const { return merged_into == kNone && !erased; }
};

class IdentityTable {
 public:
  IdentityTable();
  IdentityTable(const IdentityTable&) = delete;
  IdentityTable& operator=(const IdentityTable&) = delete;

  /// kNone when unknown.
  uint32_t find(const Identity& id) const;
  /// A new identity, of nobody yet.
  uint32_t add(const Identity& id, TimeMs time, std::string_view source);
  void touch(uint32_t identity, TimeMs time);
  void mark(uint32_t identity);  // will be written back

  uint32_t add_profile(TimeMs created, Position position);
  void attach(uint32_t identity, uint32_t profile);
  /// Moves all identities of `from`; `from` is no live profile afterwards.
  void merge(uint32_t from, uint32_t into);
  struct Parting {
    uint32_t apart;                    // the profile that the leaving identities have now
    std::vector<uint32_t> identities;  // that left, ascending
    std::vector<uint32_t> profiles;    // that lead to `apart` now, ascending
  };
  struct Sides {
    std::vector<uint32_t> stay, leave;  // ascending
    std::vector<uint32_t> homes;        // of those that leave only, ascending
  };
  /// How split() would part them.
  Sides sides_of(uint32_t profile, const std::vector<uint32_t>& side) const;
  /// Puts `side` (some of the identities of `profile`, ascending) and the rest apart. `side`
  /// leaves, unless `profile` began with it: then the rest does. Whoever leaves gets the profile
  /// back that was its own before a merge, or a new one.
  Parting split(uint32_t profile, const std::vector<uint32_t>& side, Position position);
  /// Forgets the identities of `profile` and their values.
  void erase(uint32_t profile);

  uint32_t identity_count() const { return static_cast<uint32_t>(identities_.size()); }
  uint32_t profile_slots() const { return static_cast<uint32_t>(profiles_.size()); }
  uint32_t live_profiles() const { return live_profiles_; }
  uint64_t merged_profiles() const { return merged_profiles_; }
  /// Profiles with more identities than `size`.
  uint64_t profiles_larger_than(uint32_t size) const;
  const IdentityEntry& identity(uint32_t ordinal) const { return identities_[ordinal]; }
  IdentityEntry& identity(uint32_t ordinal) { return identities_[ordinal]; }
  const ProfileEntry& profile(uint32_t ordinal) const { return profiles_[ordinal]; }
  uint32_t owner(uint32_t identity) const { return mapping_[identity]; }
  uint32_t canonical(uint32_t profile) const;
  template <class F>
  void for_each(uint32_t profile, F&& visit) const {
    for (uint32_t i = profiles_[profile].first; i != kNone; i = identities_[i].next) visit(i);
  }
  std::shared_ptr<const std::vector<uint32_t>> snapshot() const;

  const std::string& source_name(uint32_t code) const { return sources_[code]; }
  uint32_t source_code(std::string_view name);
  std::vector<Sighting>& sightings(uint32_t identity) { return sightings_[identity]; }

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

 private:
  struct Hash {
    using is_transparent = void;
    const IdentityTable* table;
    size_t operator()(const Identity& id) const;
    size_t operator()(uint32_t ordinal) const { return (*this)(table->identities_[ordinal].id); }
  };
  struct Equal {
    using is_transparent = void;
    const IdentityTable* table;
    bool operator()(uint32_t a, uint32_t b) const { return a == b; }
    bool operator()(uint32_t a, const Identity& b) const { return table->identities_[a].id == b; }
    bool operator()(const Identity& a, uint32_t b) const { return table->identities_[b].id == a; }
  };

  uint32_t group_code(const Identity& id);
  uint32_t revive(const std::vector<uint32_t>& homes, uint32_t profile);
  void insert_into_profile(uint32_t identity, uint32_t profile);
  void empty_profile(uint32_t profile);
  void resized(uint32_t before, uint32_t after);
  void mark_profile(uint32_t profile);
  Status load_identity(std::string_view key, std::string_view bytes);
  Status load_profile(std::string_view key, std::string_view bytes);
  std::string identity_row(uint32_t ordinal) const;
  std::string profile_row(uint32_t ordinal) const;

  std::deque<IdentityEntry> identities_;  // references stay valid while it grows
  std::vector<ProfileEntry> profiles_;
  std::vector<uint32_t> mapping_;  // by identity ordinal
  absl::flat_hash_set<uint32_t, Hash, Equal> index_;
  absl::flat_hash_map<uint32_t, std::vector<Sighting>> sightings_;
  StringMap<uint32_t> groups_, source_codes_;
  std::vector<std::string> sources_;
  std::vector<uint32_t> dirty_identities_, dirty_profiles_;
  std::vector<uint32_t> sizes_;  // profiles by their number of identities
  uint32_t live_profiles_ = 0;
  uint64_t merged_profiles_ = 0;
  mutable std::shared_ptr<const std::vector<uint32_t>> snapshot_;  // null when the mapping changed
};

}  // namespace weir::identity
