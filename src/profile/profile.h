#pragma once
// Profiles: traits, consent, follow state and contacts of people. A fold and the ProfileReader that
// other rooms ask. Everything but the constructor runs on the fold executor.

#include "ports/fold.h"
#include "ports/people.h"
#include "ports/set_apart.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::profile {

struct TraitView {
  std::string name;
  Value value;  // Sealed stays sealed
  bool personal = false;
  std::string source;
  TimeMs time = 0;
  std::string_view data_class;  // "public", "personal" or "sensitive"
};

struct ConsentView {
  std::string channel, purpose, source;
  bool granted = false;
  TimeMs time = 0;
};

struct ProfileView {
  TimeMs created_at = 0, first_seen = 0, last_seen = 0;
  uint64_t event_count = 0;
  std::vector<TraitView> traits;      // by name
  std::vector<ConsentView> consents;  // by channel, purpose
  std::vector<Contact> contacts;
  std::vector<std::string> follows;  // appids that the person follows now
};

struct TraitInfo {
  std::string name, type;
  bool personal = false;
  std::string_view data_class;  // "public", "personal" or "sensitive"
};

/// Where a page of the list ended; equal to the row it ended with.
struct RecencyCursor {
  TimeMs last_seen = INT64_MAX;
  ProfileOrdinal profile{UINT32_MAX};
};

class Profiles : public Fold, public ProfileReader, public SetApartReader {
 public:
  /// `identities` outlives this and is loaded before it: people are kept by identity.
  static std::unique_ptr<Profiles> make(const IdentityReader& identities);

  /// Empty view when the profile has no row.
  virtual ProfileView view(ProfileOrdinal profile) const = 0;
  /// What these identities brought: the view of a person who had just them.
  virtual ProfileView view_of(const std::vector<IdentityOrdinal>& identities) const = 0;
  /// Most recently seen first, strictly after `after`.
  virtual std::vector<ProfileOrdinal> recent(RecencyCursor after, size_t limit) const = 0;
  virtual RecencyCursor cursor_of(ProfileOrdinal profile) const = 0;
  virtual std::vector<TraitInfo> registry() const = 0;  // by name
  virtual size_t count() const = 0;
};

}  // namespace weir::profile
