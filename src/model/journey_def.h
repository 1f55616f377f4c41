#pragma once
// A journey as published (SEMANTICS §11, schema weir.journey/1): parsed once into an immutable
// value, executed many times by journey/. What is here is what this version can run; other node
// types are refused by name.

#include "base/result.h"
#include "base/time.h"
#include "model/condition.h"
#include "model/filter.h"
#include "model/send_spec.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

enum class NodeType : uint8_t { Wait, WaitEvent, Branch, Split, Send, IssueCoupon, Exit };
std::string_view to_string(NodeType type);

/// One case of a branch (a condition) or of a split (a share of 10,000 buckets).
struct CaseDef {
  Condition condition;
  int share = 0;
  std::string to;
};

struct NodeDef {
  std::string id;
  NodeType type = NodeType::Exit;
  DurationMs duration_ms = 0;  // wait: for; wait_event: timeout; issue_coupon: valid
  std::string event;           // wait_event
  Filter filter;
  std::vector<CaseDef> cases;  // branch, split
  std::string otherwise;       // branch: else
  std::string message;         // send
  bool transactional = false;
  std::map<std::string, std::string> vars;
  std::vector<AttemptSpec> chain;
  std::string coupon_template, budget;  // issue_coupon
  int per_person = 1;
  std::string reason;                     // exit
  int max_visits = 10;                    // ends a cycle (J8)
  std::map<std::string, std::string> on;  // outcome → node; an unwired outcome exits with "end"
};

struct JourneyDef {
  enum class Trigger : uint8_t { Event, SegmentEnter, SegmentExit, TagChanged };
  enum class Limit : uint8_t { Once, OncePer, Unlimited };
  struct Goal {
    std::string event;
    Filter filter;
    DurationMs window_ms = 7 * kDayMs;
    bool exit = true;
  };
  /// Leaves on an event, or on entering a segment.
  struct ExitWhen {
    std::string event;
    Filter filter;
    std::string segment;
  };

  std::string id, name;
  uint32_t version = 1;

  Trigger trigger = Trigger::Event;
  std::string
      trigger_event;  // the name in the behaviour store; "$segment_entered" for SegmentEnter …
  Filter trigger_filter;
  std::string trigger_subject;      // segment id or tag code of the other triggers
  bool definition_changes = false;  // SegmentEnter/Exit: also when the segment's definition changed
  DurationMs max_age_ms = kDayMs;

  std::string key;  // "event.sku_id"; empty = one per person
  Limit limit = Limit::Unlimited;
  DurationMs limit_period_ms = 0;
  bool after_exit = false, restart = false;
  int concurrency = 1;
  std::string purpose = "marketing";
  std::optional<Condition> audience;

  bool global_holdout = true;
  int control_share = 0;  // of 10,000
  std::string salt;

  std::optional<Goal> goal;
  std::vector<ExitWhen> exit_when;

  std::string category = "marketing";
  int priority = 50;
  bool caps = true;
  QuietHours quiet_hours;

  std::string start;
  std::map<std::string, NodeDef> nodes;

  /// Every "${path}" the definition mentions: what an enrollment must remember of its entry event.
  std::set<std::string> placeholders;
  /// Every event name the journey listens to.
  std::set<std::string> events;
  /// Segments named by exit_when.
  std::set<std::string> exit_segments;
};

/// Parses and checks a whole definition. All problems are found at once: the error's message lists
/// them, `problems` (when not null) has them one by one with their field paths.
Result<JourneyDef> parse_journey(std::string_view text, std::vector<Error>* problems = nullptr);

/// True for the window of `"since":"entry"`, which only an enrollment can turn into instants.
bool is_since_entry(const Window& window);

/// The condition with "${path}" operands and `"since":"entry"` windows filled in for one
/// enrollment.
Condition bind_condition(const Condition& condition, TimeMs entered_at,
                         const std::function<const Value*(std::string_view)>& lookup);

/// Graph rules of a publish (end of §11): targets exist, nodes are reachable from start, every
/// cycle has a wait of at least a minute, at most 200 nodes. Adds to `problems`.
void check_graph(const JourneyDef& journey, std::vector<Error>& problems);

/// Replaces every "${path}" in `text`. Nullopt when `lookup` does not know one.
std::optional<std::string> interpolate(std::string_view text,
                                       const std::function<const Value*(std::string_view)>& lookup);

}  // namespace weir
