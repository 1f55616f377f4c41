#pragma once
// Narrow questions about people that one room answers and others ask. All are answered on the fold
// executor, from resident state, in microseconds; other threads go through pipeline::Gate.

#include "model/envelope.h"
#include "model/history_query.h"
#include "model/ids.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// Implemented by identity/.
class IdentityReader {
 public:
  virtual ~IdentityReader() = default;
  virtual std::optional<IdentityOrdinal> find(const Identity& identity) const = 0;
  virtual const Identity& identity(IdentityOrdinal ordinal) const = 0;
  /// Current owner of an identity: the mapping that is applied when events are read.
  virtual ProfileOrdinal owner(IdentityOrdinal ordinal) const = 0;
  /// Follows merges: the profile that `profile` is now part of (itself when it was never merged).
  virtual ProfileOrdinal canonical(ProfileOrdinal profile) const = 0;
  /// The profiles that `profile` was put together from, itself too, ascending. Whoever remembers
  /// people by profile id asks for these.
  virtual std::vector<ProfileOrdinal> parts_of(ProfileOrdinal profile) const { return {profile}; }
  virtual std::vector<IdentityOrdinal> identities_of(ProfileOrdinal profile) const = 0;
  /// Latest-seen identity of a kind (and scope, when not empty).
  virtual const Identity* latest(ProfileOrdinal profile, IdentityKind kind,
                                 std::string_view scope) const = 0;
  /// Live profiles with an ordinal ≥ `from`, ascending, at most `limit`.
  virtual std::vector<ProfileOrdinal> live_profiles(ProfileOrdinal from, size_t limit) const = 0;
  /// More identities than a person should have: gets no automatic sends (RELIABILITY I5).
  virtual bool oversized(ProfileOrdinal) const { return false; }
  virtual uint32_t identity_count() const = 0;
  virtual uint32_t profile_count() const = 0;  // live profiles: not merged away, not erased
};

enum class ConsentState : uint8_t { Unknown = 0, Granted = 1, Withdrawn = 2 };

/// A Staff–Profile relation on WeCom.
struct Contact {
  std::string corp, staff_userid, external_userid, state;
  TimeMs since = 0;
};

/// Implemented by profile/.
class ProfileReader {
 public:
  virtual ~ProfileReader() = default;
  /// Current value of a trait; null when absent.
  virtual const Value* trait(ProfileOrdinal profile, std::string_view name) const = 0;
  /// Copies of several current values, in the order of `names`: for passes over everybody, which
  /// keep nobody at hand.
  virtual void read_traits(ProfileOrdinal profile, std::span<const std::string> names,
                           std::vector<std::optional<Value>>& out) const {
    out.clear();
    for (const std::string& name : names) {
      const Value* value = trait(profile, name);
      out.push_back(value == nullptr ? std::nullopt : std::optional(*value));
    }
  }
  /// The sealed phone number or e-mail address to send to; null when there is none.
  virtual const Sealed* address(ProfileOrdinal profile, IdentityKind kind) const = 0;
  /// Consent of one (channel, purpose); the most specific record wins over channel "*".
  virtual ConsentState consent(ProfileOrdinal profile, std::string_view channel,
                               std::string_view purpose) const = 0;
  virtual std::vector<Contact> contacts(ProfileOrdinal profile) const = 0;
  virtual bool follows(ProfileOrdinal profile,
                       std::string_view appid) const = 0;  // a service account
};

/// Implemented by tags/.
class TagReader {
 public:
  virtual ~TagReader() = default;
  virtual const Value* tag(ProfileOrdinal profile, std::string_view code) const = 0;
};

/// Implemented by segments/.
class SegmentReader {
 public:
  virtual ~SegmentReader() = default;
  virtual bool is_member(ProfileOrdinal profile, std::string_view segment_id) const = 0;
  /// Members of a named list ("list:promo_skus" has values, not people): true when `value` is in
  /// it.
  virtual bool list_has(std::string_view list_id, std::string_view value) const = 0;
  /// All of its values, in no order; nullopt when there is no such list.
  virtual std::optional<std::vector<std::string>> list_values(std::string_view list_id) const = 0;
};

/// One event of a person as the behaviour store gives it back. Views are valid during the call.
struct StoredEvent {
  TimeMs time = 0;
  std::string_view name;
  IdentityOrdinal identity;
  Position position = 0;
  uint32_t hop = 0;
  const Properties* properties = nullptr;
};

/// Implemented by the embedded Analytics adapter. On the fold executor it includes the record being
/// folded, because the behaviour fold runs before the deciding ones.
class HistoryReader {
 public:
  virtual ~HistoryReader() = default;
  /// Events of a person, in order (time, position, hop). Stops when `visit` returns false.
  virtual void visit(ProfileOrdinal profile, const HistoryQuery& query,
                     const std::function<bool(const StoredEvent&)>& visit) const = 0;
};

}  // namespace weir
