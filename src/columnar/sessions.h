#pragma once
// Sessions over time: how many, how deep, how long (SEMANTICS §4).

#include "columnar/keys.h"
#include "columnar/session_cutter.h"

#include <optional>
#include <span>
#include <vector>

namespace weir::columnar {

struct SessionsSpec {
  SessionRules rules;
  SessionBounds bounds;                      // sessions that begin in the range
  Buckets buckets;                           // of their beginnings
  std::shared_ptr<const Predicate> filter;   // on a session's first event
  std::optional<EventSelection> containing;  // only sessions with such an event
  std::vector<KeyDef> keys;                  // of the first event
  std::function<bool(uint32_t)> groups;

  struct Collect {
    KeyTexts keys;                 // empty = all
    std::optional<size_t> bucket;  // nullopt = the whole range
    bool bounces = false;          // only sessions of one event
  };
  std::optional<Collect> collect;
};

struct SessionsResult {
  struct Cell {
    uint64_t sessions = 0, bounces = 0, events = 0, groups = 0;
    DurationMs duration_ms = 0;
  };
  struct Line {
    KeyTexts keys;  // empty: all
    std::vector<Cell> buckets;
    Cell total;
    std::vector<DurationMs> durations;  // of the total's sessions, ascending
  };
  std::vector<Line> lines;       // all, then keys by descending sessions; $other last
  std::vector<uint32_t> groups;  // of `collect`, ascending
  uint64_t collected_rows = 0;   // sessions of theirs
  uint64_t rows_scanned = 0;
};

Result<SessionsResult> run_sessions(const std::shared_ptr<const Snapshot>& snapshot,
                                    const SessionsSpec& spec, const ScanBudget& budget,
                                    std::span<Executor* const> helpers);

}  // namespace weir::columnar
