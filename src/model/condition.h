#pragma once
// Conditions about one person (SEMANTICS §9 SG1–SG5): the grammar that segments and tag rules
// share. A condition is parsed once and evaluated for one person at one instant; the evaluation
// also says when the answer can next change by itself, so that membership expires without a new
// event.

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "model/filter.h"
#include "model/history_query.h"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// SG3. Windows of days count local dates; rolling ones are (now − length, now].
struct Window {
  enum class Kind : uint8_t { Ever, Days, Rolling, Absolute, Since };
  Kind kind = Kind::Ever;
  int near = 0, far = 0;     // Days: from `far` to `near` days ago, today is 0
  DurationMs length_ms = 0;  // Rolling
  TimeMs from = 0, to = 0;   // Absolute: [from, to)
  std::string since;         // Since: a trait with an instant; nothing happened since no instant
};

/// {"last":7,"unit":"day"}, {"past":7,"unit":"day"}, {"between":[7,14],"unit":"day"} ago,
/// {"rolling":"PT24H"}, {"since":"profile.registered_at"}, {"from":"2026-03-02","to":"2026-03-08"},
/// "ever" or absent.
Result<Window> parse_window(const json::value* window, std::string_view where,
                            const Calendar& calendar);

inline constexpr size_t kSequenceStepsMax = 5;
inline constexpr size_t kSequenceHoldsMax = 3;

struct Condition {
  enum class Kind : uint8_t {
    And,
    Or,
    Not,
    Profile,
    Tag,
    Done,
    Sequence,
    Segment,
    Consent,
    Bucket,
  };
  enum class Agg : uint8_t { Count, Sum, Avg, Min, Max, Distinct, Days };

  Kind kind = Kind::And;            // an empty And is everyone, an empty Or nobody
  std::vector<Condition> children;  // And, Or, Not
  std::string name;                 // trait, tag code, segment id, consent channel, bucket salt
  FilterOp op = FilterOp::Eq;       // Profile, Tag, Done (against the aggregate)
  std::vector<Value> operands;
  // Done
  std::vector<std::string> events;
  Filter filter;
  Window window;
  Agg agg = Agg::Count;
  std::string agg_prop;
  // Sequence (SG4); its window is that of the first step
  struct Step {
    std::vector<std::string> events;
    Filter filter;
  };
  std::vector<Step> steps;   // 2…kSequenceStepsMax
  DurationMs within_ms = 0;  // from the first step; 0 = no limit
  bool then_not = false;     // a first step that no second one follows within that time
  bool immediately = false;  // no other event of the person strictly between two steps (FN6)
  std::vector<std::vector<std::string>> hold;  // by group, by step: properties with one value (FN8)
  bool listed = false;                         // Segment: must be a frozen or imported list
  // Consent
  std::string purpose, state;
  // Bucket
  int bucket_from = 0, bucket_to = 0;
};

/// Errors name the path under `where` and what is allowed. Depth ≤ 6, leaves ≤ 50 (SG1).
Result<Condition> parse_condition(const json::value& definition, std::string_view where,
                                  const Calendar& calendar);

/// First and last instant (both included) of a window at `now`; empty when from > to.
struct WindowBounds {
  TimeMs from = 0, to = 0;
};
/// `since` is the person's instant that a Since window begins at.
WindowBounds bounds_of(const Window& window, TimeMs now, const Calendar& calendar,
                       std::optional<TimeMs> since = std::nullopt);
/// When an event of `time` comes into the window, and when it leaves it; Answer::kNever if never.
TimeMs enters_at(const Window& window, TimeMs time, const Calendar& calendar);
TimeMs leaves_at(const Window& window, TimeMs time, const Calendar& calendar);

/// What a condition can depend on, for indexing which records may change its answer.
struct ConditionInputs {
  std::set<std::string> events, traits, tags, segments;
  std::set<std::string> lists;  // those of `segments` that must be lists
  bool consent = false;
  bool all_events = false;  // any event of the person
  bool timed = false;       // the answer may change without a record
};
ConditionInputs inputs_of(const Condition& condition);

/// The person a condition asks about.
class ConditionSubject {
 public:
  virtual ~ConditionSubject() = default;
  virtual const Value* trait(std::string_view name) const = 0;
  virtual const Value* tag(std::string_view code) const = 0;
  virtual bool in_segment(std::string_view segment_id) const = 0;
  virtual std::string_view consent(std::string_view channel, std::string_view purpose) const = 0;
  virtual bool in_list(std::string_view list_id, std::string_view value) const = 0;
  virtual std::string_view profile_id() const = 0;
  using VisitEvent = std::function<bool(TimeMs time, const Properties& properties)>;
  virtual void events(const HistoryQuery& query, const VisitEvent& visit) const = 0;
};

struct Answer {
  bool value = false;
  /// First instant at which `value` may change without a new record; kNever when it cannot.
  TimeMs next_change = 0;
  static constexpr TimeMs kNever = INT64_MAX;
};
Answer evaluate(const Condition& condition, const ConditionSubject& subject, TimeMs now,
                const Calendar& calendar);

}  // namespace weir
