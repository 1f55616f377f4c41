#pragma once
// People whose history grew by an import and whom a fold with definitions (tags, segments) has to
// look at: once per person and not once per row. A durable timer takes some of them at a step, so
// that no step is long and live events are folded in between.

#include "base/time.h"
#include "ports/fold.h"
#include "ports/resident_bits.h"

#include <functional>
#include <string>
#include <string_view>

namespace weir {

class TouchedPeople {
 public:
  /// `prefix` as of ResidentBits, `owner` the fold's name.
  TouchedPeople(std::string prefix, std::string owner)
      : waiting_(std::move(prefix)), owner_(std::move(owner)) {}

  Status load(const StateStore& store) { return waiting_.load(store); }
  void save(WriteBatch& batch) { waiting_.save(batch); }

  /// Will be looked at after a moment of log time: an import says most people again and again.
  void touch(const ChunkStep& step, StepContext& context);
  void forget(ProfileOrdinal profile) { waiting_.erase(profile.value); }
  /// Whether a timer of the fold is one of these.
  static bool owns_timer(std::string_view key) { return key.starts_with(kTimer); }
  /// Calls `visit` for as many people as a step may take when each costs `definitions`
  /// evaluations, any of which may emit a fact; goes on later when more are waiting.
  void on_timer(std::string_view key, size_t definitions,
                const std::function<void(ProfileOrdinal)>& visit, StepContext& context);

 private:
  static constexpr char kTimer = 't';  // stored: first byte of a timer's key

  ResidentBits waiting_;
  const std::string owner_;
};

}  // namespace weir
