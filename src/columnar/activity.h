#pragma once
// In which buckets groups are active: on how many (stickiness), and how that changes from one to
// the next (lifecycle; SEMANTICS TR6, TR7, RT8).

#include "columnar/bucket_finder.h"
#include "columnar/keys.h"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace weir::columnar {

enum class ActivityState : uint8_t { Active, New, Returning, Resurrected, Dormant };
inline constexpr size_t kActivityStates = 5;

struct ActivitySpec {
  EventSelection events;
  std::shared_ptr<const Predicate> filter;  // on every event, but not for which was the first ever
  Buckets buckets;
  size_t lead = 0;          // buckets before those that are asked about
  TimeMs from = 0, to = 0;  // activity in [from, to), within the buckets
  bool history = false;     // events before `from` count for which was the first ever
  /// Buckets without activity after which a group is lost; 0 = not asked. Needs history, and a lead
  /// of as many.
  size_t lost_after = 0;
  std::vector<KeyDef> keys;
  std::function<bool(uint32_t)> groups;

  struct Collect {
    enum class What : uint8_t { State, Buckets, Lost, Back } what = What::State;
    KeyTexts keys;  // empty = all; of State and Buckets
    ActivityState state = ActivityState::Active;
    size_t at = 0;          // bucket, without the lead; of Buckets the number of them
    bool at_least = false;  // of Buckets
  };
  std::optional<Collect> collect;
};

struct ActivityResult {
  struct Line {
    KeyTexts keys;  // empty: all
    /// Per bucket without the lead, groups in each state.
    std::vector<std::array<uint64_t, kActivityStates>> states;
    std::vector<uint64_t> by_count;  // [k]: groups active in exactly k of these buckets, k ≥ 1
    uint64_t groups = 0;             // active in any of them
  };
  std::vector<Line> lines;       // all, then keys by descending groups; $other last
  uint64_t lost = 0;             // active once, not in the last `lost_after` buckets
  std::vector<uint64_t> back;    // per bucket: active after at least `lost_after` buckets without
  std::vector<uint32_t> groups;  // of `collect`, ascending
  uint64_t rows_scanned = 0;
};

Result<ActivityResult> run_activity(const std::shared_ptr<const Snapshot>& snapshot,
                                    const ActivitySpec& spec, const ScanBudget& budget,
                                    std::span<Executor* const> helpers);

}  // namespace weir::columnar
