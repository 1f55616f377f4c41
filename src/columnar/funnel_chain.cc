// FunnelMatcher: the chosen chain (FN5) of ordered funnels, and funnels of any order.

#include "columnar/funnel_matcher.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace weir::columnar {
namespace {

constexpr int64_t kSearchBudget = 200000;

}  // namespace

// The chain ends at the earliest completion; going backwards each step takes the latest event that
// keeps the chain valid. Without simultaneous events that fill several steps, and without
// exclusions, the first candidate always fits; else earlier candidates are tried.
bool FunnelMatcher::find_chain(std::span<const FunnelEvent> events, const Reached& reached,
                               std::vector<int>& chain) {
  group_of_.resize(events.size());
  for (size_t i = 0, group = 0; i < events.size(); ++i) {
    if (i > 0 && events[i].time != events[i - 1].time) ++group;
    group_of_[i] = static_cast<int>(group);
  }
  chain.assign(static_cast<size_t>(reached.depth), -1);
  auto after = std::upper_bound(events.begin(), events.end(), reached.completion,
                                [](int64_t t, const FunnelEvent& e) { return t < e.time; });
  budget_ = kSearchBudget;
  return place(events.first(static_cast<size_t>(after - events.begin())), reached.depth - 1, chain);
}

bool FunnelMatcher::place(std::span<const FunnelEvent> events, int step, std::vector<int>& chain) {
  auto depth = static_cast<int>(chain.size());
  int64_t completion = events.back().time;
  auto time_of = [&](int at) { return events[static_cast<size_t>(at)].time; };
  // Events of later steps bound this one; simultaneous ones may come in either order.
  int64_t upper = step + 1 < depth ? time_of(chain[static_cast<size_t>(step) + 1]) : completion;
  std::vector<int> best;
  uint32_t best_steps = 0;
  for (auto i = static_cast<int>(events.size()) - 1; i >= 0; --i) {
    if (time_of(i) > upper) continue;
    if (step + 1 == depth && time_of(i) < completion) break;
    if (!best.empty() && time_of(i) < time_of(best[static_cast<size_t>(step)])) break;
    if (--budget_ < 0) break;
    uint32_t steps = events[static_cast<size_t>(i)].steps;
    // Of simultaneous candidates that differ, the one that lets earlier steps be latest.
    if ((!best.empty() && steps == best_steps) || !allowed(events, step, i, chain)) continue;
    chain[static_cast<size_t>(step)] = i;
    if (step > 0 && !place(events, step - 1, chain)) {
      chain[static_cast<size_t>(step)] = -1;
      continue;
    }
    auto later = [&](const std::vector<int>& a, const std::vector<int>& b) {
      for (int s = step - 1; s >= 0; --s) {
        int64_t x = time_of(a[static_cast<size_t>(s)]), y = time_of(b[static_cast<size_t>(s)]);
        if (x != y) return x > y;
      }
      return false;
    };
    if (best.empty() || later(chain, best)) {
      best = chain;
      best_steps = steps;
    }
    if (step == 0) break;
    std::fill(chain.begin(), chain.begin() + step + 1, -1);
  }
  if (best.empty()) return false;
  chain = best;
  return true;
}

bool FunnelMatcher::allowed(std::span<const FunnelEvent> events, int step, int at,
                            const std::vector<int>& chain) const {
  const FunnelEvent& e = events[static_cast<size_t>(at)];
  auto depth = static_cast<int>(chain.size());
  if ((e.steps >> step & 1) == 0) return false;
  if (step == 0 && (!e.start || e.deadline < events.back().time)) return false;
  if (std::find(chain.begin() + step + 1, chain.end(), at) != chain.end()) return false;
  if (step + 1 < depth) {
    auto next = static_cast<size_t>(chain[static_cast<size_t>(step) + 1]);
    if (rules_.strict_increase && e.time >= events[next].time) return false;
    if (rules_.order == FunnelOrder::Strict &&
        group_of_[next] - group_of_[static_cast<size_t>(at)] > 1) {
      return false;
    }
  }
  for (size_t x = 0; x < rules_.exclusions.size(); ++x) {
    const auto& rule = rules_.exclusions[x];
    int to = std::min(rule.to, depth - 1);
    if (!uses(x) || rule.from != step || to <= step) continue;
    int64_t end = events[static_cast<size_t>(chain[static_cast<size_t>(to)])].time;
    if (excluded(events, static_cast<uint32_t>(x), e.time, end)) return false;
  }
  return true;
}

// Depth = most distinct steps filled within the window of any anchor. An exclusion event after the
// anchor closes its window, whatever its steps: order has no meaning here.
FunnelOutcome FunnelMatcher::match_any(std::span<const FunnelEvent> events, WantChain want) const {
  bool overlap = std::any_of(events.begin(), events.end(),
                             [](const FunnelEvent& e) { return std::popcount(e.steps) > 1; });
  auto closes = [&](const FunnelEvent& e) {
    for (size_t x = 0; x < rules_.exclusions.size(); ++x) {
      if ((e.exclusions >> x & 1) != 0 && uses(x)) return true;
    }
    return false;
  };
  FunnelOutcome best;
  size_t best_first = 0, best_end = 0;
  for (size_t a = 0; a < events.size(); ++a) {
    if (!events[a].start) continue;
    size_t first = a;
    while (first > 0 && events[first - 1].time == events[a].time) --first;
    int64_t end = events[a].deadline;
    int depth = 0;
    uint32_t bits = 0;
    for (size_t i = first; i < events.size() && events[i].time <= end; ++i) {
      bits |= events[i].steps;
      depth = overlap && events[i].steps != 0
                  ? match_distinct(events.subspan(first, i + 1 - first), rules_.steps, nullptr)
              : overlap ? depth
                        : std::popcount(bits);
      // Deeper, or as deep but sooner, or as deep and as soon from a later start.
      auto rank = std::tuple(depth, -events[i].time, events[first].time);
      if (depth > 0 && (best.depth == 0 ||
                        rank > std::tuple(best.depth, -best.completion, events[best_first].time))) {
        best.depth = depth;
        best.completion = events[i].time;
        best_first = first;
        best_end = i + 1;
      }
      if (closes(events[i]) && events[i].time > events[a].time) end = std::min(end, events[i].time);
    }
  }
  if (want == WantChain::Yes && best.depth > 0) {
    std::vector<int> filled;
    match_distinct(events.subspan(best_first, best_end - best_first), rules_.steps, &filled);
    for (int at : filled) {
      if (at >= 0) best.chain.push_back(static_cast<int>(best_first) + at);
    }
    std::sort(best.chain.begin(), best.chain.end());
  }
  return best;
}

}  // namespace weir::columnar
