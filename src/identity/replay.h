#pragma once
// What other rules would make of the evidence (ADR 0011): every meeting again, in its order, into a
// partition of its own, and how that differs from the living one. Works in short steps on the fold
// executor, so that nothing waits for it; what arrives meanwhile is taken along. 24 bytes for each
// identity while it lives.

#include "identity/cuts.h"
#include "identity/linker.h"
#include "identity/meetings.h"
#include "identity/resolution.h"
#include "identity/table.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <memory>
#include <vector>

namespace weir::identity {

class ReplayPartition : public Partition {
 public:
  explicit ReplayPartition(const IdentityTable& table) : table_(table) {}
  /// Makes room for identities that came since.
  void grow();
  void unite(uint32_t a, uint32_t b);

  uint32_t owner(uint32_t identity) const override {
    return identity < owner_.size() ? owner_[identity] : kNone;
  }
  uint32_t count(uint32_t profile) const override { return profiles_[profile].count; }
  void collect(uint32_t profile, std::vector<uint32_t>& out) const override;
  TimeMs last_seen(uint32_t, TimeMs time) const override { return time; }
  bool demoted(uint32_t identity) const override { return demoted_.contains(identity); }
  void demote(uint32_t identity) override { demoted_.insert(identity); }
  std::vector<Sighting>& sightings(uint32_t identity) override { return sightings_[identity]; }
  void changed(uint32_t) override {}

 private:
  struct Profile {
    uint32_t first, count;
  };
  void attach(uint32_t identity, uint32_t profile);

  const IdentityTable& table_;
  std::vector<uint32_t> owner_, next_;
  std::vector<Profile> profiles_;
  absl::flat_hash_set<uint32_t> demoted_;
  absl::flat_hash_map<uint32_t, std::vector<Sighting>> sightings_;
};

class EvidenceReplay : public Replay {
 public:
  /// All outlive the replay.
  EvidenceReplay(const IdentityTable& table, const Meetings& meetings, const Cuts& cuts,
                 IdentityRules rules);

  bool step(size_t work) override;
  Progress progress() const override;
  const Difference& difference() const override { return difference_; }

 private:
  struct Reason {
    IdentityKind kind;
    Refusal refusal;
  };
  void replay(const Meeting& meeting);
  void settle_cuts();
  bool link(uint32_t a, uint32_t b, TimeMs time);
  void compare(uint32_t profile);
  void compare_demoted(uint32_t identity);
  bool unchanged(uint32_t profile) const;
  Regrouping component_of(uint32_t profile);
  void count(const Regrouping& component);

  const IdentityTable& table_;
  const Meetings& meetings_;
  const Cuts& cuts_;
  const IdentityRules rules_;
  ReplayPartition people_;
  Linker linker_;
  size_t next_meeting_ = 0;
  uint32_t next_profile_ = 0, next_identity_ = 0;
  bool cuts_settled_ = false;
  std::vector<uint32_t> met_;
  absl::flat_hash_map<uint32_t, Reason> why_;  // by living profile: first refusal inside it
  absl::flat_hash_set<uint32_t> compared_;     // living profiles of components found
  Difference difference_;
};

}  // namespace weir::identity
