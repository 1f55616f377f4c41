#pragma once
// One field of everybody, by profile ordinal, for questions that filter or break down by people.
// The state belongs to the fold executor; columns are read through it in chunks once, kept, and
// from then on only people that a record touched since are read again.

#include "base/result.h"
#include "base/string_map.h"
#include "model/value.h"
#include "ports/people.h"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace weir::embedded {

struct PeopleField {
  enum class Kind : uint8_t { Live, Trait, Tag, Segment, Consent };
  Kind kind = Kind::Live;
  std::string name;     // trait, tag code, segment id, consent channel
  std::string purpose;  // Consent
  auto operator<=>(const PeopleField&) const = default;
};

/// Immutable. Live and Segment have the value true or none; Consent "granted", "withdrawn" or none.
class PeopleColumn {
 public:
  static constexpr size_t kPage = 4096;
  /// Null when the person has none. Valid as long as the column.
  const Value* at(uint32_t profile) const {
    uint32_t c = code(profile);
    return c == 0 ? nullptr : &value(c);
  }
  /// A person's value as a number below codes(); 0 = none. Equal values have equal codes.
  uint32_t code(uint32_t profile) const {
    size_t page = profile / kPage;
    return page < codes_.size() ? (*codes_[page])[profile % kPage] : 0;
  }
  uint32_t codes() const { return code_count_; }
  /// Codes of people number kPage × `page` on; null when none of them has a value.
  const uint32_t* page(size_t page) const {
    return page < codes_.size() ? codes_[page]->data() : nullptr;
  }
  /// Value of a code above 0.
  const Value& value(uint32_t code) const { return (*values_[code / kPage])[code % kPage]; }
  /// One past the highest profile that may have a value.
  uint32_t limit() const { return static_cast<uint32_t>(codes_.size() * kPage); }
  /// How many have a value.
  uint64_t people() const { return people_; }

 private:
  friend class PeopleCache;
  using CodePage = std::array<uint32_t, kPage>;
  using ValuePage = std::array<Value, kPage>;

  std::vector<std::shared_ptr<const CodePage>> codes_;  // 0 = none
  std::vector<std::shared_ptr<ValuePage>> values_;      // by code; slots once filled never change
  uint32_t code_count_ = 1;
  uint64_t people_ = 0;
};

/// Profiles that something happened to, in order. Of the fold executor.
class TouchedProfiles {
 public:
  void touch(ProfileOrdinal profile) {
    // Once more changes nothing, unless somebody looked in between.
    if (!looked_ && !last_.empty() && last_.back() == profile.value) return;
    looked_ = false;
    if (last_.size() >= kKept) last_.erase(last_.begin(), last_.begin() + kKept / 2);
    last_.push_back(profile.value);
    ++count_;
  }
  /// A definition changed: tags and memberships may be other ones without a record of the people.
  void definition_changed() { ++definitions_; }
  uint64_t definitions() const { return definitions_; }
  uint64_t count() const {
    looked_ = true;
    return count_;
  }
  /// Those after the first `count`; nullopt when they are no longer known.
  std::optional<std::vector<uint32_t>> since(uint64_t count) const;

 private:
  static constexpr size_t kKept = 1u << 20;
  std::vector<uint32_t> last_;
  uint64_t count_ = 0, definitions_ = 0;
  mutable bool looked_ = false;
};

/// The values of a named list.
using ListValues = StringSet;

/// Readers live as long as what is made of them; all but the first two may be null.
struct PeopleReaders {
  const IdentityReader& identities;
  const ProfileReader& profiles;
  const SegmentReader* segments = nullptr;
  const TagReader* tags = nullptr;
};

class PeopleCache {
 public:
  /// Calls its argument on the fold executor and waits.
  using Run = std::function<void(const std::function<void()>&)>;
  /// Without `touched` (null) every column is read whole each time.
  PeopleCache(PeopleReaders readers, const TouchedProfiles* touched, Run run)
      : readers_(readers), touched_(touched), run_(std::move(run)) {}

  /// Reads all of those that are not kept in one pass over everybody; column() gives them then.
  void prepare(const std::vector<PeopleField>& fields);
  /// Any thread but the fold executor. FailedPrecondition: the field's reader is not connected.
  Result<std::shared_ptr<const PeopleColumn>> column(const PeopleField& field);
  /// As it is now. InvalidArgument: there is no such list.
  Result<std::shared_ptr<const ListValues>> list(const std::string& id);

 private:
  struct Kept {
    std::shared_ptr<PeopleColumn> column;
    StringMap<uint32_t> codes;  // by encoded value
    uint32_t next_code = 1;
    uint64_t touched = 0, definitions = 0, used = 0;
  };
  bool connected(const PeopleField& field) const;
  /// Who was touched since the column was read; nullopt: it must be read whole.
  std::optional<std::vector<uint32_t>> changed_since(const PeopleField& field, Kept& kept);
  void read_all(const std::vector<const PeopleField*>& fields);
  void read_again(const PeopleField& field, Kept& kept, std::vector<uint32_t> profiles);
  void put(Kept& kept, PeopleColumn& column, uint32_t profile, const std::optional<Value>& value);
  uint32_t code_of(Kept& kept, PeopleColumn& column, const Value& value);
  std::optional<Value> value_of(const PeopleField& field, ProfileOrdinal profile) const;
  void drop_least_used();

  PeopleReaders readers_;
  const TouchedProfiles* touched_;
  Run run_;
  std::mutex mutex_;  // one column is brought up to date at a time
  std::map<PeopleField, Kept> kept_;
  uint64_t uses_ = 0;
};

}  // namespace weir::embedded
