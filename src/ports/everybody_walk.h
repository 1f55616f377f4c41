#pragma once
// New definitions look at everybody once, all of them at each person, so that a person's history is
// read once for all. Goes round: a definition that comes while others are under way joins where
// they are. Durable timers take some people a step, so that no step is long and live events are
// folded in between.

#include "base/time.h"
#include "ports/fold.h"
#include "ports/people.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

class EverybodyWalk {
 public:
  /// Rows are stored as prefix + id of the definition. `prefix` starts with the room's byte of
  /// model/key_space.h, `owner` is the fold's name; `identities` outlives this.
  EverybodyWalk(std::string prefix, std::string owner, const IdentityReader& identities)
      : prefix_(std::move(prefix)), owner_(std::move(owner)), identities_(identities) {}

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

  /// From now on everybody there is, anew if it was under way.
  void start(const std::string& definition, StepContext& context);
  void stop(const std::string& definition);
  /// Whether a timer of the fold is one of these.
  static bool owns_timer(std::string_view key) { return key.size() == 2 && key[0] == kTimer; }
  /// Calls `visit` for the next people with the definitions under way, ascending.
  using Visit = std::function<void(ProfileOrdinal, const std::vector<std::string>& definitions)>;
  void on_timer(std::string_view key, const Visit& visit, StepContext& context);

 private:
  static constexpr char kTimer = 'w';  // stored: first byte of a timer's key
  struct Round {
    uint32_t start = 0;    // where it began
    bool wrapped = false;  // the walk came to the end since
  };
  void advance(ProfileOrdinal end, bool at_end);

  const std::string prefix_, owner_;
  const IdentityReader& identities_;
  std::map<std::string, Round> rounds_;
  uint32_t next_ = 0;  // the person the walk has come to
  std::set<std::string> dirty_;
};

}  // namespace weir
