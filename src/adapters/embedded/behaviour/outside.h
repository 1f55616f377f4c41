#pragma once
// What questions need from resident state, which only the fold executor may read: traits and
// segment members of everybody, identities of a timeline. Asked through a narrow interface, so that
// a test can answer directly and the program answers through the gate.

#include "adapters/embedded/behaviour/people_columns.h"
#include "ports/event_log.h"
#include "ports/gate.h"
#include "ports/people.h"
#include "ports/set_apart.h"

#include <memory>
#include <string>
#include <vector>

namespace weir::embedded {

struct PeopleRequest {
  std::vector<std::string> traits;
  std::string segment;                               // empty = none
  std::vector<PeopleField> fields;                   // others
  std::vector<std::string> lists;                    // named lists of values, by "in_list"
  bool include_test = false, include_staff = false;  // G17
  double sample = 1.0;                               // G18: the share of people
  bool empty() const {
    return traits.empty() && segment.empty() && fields.empty() && lists.empty();
  }
};

/// Columns over profile ordinals. Immutable.
class PeopleColumns {
 public:
  /// Null when missing.
  const Value* trait(size_t index, uint32_t profile) const { return traits_[index]->at(profile); }
  const Value* field(size_t index, uint32_t profile) const { return fields_[index]->at(profile); }
  const PeopleColumn& field(size_t index) const { return *fields_[index]; }
  const ListValues& list(size_t index) const { return *lists_[index]; }
  bool member(uint32_t profile) const {
    return segment_ != nullptr && segment_->at(profile) != nullptr;
  }
  /// Whether the question is about this person at all: segment, G17, sample.
  bool counts(uint32_t profile) const {
    if (profile < apart_.size() && apart_[profile]) return false;
    return (segment_ == nullptr || member(profile)) && (sample_ >= 1.0 || sampled(profile));
  }
  /// False when `counts` is true of everybody.
  bool selects() const { return segment_ != nullptr || !apart_.empty() || sample_ < 1.0; }
  /// One past the highest profile that may have a value of field `index`.
  uint32_t limit(size_t index) const { return fields_[index]->limit(); }

  /// `apart` may be null: nobody.
  static Result<std::shared_ptr<const PeopleColumns>> make(const PeopleRequest& request,
                                                           PeopleCache& cache,
                                                           const SetApart* apart);

 private:
  void leave_out(const std::vector<uint32_t>& profiles);
  bool sampled(uint32_t profile) const;

  std::vector<std::shared_ptr<const PeopleColumn>> traits_, fields_;
  std::vector<std::shared_ptr<const ListValues>> lists_;
  std::shared_ptr<const PeopleColumn> segment_;
  std::vector<bool> apart_;
  double sample_ = 1.0;
};

class Outside {
 public:
  virtual ~Outside() = default;
  /// Lets columns of people be kept between questions. Before the first question.
  virtual void watch(const TouchedProfiles& touched) = 0;
  // Called from query threads; may block.
  virtual Result<std::shared_ptr<const PeopleColumns>> people(const PeopleRequest& request) = 0;
  /// One answer per ordinal; nullopt for an identity that was erased.
  virtual Result<std::vector<std::optional<Identity>>> identities(
      const std::vector<IdentityOrdinal>& ordinals) = 0;
  /// The log record at a position; NotFound when it was trimmed.
  virtual Result<Envelope> record(Position position) = 0;
};

/// Readers live as long as what is made of them; the pointers may be null.
struct OutsideReaders {
  const IdentityReader& identities;
  const ProfileReader& profiles;
  const SegmentReader* segments = nullptr;
  const EventLog* log = nullptr;
  const TagReader* tags = nullptr;
  const SetApartReader* apart = nullptr;
};

/// Reads directly: for a program with one thread.
std::unique_ptr<Outside> make_direct_outside(OutsideReaders readers);
/// Reads on the fold executor, people in chunks so that ingest never waits long. Must not be asked
/// from the fold executor itself.
std::unique_ptr<Outside> make_gated_outside(OutsideReaders readers, Gate& gate);

}  // namespace weir::embedded
