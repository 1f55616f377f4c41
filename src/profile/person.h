#pragma once
// One person's row, resident as typed values; stored as protobuf. Has the two calls that ResidentTable
// asks of a row.

#include "base/time.h"
#include "model/ids.h"
#include "model/envelope.h"
#include "ports/people.h"

#include <map>
#include <string>
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
  Value value;
  Stamp stamp;
  std::string source;
  bool once = false;
};

struct Consent {
  bool granted = false;
  Stamp stamp;
  std::string source;
};

struct Follow {
  bool following = false;
  TimeMs time = 0;
};

class Person {
 public:
  std::map<std::string, Trait, std::less<>> traits;
  std::map<std::pair<std::string, std::string>, Consent> consents;  // (channel, purpose)
  std::map<std::string, Follow, std::less<>> follows;               // by appid
  std::vector<Contact> contacts;                                    // oldest first
  TimeMs created_at = 0, first_seen = 0, last_seen = 0;
  uint64_t event_count = 0;

  void change(const TraitChange& change, Stamp stamp, const std::string& source);
  void set_consent(std::string channel, std::string purpose, Consent consent);
  void follow(const std::string& appid, bool following, TimeMs time);
  void add_contact(Contact contact);
  void remove_contact(std::string_view corp, std::string_view staff_userid);
  /// Takes over what `other` has (SEMANTICS G10).
  void absorb(const Person& other);

  bool ParseFromArray(const void* data, int size);
  std::string SerializeAsString() const;
};

}  // namespace weir::profile
