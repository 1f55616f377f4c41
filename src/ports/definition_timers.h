#pragma once
// Timers of definitions: when one runs, and one that goes through all people for it.

#include "base/time.h"
#include "ports/fold.h"
#include "ports/people.h"

#include <functional>
#include <string>
#include <string_view>

namespace weir {

class DefinitionTimers {
 public:
  /// Stored: first byte of a timer's key. Backfill and Expiry were set by older versions.
  enum class Kind : char { Backfill = 'b', Expiry = 'x', Collect = 'c', Schedule = 's' };
  struct Fired {
    Kind kind;
    std::string definition;
    uint32_t ordinal;  // Collect: where to go on; Expiry: the profile; else 0
  };
  /// People a step: each may emit a fact, and a step may emit at most 1,000.
  static constexpr uint32_t kWalkChunk = 500;

  /// `owner` is the fold's name. `identities` outlives this.
  DefinitionTimers(std::string owner, const IdentityReader& identities)
      : owner_(std::move(owner)), identities_(identities) {}

  static Fired parse(std::string_view key);

  /// Wakes up the definition, not one person's, at `due`.
  void wake(Kind kind, std::string_view definition, TimeMs due, StepContext& context) const;

  /// Visits the next people, from `first` on, under a timer of `kind` that goes on while there are
  /// more; false once everybody was visited.
  bool walk(Kind kind, std::string_view definition, uint32_t first,
            const std::function<void(ProfileOrdinal)>& visit, StepContext& context) const;

 private:
  std::string owner_;
  const IdentityReader& identities_;
};

}  // namespace weir
