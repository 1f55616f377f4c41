#pragma once
// Profiles: traits, consent, follow state and contacts of people. A fold and the ProfileReader that
// other rooms ask. Everything but the constructor runs on the fold executor.

#include "ports/fold.h"
#include "ports/people.h"
#include "ports/set_apart.h"
#include "ports/trait_schemas.h"

#include <memory>
#include <optional>
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

/// A trait that was seen, or is registered, or both.
struct TraitInfo {
  std::string name;
  std::string type;               // of the value that came last; empty while none did
  bool personal = false;          // a sealed value came
  std::string_view data_class;    // "public", "personal" or "sensitive"; of rule, name and values
  std::optional<TraitRule> rule;  // empty = not registered
  std::vector<std::string> sources;  // that wrote it; the first 8
  uint64_t people = 0;               // who have it; once for each identity that brought it
  uint64_t refused = 0;              // values of another type that were not kept
};

/// A value, and when it held.
struct TraitPeriod {
  Value value;
  TimeMs from = 0, to = 0;  // valid times; to = 0: holds
  std::string source;
  TimeMs received = 0;  // when Weir heard of it; 0 = before the past was kept
};

/// The past of one trait of a person, as it was known at an instant.
struct TraitPast {
  std::vector<TraitPeriod> periods;  // ascending
  TimeMs kept_from = 0;              // what was before is not known; 0 = all is
};

/// Of the trait schema; number 0 while nobody made one.
struct SchemaVersion {
  uint32_t number = 0;
  TimeMs since = 0;
  std::string by;
};

/// Where a page of the list ended; equal to the row it ended with.
struct RecencyCursor {
  TimeMs last_seen = INT64_MAX;
  ProfileOrdinal profile{UINT32_MAX};
};

class Profiles : public Fold, public ProfileReader, public SetApartReader {
 public:
  /// `identities` outlives this and is loaded before it: people are kept by identity.
  /// `schemas` too; this sets it, as the Definition "traits" says.
  static std::unique_ptr<Profiles> make(const IdentityReader& identities, TraitSchemas& schemas);

  /// Empty view when the profile has no row.
  virtual ProfileView view(ProfileOrdinal profile) const = 0;
  /// What these identities brought: the view of a person who had just them.
  virtual ProfileView view_of(const std::vector<IdentityOrdinal>& identities) const = 0;
  /// Most recently seen first, strictly after `after`.
  virtual std::vector<ProfileOrdinal> recent(RecencyCursor after, size_t limit) const = 0;
  virtual RecencyCursor cursor_of(ProfileOrdinal profile) const = 0;
  virtual std::vector<TraitInfo> registry() const = 0;  // by name
  virtual const TraitSchema& schema() const = 0;        // valid until the next record
  virtual SchemaVersion schema_version() const = 0;
  /// As known at `known_at`. Of traits without "history": what holds now, and since when.
  virtual TraitPast trait_past(ProfileOrdinal profile, std::string_view name,
                               TimeMs known_at) const = 0;
  virtual size_t count() const = 0;
};

}  // namespace weir::profile
