#include "base/chain_match.h"

#include "base/result.h"

#include <algorithm>
#include <array>
#include <limits>

namespace weir {
namespace {

class ChainSearch {
 public:
  ChainSearch(std::span<const ChainEvent> events, size_t start, const ChainRules& rules)
      : events_(events), rules_(rules) {
    used_[0] = start;
    TimeMs time = events[start].time;
    end_ = rules.within_ms == 0 ? std::numeric_limits<TimeMs>::max() : time + rules.within_ms;
  }

  /// Steps 0…step−1 are taken. Of later instants only the first with a usable event is tried: a
  /// chain that goes on later could go on there as well.
  bool extend(size_t step) {
    if (step == rules_.steps) return true;
    size_t last = used_[step - 1];
    TimeMs time = events_[last].time;
    size_t at = last;
    while (at > 0 && events_[at - 1].time == time) --at;
    TimeMs latest = end_;
    if (rules_.only != nullptr) {
      auto next = std::upper_bound(rules_.only->begin(), rules_.only->end(), time);
      latest = std::min(latest, next == rules_.only->end() ? time : *next);
    }
    while (at < events_.size() && events_[at].time <= latest) {
      TimeMs instant = events_[at].time;
      bool any = false;
      if (at_instant(step, at, any)) return true;
      // Without intruders between, the same instant and the next one are both open.
      if (any && (rules_.only == nullptr || instant != time)) return false;
      while (at < events_.size() && events_[at].time == instant) ++at;
    }
    return false;
  }

 private:
  /// Events of one instant that can be the same steps are alike: one of each is tried.
  bool at_instant(size_t step, size_t at, bool& any) {
    TimeMs instant = events_[at].time;
    uint64_t tried[4] = {};  // by steps, 8 bits
    for (; at < events_.size() && events_[at].time == instant; ++at) {
      uint32_t steps = events_[at].steps;
      if ((steps >> step & 1) == 0 || taken(at, step)) continue;
      any = true;
      uint64_t bit = uint64_t{1} << (steps & 63);
      if ((tried[steps >> 6] & bit) != 0) continue;
      tried[steps >> 6] |= bit;
      used_[step] = at;
      if (extend(step + 1)) return true;
    }
    return false;
  }
  bool taken(size_t event, size_t step) const {
    return std::find(used_.begin(), used_.begin() + static_cast<ptrdiff_t>(step), event) !=
           used_.begin() + static_cast<ptrdiff_t>(step);
  }

  std::span<const ChainEvent> events_;
  const ChainRules& rules_;
  TimeMs end_;
  std::array<size_t, kChainStepsMax> used_{};
};

}  // namespace

bool chain_from(std::span<const ChainEvent> events, size_t start, const ChainRules& rules) {
  WEIR_ASSERT(rules.steps <= kChainStepsMax);
  return ChainSearch(events, start, rules).extend(1);
}

bool followed_until(std::span<const ChainEvent> events, size_t start, TimeMs end) {
  for (size_t k = start + 1; k < events.size() && events[k].time <= end; ++k) {
    if ((events[k].steps & 2) != 0 && events[k].time > events[start].time) return true;
  }
  return false;
}

}  // namespace weir
