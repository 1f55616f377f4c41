#pragma once
// What questions need from resident state, which only the fold executor may read: traits and
// segment members of everybody, identities of a timeline. Asked through a narrow interface, so that
// a test can answer directly and the program answers through the gate.

#include "ports/event_log.h"
#include "ports/gate.h"
#include "ports/people.h"

#include <memory>
#include <string>
#include <vector>

namespace weir::embedded {

struct PeopleRequest {
  std::vector<std::string> traits;
  std::string segment;  // empty = none
  bool empty() const { return traits.empty() && segment.empty(); }
};

/// Columns over profile ordinals, as they were at one moment per chunk of people. Immutable when
/// done.
class PeopleColumns {
 public:
  explicit PeopleColumns(PeopleRequest request)
      : request_(std::move(request)), traits_(request_.traits.size()) {}

  /// Null when missing.
  const Value* trait(size_t index, uint32_t profile) const;
  bool member(uint32_t profile) const { return profile < members_.size() && members_[profile]; }

  /// Adds up to `limit` people from `from` on; returns where to go on, nullopt at the end. Fold
  /// executor.
  std::optional<ProfileOrdinal> collect(ProfileOrdinal from, size_t limit,
                                        const IdentityReader& identities,
                                        const ProfileReader& profiles,
                                        const SegmentReader* segments);

 private:
  PeopleRequest request_;
  std::vector<std::vector<Value>> traits_;  // per trait, by profile
  std::vector<bool> members_;
};

class Outside {
 public:
  virtual ~Outside() = default;
  // Called from query threads; may block.
  virtual Result<std::shared_ptr<const PeopleColumns>> people(const PeopleRequest& request) = 0;
  /// One answer per ordinal; nullopt for an identity that was erased.
  virtual Result<std::vector<std::optional<Identity>>> identities(
      const std::vector<IdentityOrdinal>& ordinals) = 0;
  /// The log record at a position; NotFound when it was trimmed.
  virtual Result<Envelope> record(Position position) = 0;
};

/// Readers live as long as what is made of them; `segments` and `log` may be null.
struct OutsideReaders {
  const IdentityReader& identities;
  const ProfileReader& profiles;
  const SegmentReader* segments = nullptr;
  const EventLog* log = nullptr;
};

/// Reads directly: for a program with one thread.
std::unique_ptr<Outside> make_direct_outside(OutsideReaders readers);
/// Reads on the fold executor, people in chunks so that ingest never waits long. Must not be asked
/// from the fold executor itself.
std::unique_ptr<Outside> make_gated_outside(OutsideReaders readers, Gate& gate);

}  // namespace weir::embedded
