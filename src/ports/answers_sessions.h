#pragma once
// Answers to model/query_sessions.h.

#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir {

struct SessionCounts {
  uint64_t sessions = 0, persons = 0, bounces = 0, events = 0;
  DurationMs duration_ms = 0;  // of all sessions together
};

struct SessionsLine {
  std::vector<std::string> values;     // of the breakdown; empty = all
  std::vector<SessionCounts> buckets;  // as SessionsAnswer::buckets
  SessionCounts total;
  std::optional<double> p50_duration_ms, p90_duration_ms;  // of the total's sessions
};

struct SessionsAnswer {
  std::vector<TimeMs> buckets;
  std::vector<bool> final_flags;    // G9
  std::vector<SessionsLine> lines;  // all, then by breakdown
  uint64_t events_scanned = 0;
};

/// `starts`: the path begins here. `exits`: the unit ends here. `truncated`: the path was cut after
/// it (anchor at the start) or before it (at the end).
struct PathNode {
  size_t step = 0;  // 1-based
  std::string name;
  uint64_t count = 0, starts = 0, exits = 0, truncated = 0;
};

struct PathLink {
  size_t step = 0;  // of the source, 1-based
  std::string source, target;
  uint64_t count = 0;
};

struct TopPath {
  std::vector<std::string> nodes;
  bool truncated = false;
  uint64_t count = 0;
};

struct PathsAnswer {
  std::vector<PathNode> nodes;
  std::vector<PathLink> links;  // exits are in the nodes
  std::vector<TopPath> paths;
  uint64_t units = 0, persons = 0, skipped = 0;
  uint64_t events_scanned = 0;
};

}  // namespace weir
