#pragma once
// Sessions, and the paths through them (SEMANTICS §4).

#include "model/event_set.h"
#include "model/query.h"
#include "model/session_options.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir {

struct SessionsQuery {
  QueryCommon common;  // filter and breakdown are about a session's first event
  SessionOptions session;
  std::optional<EventSet> containing;  // only sessions with such an event
};

inline constexpr size_t kPathStepsMax = 20, kTopNodesMax = 100, kTopPathsMax = 1000,
                        kRewritesMax = 20;

struct PathsQuery {
  QueryCommon common;  // events that fail the filter vanish; no breakdown
  SessionOptions session;
  DurationMs window_ms = 0;  // units are windows around the anchor; 0 = sessions

  bool by_event = true;  // nodes are named by the event
  std::string prop;      // and by this, "event.path"; without by_event by it alone
  std::vector<std::pair<std::string, std::string>> rewrite;  // of its texts: pattern, replacement
  std::vector<std::string> exclude;
  bool collapse = true;

  enum class Anchor : uint8_t { Start, End, Each } anchor = Anchor::Start;
  std::optional<EventSet> anchor_event;  // none: where the unit begins, or ends
  bool last_occurrence = false;
  size_t max_steps = 5, top_nodes = 10, top_paths = 20;
  uint64_t min_count = 0;      // links below are not shown
  bool count_persons = false;  // else units
  bool bound_all = false;      // events outside of the range do not exist
};

}  // namespace weir
