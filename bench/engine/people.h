#pragma once
// The generated customers as the behaviour store sees people: one identity each, with a city.

#include "bench/gen_events.h"
#include "ports/people.h"

#include <vector>

namespace weir::bench {

class People : public IdentityReader, public ProfileReader {
 public:
  /// Number 0 is nobody, so that customer n is profile n.
  explicit People(const std::vector<GeneratedUser>& users);

  std::optional<IdentityOrdinal> find(const Identity&) const override { return {}; }
  const Identity& identity(IdentityOrdinal) const override { return nobody_; }
  ProfileOrdinal owner(IdentityOrdinal o) const override { return ProfileOrdinal(o.value); }
  ProfileOrdinal canonical(ProfileOrdinal p) const override { return p; }
  std::vector<IdentityOrdinal> identities_of(ProfileOrdinal p) const override {
    return {IdentityOrdinal(p.value)};
  }
  const Identity* latest(ProfileOrdinal, IdentityKind, std::string_view) const override {
    return nullptr;
  }
  std::vector<ProfileOrdinal> live_profiles(ProfileOrdinal from, size_t limit) const override;
  uint32_t identity_count() const override { return static_cast<uint32_t>(city_.size()); }
  uint32_t profile_count() const override { return identity_count() - 1; }

  const Value* trait(ProfileOrdinal profile, std::string_view name) const override;
  const Sealed* address(ProfileOrdinal, IdentityKind) const override { return nullptr; }
  ConsentState consent(ProfileOrdinal, std::string_view, std::string_view) const override {
    return ConsentState::Unknown;
  }
  std::vector<Contact> contacts(ProfileOrdinal) const override { return {}; }
  bool follows(ProfileOrdinal, std::string_view) const override { return false; }

 private:
  Identity nobody_;
  std::vector<uint16_t> city_;
  std::vector<Value> cities_;
};

}  // namespace weir::bench
