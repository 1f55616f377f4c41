#pragma once
// Ways that units (sessions, or windows around an anchor event) take through nodes (SEMANTICS §4).

#include "columnar/keys.h"
#include "columnar/session_cutter.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace weir::columnar {

inline constexpr std::string_view kExitNode = "$exit";
inline constexpr size_t kPathStepsMax = 20;

struct PathsSpec {
  /// Sessions that begin in the range; with a window, its events are those of `rules.events`.
  SessionRules rules;
  SessionBounds bounds;
  /// Units are windows of this length after a Start anchor in the range, or before an End anchor;
  /// an anchor within the window after one that opened a unit opens none. 0 = units are sessions.
  DurationMs window_ms = 0;

  std::shared_ptr<const Predicate> filter;  // events that fail it vanish
  std::vector<uint32_t> excluded;           // events that vanish
  bool by_event = true;                     // nodes are named by the event
  uint32_t property = kNone;  // and (or) by this; without by_event those that lack it vanish
  bool by_property = false;
  std::function<std::string(std::string)> rewrite;  // of the property's text; may be empty
  bool collapse = true;                             // equal neighbours are one node

  /// Start: from the anchor on. End: up to it, aligned right. Each: every run of max_steps nodes.
  enum class Align : uint8_t { Start, End, Each } align = Align::Start;
  std::optional<EventSelection> anchor;  // none: the unit's first, or last, node
  bool last_anchor = false;              // its last occurrence instead of the first
  size_t max_steps = 5;
  size_t top_nodes = 10;  // per step; others are $other
  size_t top_paths = 20;
  bool count_groups = false;  // groups instead of units
  std::function<bool(uint32_t)> groups;

  struct Collect {
    size_t step = 0;                    // 0-based
    std::string node;                   // as shown
    std::optional<std::string> target;  // of an edge; kExitNode for those that end
    std::vector<std::string> path;      // instead: a whole path
    bool truncated = false;             // of `path`
  };
  std::optional<Collect> collect;
};

struct PathsResult {
  struct Node {
    size_t step = 0;
    std::string name;
    uint64_t count = 0;      // units that are here
    uint64_t starts = 0;     // whose path begins here
    uint64_t exits = 0;      // whose unit ends here
    uint64_t truncated = 0;  // that were cut: after this node (Start), or before it (End)
  };
  struct Edge {
    size_t step = 0;  // of the source
    std::string source, target;
    uint64_t count = 0;
  };
  struct Path {
    std::vector<std::string> nodes;
    bool truncated = false;
    uint64_t count = 0;
  };
  std::vector<Node> nodes;         // by step, descending count, name; $other last
  std::vector<Edge> edges;         // by step, descending count, names; without exits
  std::vector<Path> paths;         // descending count, then nodes
  uint64_t units = 0, groups = 0;  // that have a path
  uint64_t skipped = 0;            // units without the anchor, or without any node
  std::vector<uint32_t> collected;
  uint64_t collected_rows = 0;
  uint64_t rows_scanned = 0;
};

Result<PathsResult> run_paths(const std::shared_ptr<const Snapshot>& snapshot,
                              const PathsSpec& spec, const ScanBudget& budget,
                              std::span<Executor* const> helpers);

}  // namespace weir::columnar
