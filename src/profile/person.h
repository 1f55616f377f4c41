#pragma once
// What is known about one person, resident as typed values; stored as protobuf. Rules that make the
// result independent of arrival order live here.

#include "base/time.h"
#include "model/envelope.h"
#include "model/ids.h"
#include "model/trait_schema.h"
#include "ports/people.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace weir::profile {

/// When a write happened: later wins, by event time and then by position in the log.
struct Stamp {
  TimeMs time = 0;
  Position position = 0;
  auto operator<=>(const Stamp&) const = default;
};

struct Trait {
  Value value;  // monostate when unset
  Stamp stamp;  // of the latest write
  Stamp base;   // of the latest write that was not an increment or an append
  std::string source;
  bool once = false;     // a default: any ordinary write beats it
  bool summed = false;   // increments and appends only, so that two of them can be added
  bool unset = false;    // kept, so that an older write that arrives late does not bring it back
  uint8_t priority = 0;  // of the source when it was written: a larger one wins, whatever the times
  // What was added to the whole value since, and when that began: it counts on top of a whole value
  // that another identity of the person brought, too.
  Value added;
  Stamp added_since;
};

struct Consent {
  bool granted = false;
  Stamp stamp;
  std::string source;
};

struct Follow {
  bool following = false;
  Stamp stamp;
};

struct ContactState {
  std::string state;  // of the contact way
  TimeMs since = 0;
  bool ended = false;  // kept, because callbacks arrive out of order
  Stamp stamp;
};

class Person {
 public:
  using ContactKey = std::tuple<std::string, std::string, std::string>;  // corp, staff, external

  std::map<std::string, Trait, std::less<>> traits;
  std::map<std::pair<std::string, std::string>, Consent> consents;  // (channel, purpose)
  std::map<std::string, Follow, std::less<>> follows;               // by appid
  std::map<ContactKey, ContactState> contact_states;

  /// `rule` is the trait's, null when it is not registered: says whose word counts.
  void change(const TraitChange& change, Stamp stamp, const std::string& source,
              const TraitRule* rule = nullptr);
  void set_consent(const std::string& channel, const std::string& purpose, const Consent& consent);
  void follow(const std::string& appid, const Follow& change);
  void set_contact(const ContactKey& key, ContactState change);
  /// Takes over what `other` has (SEMANTICS G10): what one person with both histories would have.
  /// Inexact in one case: additions that began before a whole value which `other` brought and went
  /// on after it are left out.
  void absorb(const Person& other);
  void absorb_trait(const std::string& name, const Trait& trait);

  const Trait* find_trait(std::string_view name) const;  // null when unset
  ConsentState consent(std::string_view channel, std::string_view purpose) const;
  std::vector<Contact> contacts() const;  // oldest first

  bool ParseFromArray(const void* data, int size);
  /// Values of some traits out of a stored row, without the rest of it.
  static void read_traits(std::string_view row, std::span<const std::string> names,
                          std::vector<std::optional<Value>>& out);
  std::string SerializeAsString() const;

 private:
  void write(const TraitChange& change, Stamp stamp, const std::string& source,
             const TraitRule* rule);
  void add(const TraitChange& change, Stamp stamp, const std::string& source);
};

}  // namespace weir::profile
