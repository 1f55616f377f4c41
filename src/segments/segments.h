#pragma once
// Segments (人群): computed audiences over traits, tags, consent and behaviour. A fold: membership
// is right as of every record, entry and exit are facts, and what expires by time does so by a
// timer.

#include "base/json.h"
#include "base/time.h"
#include "model/condition_explain.h"
#include "ports/fold.h"
#include "ports/people.h"
#include "ports/person_subject.h"
#include "segments/static_segment.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::segments {

struct SegmentInfo {
  std::string id, name;
  uint32_t version = 0;
  uint64_t count = 0;
  TimeMs updated_at = 0;
  std::string definition;  // JSON text; empty for a static segment
  struct Day {
    int32_t day;
    uint32_t entered, left;
  };
  std::vector<Day> days;
  uint64_t changes = 0;   // entries and exits since it was made, each a numbered fact
  TimeMs known_from = 0;  // its history begins here
  /// SG6: a frozen list of people.
  struct Static {
    TimeMs as_of = 0;
    std::string origin;     // JSON text: the question and the number that it was
    uint64_t people = 0;    // when it was saved; `count` is who of them is still there
    bool complete = false;  // all parts of the list have been read
  };
  std::optional<Static> frozen;
};

struct Membership {
  std::string segment_id, segment_name;
  TimeMs since = 0;
};

/// Why somebody is in a segment or is not.
struct SegmentWhy {
  uint32_t version = 0;
  std::optional<TimeMs> since;      // a member, since then
  std::optional<ConditionWhy> why;  // none of a static segment; valid during the call
};

/// A segment as the API takes it: {"name","def"}. Used before a Definition record is appended, so
/// that a bad one is answered with 400 and never reaches the log.
Status validate_definition(const json::value& body, const Calendar& calendar);

/// Everything but the constructor runs on the fold executor.
class Segments : public Fold, public SegmentReader {
 public:
  /// Readers must outlive this. `identities` says which profiles exist when a definition is new.
  static std::unique_ptr<Segments> make(const IdentityReader& identities, PersonReaders readers,
                                        Calendar calendar);

  /// After validate_definition: the segments that `body` names exist and none of them needs `id`
  /// itself (SG1: references are acyclic).
  virtual Status check_references(std::string_view id, const json::value& body) const = 0;

  /// FailedPrecondition names a segment that builds on `id`.
  virtual Status check_unused(std::string_view id) const = 0;

  virtual std::vector<SegmentInfo> list() const = 0;
  virtual Result<SegmentInfo> get(std::string_view id) const = 0;
  virtual std::vector<Membership> of(ProfileOrdinal profile) const = 0;
  /// Members in ordinal order after `after`, at most `limit`.
  virtual std::vector<ProfileOrdinal> members(std::string_view id, ProfileOrdinal after,
                                              size_t limit) const = 0;
  /// True when `profile` would be in a segment so defined, now. For previews.
  virtual bool would_match(const Condition& condition, ProfileOrdinal profile,
                           TimeMs now) const = 0;
  virtual Result<SegmentWhy> why(std::string_view id, ProfileOrdinal profile, TimeMs now) const = 0;
};

}  // namespace weir::segments
