#pragma once
// Timers of folds whose definitions are evaluated for every person (tags, segments): one that goes
// through all people when a definition is new, and one a person for when an answer expires by
// itself.

#include "base/time.h"
#include "ports/fold.h"
#include "ports/people.h"

#include <functional>
#include <string>
#include <string_view>

namespace weir {

class DefinitionTimers {
 public:
  /// Stored: first byte of a timer's key.
  enum class Kind : char { Backfill = 'b', Expiry = 'x', Collect = 'c', Schedule = 's' };
  struct Fired {
    Kind kind;
    std::string definition;
    uint32_t ordinal;  // Backfill, Collect: where to go on; Expiry: the profile; Schedule: 0
  };
  /// People a step: each may emit a fact, and a step may emit at most 1,000.
  static constexpr uint32_t kBackfillChunk = 500;

  /// `owner` is the fold's name. `identities` outlives this.
  DefinitionTimers(std::string owner, const IdentityReader& identities)
      : owner_(std::move(owner)), identities_(identities) {}

  static Fired parse(std::string_view key);

  /// Wakes up the definition, not one person's, at `due`.
  void wake(Kind kind, std::string_view definition, TimeMs due, StepContext& context) const;

  /// Lets `definition` look at every person, from log time `now` on.
  void start_backfill(std::string_view definition, TimeMs now, StepContext& context) const;
  /// The next chunk of people, from `first` on; the timer goes on while there are more.
  void backfill(std::string_view definition, uint32_t first,
                const std::function<void(ProfileOrdinal)>& visit, StepContext& context) const;
  /// The same under a timer of `kind`; false once everybody was visited.
  bool walk(Kind kind, std::string_view definition, uint32_t first,
            const std::function<void(ProfileOrdinal)>& visit, StepContext& context) const;

  /// Wakes up at `next_change`; Answer::kNever cancels.
  void expire(std::string_view definition, ProfileOrdinal profile, TimeMs next_change,
              StepContext& context) const;
  void cancel(std::string_view definition, ProfileOrdinal profile, StepContext& context) const;

 private:
  std::string owner_;
  const IdentityReader& identities_;
};

}  // namespace weir
