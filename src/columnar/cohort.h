#pragma once
// Which groups meet a condition over their rows (SEMANTICS §9 SG1, SG2, SG4): a tree of and, or,
// not over leaves that count, measure or look for an order of rows.

#include "columnar/selection.h"

#include "base/time.h"

#include <functional>
#include <span>
#include <vector>

namespace weir::columnar {

struct AggregateLeaf {
  enum class Kind : uint8_t { Count, Sum, Avg, Min, Max, Distinct, Days };
  EventSelection events;
  TimeMs from = 0, to = 0;  // from ≤ time ≤ to
  /// Where each group begins at another instant: the later of it and `from` counts.
  std::function<TimeMs(uint32_t group)> group_from;
  Kind kind = Kind::Count;
  uint32_t property = kNone;  // all but Count and Days
  /// Whether the value will do; null = there is none (the average of nothing).
  std::function<bool(const double*)> holds;
};

/// Rows of the steps in this order, each at most `within_ms` after the first, whose time is in
/// [from, to]. Equal times are in any order; a row is one step only.
struct ChainLeaf {
  std::vector<EventSelection> steps;  // two or more
  TimeMs from = 0, to = 0;
  std::function<TimeMs(uint32_t group)> group_from;
  DurationMs within_ms = 0;  // 0 = no limit
  bool only = false;         // no other row of the group strictly between two steps
  /// By what is held, by step: properties that must have one value in all steps of a chain.
  std::vector<std::vector<uint32_t>> hold;
  /// Instead: a first row that no row of the second step follows (strictly later) within the time,
  /// which must be over; without a limit it is over at as_of. Two steps.
  bool then_not = false;
};

struct CohortNode {
  enum class Kind : uint8_t { And, Or, Not, Group, Aggregate, Chain };
  Kind kind = Kind::And;  // an empty And is everybody, an empty Or nobody
  std::vector<CohortNode> children;
  std::function<bool(uint32_t group)> of_group;  // Group
  size_t leaf = 0;                               // Aggregate, Chain: index of the leaf
};

inline constexpr size_t kCohortSelectionsMax = 32;

struct CohortSpec {
  CohortNode root;
  std::vector<AggregateLeaf> aggregates;
  std::vector<ChainLeaf> chains;  // with the aggregates at most kCohortSelectionsMax event sets
  TimeMs as_of = 0;
  const Calendar* calendar = nullptr;  // for Days; outlives the run
  /// Which groups there are; all that have rows when empty. Groups that it names and that have no
  /// row of any leaf are judged too.
  std::function<bool(uint32_t group)> universe;
  uint32_t universe_limit = 0;  // one past the highest group of the universe
};

struct CohortResult {
  std::vector<uint32_t> groups;  // ascending
  uint64_t rows_scanned = 0;
};

Result<CohortResult> run_cohort(const std::shared_ptr<const Snapshot>& snapshot,
                                const CohortSpec& spec, const ScanBudget& budget,
                                std::span<Executor* const> helpers);

}  // namespace weir::columnar
