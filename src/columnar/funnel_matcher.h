#pragma once
// Which steps of a funnel one group's events fill: pure logic over times and step bits (SEMANTICS
// FN3–FN9; equal times convert in either direction, an event fills at most one step).

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace weir::columnar {

enum class FunnelOrder : uint8_t { Sequential, Strict, Any };

struct FunnelEvent {
  int64_t time = 0;
  uint32_t steps = 0;       // bit s: may fill step s
  uint32_t exclusions = 0;  // bit x: is an event of exclusion x
  bool start = false;       // may begin a chain: step 0 in range (Any: any step in range)
  int64_t deadline = 0;     // last instant of a chain that begins here; for events with `start`
};

struct FunnelRules {
  int steps = 2;  // 2…20
  FunnelOrder order = FunnelOrder::Sequential;
  bool strict_increase = false;
  struct Exclusion {
    int from = 0, to = 1;  // steps, 0-based
    bool person = false;   // remove the whole group when its best chain is hit
  };
  std::vector<Exclusion> exclusions = {};  // at most 8
};

struct FunnelOutcome {
  int depth = 0;           // steps done; 0 = never entered
  bool removed = false;    // by an exclusion of mode person
  int64_t completion = 0;  // when that depth was first reached
  std::vector<int>
      chain;  // index of the event of each step done (Any: in time order); when asked for
};

enum class WantChain : uint8_t { No, Yes };

/// Not thread-safe: keeps scratch space between calls.
class FunnelMatcher {
 public:
  explicit FunnelMatcher(FunnelRules rules);

  /// The best chain of `events` (ascending by time). For Strict they are the whole universe of
  /// events that may not lie between steps.
  FunnelOutcome match(std::span<const FunnelEvent> events, WantChain want);

  /// FN9 totals: attempts one after another; calls `attempt` with the events of each.
  void attempts(std::span<const FunnelEvent> events,
                const std::function<void(const FunnelOutcome&, int64_t deadline)>& attempt);

  const FunnelRules& rules() const { return rules_; }

 private:
  static constexpr int kExclusionsMax = 8, kStepsMax = 20;
  struct Level {
    bool alive = false;
    int start = 0;                   // the event that began the chain: the latest possible
    int64_t passed[kExclusionsMax];  // per exclusion: time of its step `from`
  };
  struct Reached {
    int depth = 0;
    int64_t completion = 0;
    int start = 0;
  };

  bool uses(size_t exclusion) const { return use_person_ || !rules_.exclusions[exclusion].person; }
  Reached run_levels(std::span<const FunnelEvent> events);
  void step_group(std::span<const FunnelEvent> events, size_t first, size_t end, Reached& best);
  void step_one(std::span<const FunnelEvent> events, size_t at, Reached& best);
  void kill_levels(std::span<const FunnelEvent> group);
  int advance(std::span<const FunnelEvent> group, int from) const;
  int match_steps(std::span<const FunnelEvent> group, int from) const;
  bool find_chain(std::span<const FunnelEvent> events, const Reached& reached,
                  std::vector<int>& chain);
  bool place(std::span<const FunnelEvent> events, int step, std::vector<int>& chain);
  bool allowed(std::span<const FunnelEvent> events, int step, int at,
               const std::vector<int>& chain) const;
  bool excluded(std::span<const FunnelEvent> events, uint32_t bit, int64_t after,
                int64_t before) const;
  bool hit_by_person_exclusion(std::span<const FunnelEvent> events,
                               const FunnelOutcome& outcome) const;

  FunnelOutcome match_any(std::span<const FunnelEvent> events, WantChain want) const;
  FunnelOutcome match_sequence(std::span<const FunnelEvent> events, WantChain want);

  FunnelRules rules_;
  bool simple_ = false;      // in sequence, without exclusions
  bool use_person_ = false;  // exclusions of mode person count as mode chain
  std::vector<Level> levels_, next_;
  std::vector<int> group_of_;  // Strict: ordinal of the event's time among all times
  int64_t budget_ = 0;         // steps left of the search for a chain
};

/// Most steps that distinct events of `events` can fill, and which (step → index, -1 = not filled).
/// Of several events later ones are preferred.
int match_distinct(std::span<const FunnelEvent> events, int steps, std::vector<int>* filled);

}  // namespace weir::columnar
