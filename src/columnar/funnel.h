#pragma once
// Funnels over all groups (SEMANTICS §2): counts per step, by key, by bucket of entry, time to
// convert.

#include "columnar/buckets.h"
#include "columnar/funnel_matcher.h"
#include "columnar/keys.h"
#include "columnar/session_pass.h"

#include <optional>
#include <span>
#include <vector>

namespace weir::columnar {

/// Entry: the group's first row that may start a chain.
enum class KeyFrom : uint8_t { First, Last, Step, AllSteps, Entry };

struct FunnelSpec {
  FunnelRules rules;
  std::vector<EventSelection> steps;
  std::vector<EventSelection> exclusions;   // as rules.exclusions
  std::shared_ptr<const Predicate> filter;  // on every event
  /// Per hold group: the property of each step that must be the same along a chain.
  std::vector<std::vector<uint32_t>> hold;
  std::vector<uint32_t> ignored_events;  // Strict: may lie between steps

  TimeMs from = 0, to = 0;  // first step in [from, to)
  TimeMs as_of = 0;         // events after it do not exist
  DurationMs window_ms = 0;
  std::optional<Calendar> calendar_day;  // window = the local date of the first step
  std::optional<SessionRules> sessions;  // window = the session of the first step
  bool by_session = false;               // count sessions, not groups; needs `sessions`
  bool first_entry_only = false;         // of a group, or a session
  bool bound_all = false;                // every step in [from, to)
  bool totals = false;                   // count attempts, not groups

  std::vector<KeyDef> keys;
  struct KeySource {
    KeyFrom from = KeyFrom::First;
    int step = 0;
  };  // step 0-based
  std::vector<KeySource> key_sources;  // as keys
  std::optional<Buckets> trend;
  bool durations = false;
  std::function<bool(uint32_t)> groups;
};

struct FunnelResult {
  std::vector<uint64_t> counts;  // per step: groups (or attempts) that did at least it
  struct ByKey {
    KeyTexts keys;
    std::vector<uint64_t> counts;
  };
  std::vector<ByKey> by_key;                 // by descending entries, then value; $other last
  std::vector<std::vector<uint64_t>> trend;  // per bucket
  /// Of converters, ascending: first to last step, and each step to the next.
  std::vector<int64_t> durations;
  std::vector<std::vector<int64_t>> pair_durations;
  uint64_t pending = 0;  // entered, not converted, window still open at as_of
  uint64_t rows_scanned = 0;
};

Result<FunnelResult> run_funnel(const std::shared_ptr<const Snapshot>& snapshot,
                                const FunnelSpec& spec, const ScanBudget& budget,
                                std::span<Executor* const> helpers);

}  // namespace weir::columnar
