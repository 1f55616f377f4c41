#include "columnar/funnel_matcher.h"

#include "base/result.h"

#include <algorithm>
#include <bit>

namespace weir::columnar {
namespace {

bool may_fill(const FunnelEvent& e, int step) {
  return (e.steps >> step & 1) != 0 && (step > 0 || e.start);
}

/// One step finds an event, moving others aside when that helps (Kuhn's augmenting path).
bool augment(std::span<const FunnelEvent> group, int step, int from, std::vector<int>& owner,
             std::vector<bool>& seen, bool starts_only_first) {
  for (size_t i = 0; i < group.size(); ++i) {
    bool fits = starts_only_first ? may_fill(group[i], step) : (group[i].steps >> step & 1) != 0;
    if (!fits || seen[i]) continue;
    seen[i] = true;
    if (owner[i] < from || augment(group, owner[i], from, owner, seen, starts_only_first)) {
      owner[i] = step;
      return true;
    }
  }
  return false;
}

}  // namespace

FunnelMatcher::FunnelMatcher(FunnelRules rules) : rules_(std::move(rules)) {
  WEIR_ASSERT(rules_.steps >= 1 && rules_.steps <= kStepsMax);
  WEIR_ASSERT(rules_.exclusions.size() <= kExclusionsMax);
  levels_.resize(static_cast<size_t>(rules_.steps) + 1);
  next_.resize(levels_.size());
  simple_ = rules_.order == FunnelOrder::Sequential && rules_.exclusions.empty();
}

FunnelOutcome FunnelMatcher::match(std::span<const FunnelEvent> events, WantChain want) {
  bool any_person = std::any_of(rules_.exclusions.begin(), rules_.exclusions.end(),
                                [](const auto& x) { return x.person; });
  WantChain inner = any_person ? WantChain::Yes : want;
  FunnelOutcome out =
      rules_.order == FunnelOrder::Any ? match_any(events, inner) : match_sequence(events, inner);
  if (any_person && out.depth > 0 && hit_by_person_exclusion(events, out)) out.removed = true;
  return out;
}

FunnelOutcome FunnelMatcher::match_sequence(std::span<const FunnelEvent> events, WantChain want) {
  FunnelOutcome out;
  Reached reached = run_levels(events);
  out.depth = reached.depth;
  out.completion = reached.completion;
  if (want == WantChain::Yes && out.depth > 0 && !find_chain(events, reached, out.chain)) {
    // Only reached when many simultaneous events may each fill several steps: the ends are exact.
    auto last = std::find_if(events.begin(), events.end(),
                             [&](const FunnelEvent& e) { return e.time == reached.completion; });
    out.chain.assign(static_cast<size_t>(out.depth), static_cast<int>(last - events.begin()));
    out.chain[0] = reached.start;
  }
  return out;
}

// Invariant: level d holds the chain of d steps with the latest start, and among alive levels a
// shorter chain starts no earlier than a longer one. So one level per depth is enough: a later
// start outlives an earlier one in the window and in every exclusion.
FunnelMatcher::Reached FunnelMatcher::run_levels(std::span<const FunnelEvent> events) {
  for (Level& level : levels_) level.alive = false;
  Reached best;
  for (size_t i = 0; i < events.size() && best.depth < rules_.steps;) {
    size_t end = i + 1;
    while (end < events.size() && events[end].time == events[i].time) ++end;
    if (simple_ && end == i + 1) {
      step_one(events, i, best);
    } else {
      step_group(events, i, end, best);
      kill_levels(events.subspan(i, end - i));
    }
    i = end;
  }
  return best;
}

/// As step_group for the usual event: alone at its time, and no more to know of a chain than where
/// it began.
void FunnelMatcher::step_one(std::span<const FunnelEvent> events, size_t at, Reached& best) {
  const FunnelEvent& e = events[at];
  // From long chains to short ones: a level is read before a shorter chain overwrites it.
  for (uint32_t bits = e.steps; bits != 0;) {
    int step = std::bit_width(bits) - 1;
    bits ^= uint32_t{1} << step;
    const Level& from = levels_[static_cast<size_t>(step)];
    if (step == 0 ? !e.start : !from.alive) continue;
    int start = step == 0 ? static_cast<int>(at) : from.start;
    if (e.time > events[static_cast<size_t>(start)].deadline) continue;
    Level& level = levels_[static_cast<size_t>(step) + 1];
    level.alive = true;
    level.start = start;
    if (step + 1 > best.depth) best = {step + 1, e.time, start};
  }
}

void FunnelMatcher::step_group(std::span<const FunnelEvent> events, size_t first, size_t end,
                               Reached& best) {
  bool strict = rules_.order == FunnelOrder::Strict;
  auto group = events.subspan(first, end - first);
  int64_t now = group[0].time;
  if (strict) {
    for (Level& level : next_) level.alive = false;
  }
  std::vector<Level>& target = strict ? next_ : levels_;
  // From long chains to short ones: a level is read before a shorter chain overwrites it.
  for (int d = rules_.steps - 1; d >= 0; --d) {
    Level from;
    if (d > 0) {
      from = levels_[static_cast<size_t>(d)];
      if (!from.alive) continue;
    } else {
      auto start =
          std::find_if(group.begin(), group.end(), [](const auto& e) { return may_fill(e, 0); });
      if (start == group.end()) continue;
      from.start = static_cast<int>(first) + static_cast<int>(start - group.begin());
    }
    if (now > events[static_cast<size_t>(from.start)].deadline) continue;
    int reach = advance(group, d);
    for (int k = d + 1; k <= reach; ++k) {
      Level& level = target[static_cast<size_t>(k)];
      level.alive = true;
      level.start = from.start;
      for (size_t x = 0; x < rules_.exclusions.size(); ++x) {
        level.passed[x] = rules_.exclusions[x].from >= d ? now : from.passed[x];
      }
    }
    if (reach > best.depth) best = {reach, now, from.start};
  }
  if (strict) std::swap(levels_, next_);
}

void FunnelMatcher::kill_levels(std::span<const FunnelEvent> group) {
  if (rules_.exclusions.empty()) return;
  uint32_t bits = 0;
  for (const FunnelEvent& e : group) bits |= e.exclusions;
  for (size_t x = 0; bits != 0 && x < rules_.exclusions.size(); ++x) {
    if ((bits >> x & 1) == 0 || !uses(x)) continue;
    // Chains that did step `from` before now and have not done step `to`.
    for (int d = rules_.exclusions[x].from + 1; d <= rules_.exclusions[x].to; ++d) {
      Level& level = levels_[static_cast<size_t>(d)];
      if (level.alive && level.passed[x] < group[0].time) level.alive = false;
    }
  }
}

int FunnelMatcher::advance(std::span<const FunnelEvent> group, int from) const {
  int reach = from;
  if (group.size() == 1) {
    reach = may_fill(group[0], from) ? from + 1 : from;
  } else {
    uint32_t bits = 0;
    bool overlap = false, start = false;
    for (const FunnelEvent& e : group) {
      bits |= e.steps;
      overlap |= std::popcount(e.steps) > 1;
      start |= may_fill(e, 0);
    }
    if (overlap) {
      reach = match_steps(group, from);
    } else {
      while (reach < rules_.steps && (bits >> reach & 1) != 0 && (reach > 0 || start)) ++reach;
    }
  }
  return rules_.strict_increase ? std::min(reach, from + 1) : reach;
}

int FunnelMatcher::match_steps(std::span<const FunnelEvent> group, int from) const {
  std::vector<int> owner(group.size(), -1);
  std::vector<bool> seen(group.size());
  int reach = from;
  while (reach < rules_.steps) {
    std::fill(seen.begin(), seen.end(), false);
    if (!augment(group, reach, from, owner, seen, true)) break;
    ++reach;
  }
  return reach;
}

int match_distinct(std::span<const FunnelEvent> events, int steps, std::vector<int>* filled) {
  // Backwards, so that later events are taken first.
  std::vector<FunnelEvent> reversed(events.rbegin(), events.rend());
  std::vector<int> owner(events.size(), -1);
  std::vector<bool> seen(events.size());
  int count = 0;
  for (int step = 0; step < steps; ++step) {
    std::fill(seen.begin(), seen.end(), false);
    if (augment(reversed, step, 0, owner, seen, false)) ++count;
  }
  if (filled != nullptr) {
    filled->assign(static_cast<size_t>(steps), -1);
    for (size_t i = 0; i < owner.size(); ++i) {
      if (owner[i] >= 0)
        (*filled)[static_cast<size_t>(owner[i])] = static_cast<int>(events.size() - 1 - i);
    }
  }
  return count;
}

bool FunnelMatcher::excluded(std::span<const FunnelEvent> events, uint32_t bit, int64_t after,
                             int64_t before) const {
  return std::any_of(events.begin(), events.end(), [&](const FunnelEvent& e) {
    return (e.exclusions >> bit & 1) != 0 && e.time > after && e.time < before;
  });
}

bool FunnelMatcher::hit_by_person_exclusion(std::span<const FunnelEvent> events,
                                            const FunnelOutcome& outcome) const {
  auto time_at = [&](int step) {
    return events[static_cast<size_t>(outcome.chain[static_cast<size_t>(step)])].time;
  };
  for (size_t x = 0; x < rules_.exclusions.size(); ++x) {
    const auto& rule = rules_.exclusions[x];
    bool any = rules_.order == FunnelOrder::Any;
    int from = any ? 0 : rule.from,
        to = any ? outcome.depth - 1 : std::min(rule.to, outcome.depth - 1);
    if (!rule.person || from >= to) continue;
    if (excluded(events, static_cast<uint32_t>(x), time_at(from), time_at(to))) return true;
  }
  return false;
}

}  // namespace weir::columnar
