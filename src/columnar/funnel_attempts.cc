// FunnelMatcher: attempts one after another (FN9 totals).

#include "columnar/funnel_matcher.h"

#include <algorithm>
#include <bit>

namespace weir::columnar {
namespace {

/// The unused event of a group that fills one of `steps`; of several the one that fills the fewest
/// steps, so that the answer does not depend on the order of simultaneous events.
int choose(std::span<const FunnelEvent> events, size_t first, size_t end, uint32_t steps,
           bool start, const std::vector<bool>& used) {
  int best = -1;
  auto rank = [&](const FunnelEvent& e) { return std::pair(std::popcount(e.steps), e.steps); };
  for (size_t i = first; i < end; ++i) {
    if (used[i - first] || (events[i].steps & steps) == 0 || (start && !events[i].start)) continue;
    if (best < 0 || rank(events[i]) < rank(events[static_cast<size_t>(best)]))
      best = static_cast<int>(i);
  }
  return best;
}

class Attempts {
 public:
  Attempts(const FunnelRules& rules, std::span<const FunnelEvent> events,
           const std::function<void(const FunnelOutcome&, int64_t)>& report)
      : rules_(rules), events_(events), report_(report) {}

  void run() {
    for (size_t i = 0; i < events_.size();) {
      size_t end = i + 1;
      while (end < events_.size() && events_[end].time == events_[i].time) ++end;
      group(i, end);
      i = end;
    }
    if (open_) close();
  }

 private:
  bool any() const { return rules_.order == FunnelOrder::Any; }

  void group(size_t first, size_t end) {
    int64_t now = events_[first].time;
    if (open_ && now > deadline_) close();
    std::vector<bool> used(end - first);
    bool advanced = false;
    while (true) {
      int at = choose(events_, first, end, wanted(), !open_, used);
      if (at < 0 || (open_ && rules_.strict_increase && !any() && last_time_ == now)) break;
      used[static_cast<size_t>(at) - first] = true;
      take(at);
      advanced = true;
    }
    if (open_ && rules_.order == FunnelOrder::Strict && !advanced) close();
    if (open_) apply_exclusions(first, end);
  }

  uint32_t wanted() const {
    uint32_t all = (uint32_t{1} << rules_.steps) - 1;
    if (any()) return open_ ? all & ~filled_ : all;
    return uint32_t{1} << (open_ ? outcome_.depth : 0);
  }

  void take(int at) {
    const FunnelEvent& e = events_[static_cast<size_t>(at)];
    if (!open_) {
      open_ = true;
      outcome_ = {};
      filled_ = 0;
      deadline_ = e.deadline;
    }
    uint32_t bits = any() ? e.steps & ~filled_ : uint32_t{1} << outcome_.depth;
    filled_ |= uint32_t{1} << std::countr_zero(bits);
    ++outcome_.depth;
    outcome_.completion = e.time;
    outcome_.chain.push_back(at);
    last_time_ = e.time;
    if (outcome_.depth == rules_.steps) close();
  }

  void apply_exclusions(size_t first, size_t end) {
    uint32_t bits = 0;
    for (size_t i = first; i < end; ++i) bits |= events_[i].exclusions;
    for (size_t x = 0; bits != 0 && open_ && x < rules_.exclusions.size(); ++x) {
      if ((bits >> x & 1) == 0) continue;
      const auto& rule = rules_.exclusions[x];
      bool between = any() || (outcome_.depth > rule.from && outcome_.depth <= rule.to);
      if (!between) continue;
      auto from = static_cast<size_t>(any() ? 0 : rule.from);
      if (events_[static_cast<size_t>(outcome_.chain[from])].time < events_[first].time) close();
    }
  }

  void close() {
    open_ = false;
    report_(outcome_, deadline_);
  }

  const FunnelRules& rules_;
  std::span<const FunnelEvent> events_;
  const std::function<void(const FunnelOutcome&, int64_t)>& report_;
  bool open_ = false;
  FunnelOutcome outcome_;
  uint32_t filled_ = 0;
  int64_t deadline_ = 0, last_time_ = 0;
};

}  // namespace

void FunnelMatcher::attempts(
    std::span<const FunnelEvent> events,
    const std::function<void(const FunnelOutcome&, int64_t deadline)>& attempt) {
  Attempts(rules_, events, attempt).run();
}

}  // namespace weir::columnar
