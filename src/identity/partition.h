#pragma once
// Identities put together into persons: what the linker asks and changes. There are two of them:
// the living one (table.h), and one that is made up to see what other rules would give (replay.h).

#include "base/time.h"
#include "identity/table.h"

#include <cstdint>
#include <vector>

namespace weir::identity {

class Partition {
 public:
  virtual ~Partition() = default;
  virtual uint32_t owner(uint32_t identity) const = 0;  // kNone: of nobody yet
  virtual uint32_t count(uint32_t profile) const = 0;   // its identities
  /// Appends the identities of a profile.
  virtual void collect(uint32_t profile, std::vector<uint32_t>& out) const = 0;
  /// Newest time that the identity was seen, as of a record of `time`.
  virtual TimeMs last_seen(uint32_t identity, TimeMs time) const = 0;
  virtual bool demoted(uint32_t identity) const = 0;
  virtual void demote(uint32_t identity) = 0;
  /// Persons that a shareable value was seen on. Call changed() after a change.
  virtual std::vector<Sighting>& sightings(uint32_t identity) = 0;
  virtual void changed(uint32_t identity) = 0;

  /// The identities of its person; itself when it is of nobody yet.
  void collect_of(uint32_t identity, std::vector<uint32_t>& out) const {
    uint32_t profile = owner(identity);
    if (profile == kNone) return out.push_back(identity);
    collect(profile, out);
  }
  uint32_t size_of(uint32_t identity) const {
    uint32_t profile = owner(identity);
    return profile == kNone ? 1 : count(profile);
  }
};

class LivePartition : public Partition {
 public:
  explicit LivePartition(IdentityTable& table) : table_(table) {}
  uint32_t owner(uint32_t identity) const override { return table_.owner(identity); }
  uint32_t count(uint32_t profile) const override { return table_.profile(profile).count; }
  void collect(uint32_t profile, std::vector<uint32_t>& out) const override {
    table_.for_each(profile, [&](uint32_t i) { out.push_back(i); });
  }
  TimeMs last_seen(uint32_t identity, TimeMs time) const override {
    return std::max(time, table_.identity(identity).last_seen);
  }
  bool demoted(uint32_t identity) const override { return table_.identity(identity).demoted; }
  void demote(uint32_t identity) override { table_.identity(identity).demoted = true; }
  std::vector<Sighting>& sightings(uint32_t identity) override {
    return table_.sightings(identity);
  }
  void changed(uint32_t identity) override { table_.mark(identity); }

 private:
  IdentityTable& table_;
};

}  // namespace weir::identity
