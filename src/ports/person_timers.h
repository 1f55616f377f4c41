#pragma once
// When answers about people change by themselves: for each person the earliest such instant, of all
// definitions together. A fold looks at the whole person then, and says when to look again. One
// durable timer stands for all of them, so that a person costs 8 bytes, and 25 while waiting.

#include "base/time.h"
#include "ports/fold.h"

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_set.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

class PersonTimers {
 public:
  /// Rows are stored as prefix + ordinal; `prefix` starts with the room's byte of
  /// model/key_space.h. `owner` is the fold's name.
  PersonTimers(std::string prefix, std::string owner)
      : prefix_(std::move(prefix)), owner_(std::move(owner)) {}

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

  /// The person will be looked at at `due` or before; kNever changes nothing.
  void wake(ProfileOrdinal profile, TimeMs due, StepContext& context);
  void forget(ProfileOrdinal profile, StepContext& context);
  /// Whether a timer of the fold is the one of these.
  static bool owns_timer(std::string_view key) { return key == kTimer; }
  /// Calls `visit` for people who are due, who wait no more then, as many as a step may take when
  /// each costs `definitions` evaluations; the others follow a moment later.
  void on_timer(size_t definitions, const std::function<void(ProfileOrdinal)>& visit,
                StepContext& context);

  size_t waiting() const { return order_.size(); }

 private:
  static constexpr std::string_view kTimer = "p";  // stored

  void put(uint32_t profile, TimeMs due);
  void arm(TimeMs due, StepContext& context);

  const std::string prefix_, owner_;
  std::vector<TimeMs> due_;  // by profile; kNever = does not wait
  absl::btree_set<std::pair<TimeMs, uint32_t>> order_;
  absl::flat_hash_set<uint32_t> dirty_;
  TimeMs armed_ = 0;  // what the durable timer was set to last; 0 = it is not set
  bool armed_dirty_ = false;
};

}  // namespace weir
