#include "columnar/cohort.h"

#include "base/chain_match.h"
#include "columnar/cell_value.h"
#include "columnar/tally.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <bit>
#include <map>

namespace weir::columnar {
namespace {

using Kind = CohortNode::Kind;

/// What one group's rows come to, leaf by leaf.
class Judge {
 public:
  explicit Judge(const CohortSpec& spec)
      : spec_(spec), aggregates_(spec.aggregates.size()), chains_(spec.chains.size()) {
    uint32_t bit = static_cast<uint32_t>(spec.aggregates.size());
    auto only = [](const ChainLeaf& leaf) { return leaf.only; };
    keep_times_ = std::any_of(spec.chains.begin(), spec.chains.end(), only);
    for (size_t c = 0; c < spec.chains.size(); ++c) {
      chains_[c].first_bit = bit;
      bit += static_cast<uint32_t>(spec.chains[c].steps.size());
    }
  }

  bool empty(uint32_t group) {
    reset();
    return holds(spec_.root, group);
  }

  bool leaf_without_rows(const CohortNode& leaf) {
    reset();
    return holds(leaf, 0);
  }

  bool judge(uint32_t group, std::span<const Hit> hits, RowReader& reader) {
    reset();
    for (const Hit& hit : hits) {
      if (keep_times_) times_.push_back(hit.time);
      for (uint32_t rest = hit.mask; rest != 0; rest &= rest - 1)
        take(static_cast<uint32_t>(std::countr_zero(rest)), hit, group, reader);
    }
    return holds(spec_.root, group);
  }

 private:
  struct Numbers {
    uint64_t count = 0, numbers = 0;
    double sum = 0, min = 0, max = 0;
    int32_t last_day = INT32_MIN;
    absl::flat_hash_set<std::pair<uint8_t, uint64_t>> distinct;
  };
  /// Values of what a chain holds; empty when it holds nothing.
  using Held = std::vector<CellValue>;
  struct Rows {
    std::vector<ChainEvent> events;
    const Hit* last = nullptr;
  };
  struct Chain {
    uint32_t first_bit = 0;
    Rows all;                   // when nothing is held
    std::map<Held, Rows> held;  // else, by value
  };

  void reset() {
    for (Numbers& n : aggregates_) {
      n.count = n.numbers = 0;
      n.sum = 0;
      n.last_day = INT32_MIN;
      n.distinct.clear();
    }
    for (Chain& chain : chains_) {
      chain.all.events.clear();
      chain.all.last = nullptr;
      chain.held.clear();
    }
    times_.clear();
  }

  void take(uint32_t bit, const Hit& hit, uint32_t group, RowReader& reader) {
    if (bit < aggregates_.size()) {
      const AggregateLeaf& leaf = spec_.aggregates[bit];
      if (hit.time < leaf.from || hit.time > leaf.to) return;
      if (leaf.group_from && hit.time < leaf.group_from(group)) return;
      const Predicate* predicate = leaf.events.predicate.get();
      if (predicate == nullptr || predicate->matches(hit, group, reader))
        add(leaf, aggregates_[bit], hit, reader);
      return;
    }
    size_t c = chains_.size() - 1;
    while (chains_[c].first_bit > bit) --c;
    const ChainLeaf& leaf = spec_.chains[c];
    uint32_t step = bit - chains_[c].first_bit;
    const Predicate* predicate = leaf.steps[step].predicate.get();
    if (predicate != nullptr && !predicate->matches(hit, group, reader)) return;
    Held held;
    for (const auto& properties : leaf.hold) {
      Cell cell = reader.cell(hit, properties[step]);
      if (cell.missing()) return;
      held.push_back(value_of(cell));
    }
    // Steps of one hit come one after the other: it is one row.
    Rows& rows = leaf.hold.empty() ? chains_[c].all : chains_[c].held[held];
    if (rows.last != &hit) rows.events.push_back({hit.time, 0});
    rows.last = &hit;
    rows.events.back().steps |= uint32_t{1} << step;
  }

  void add(const AggregateLeaf& leaf, Numbers& n, const Hit& hit, RowReader& reader) {
    if (leaf.kind == AggregateLeaf::Kind::Days) {
      int32_t day = spec_.calendar->day_number(hit.time);
      n.count += day != n.last_day ? 1 : 0;  // hits come in the order of time
      n.last_day = day;
      return;
    }
    ++n.count;
    if (leaf.kind == AggregateLeaf::Kind::Count) return;
    Cell cell = reader.cell(hit, leaf.property);
    if (leaf.kind == AggregateLeaf::Kind::Distinct) {
      if (!cell.missing()) n.distinct.insert(distinct_key(cell));
      return;
    }
    double number;
    if (!cell.number(number)) return;
    n.min = n.numbers == 0 ? number : std::min(n.min, number);
    n.max = n.numbers == 0 ? number : std::max(n.max, number);
    n.sum += number;
    ++n.numbers;
  }

  bool holds(const CohortNode& node, uint32_t group) const {
    auto child = [&](const CohortNode& c) { return holds(c, group); };
    switch (node.kind) {
      case Kind::And: return std::all_of(node.children.begin(), node.children.end(), child);
      case Kind::Or: return std::any_of(node.children.begin(), node.children.end(), child);
      case Kind::Not: return !child(node.children.front());
      case Kind::Group: return node.of_group(group);
      case Kind::Aggregate: return holds(spec_.aggregates[node.leaf], aggregates_[node.leaf]);
      case Kind::Chain: return holds(spec_.chains[node.leaf], chains_[node.leaf], group);
    }
    return false;
  }

  static bool holds(const AggregateLeaf& leaf, const Numbers& n) {
    using Agg = AggregateLeaf::Kind;
    double value = 0;
    switch (leaf.kind) {
      case Agg::Count:
      case Agg::Days: value = static_cast<double>(n.count); break;
      case Agg::Distinct: value = static_cast<double>(n.distinct.size()); break;
      case Agg::Sum: value = n.sum; break;
      case Agg::Avg: value = n.sum / static_cast<double>(n.numbers); break;
      case Agg::Min: value = n.min; break;
      case Agg::Max: value = n.max; break;
    }
    bool none =
        n.numbers == 0 && (leaf.kind == Agg::Avg || leaf.kind == Agg::Min || leaf.kind == Agg::Max);
    return leaf.holds(none ? nullptr : &value);
  }

  bool holds(const ChainLeaf& leaf, const Chain& chain, uint32_t group) const {
    TimeMs from = leaf.from;
    if (chain.all.events.empty() && chain.held.empty()) return false;
    if (leaf.group_from) from = std::max(from, leaf.group_from(group));
    if (leaf.hold.empty()) return holds(leaf, chain.all.events, from);
    return std::any_of(chain.held.begin(), chain.held.end(), [&](const auto& of_value) {
      return holds(leaf, of_value.second.events, from);
    });
  }

  bool holds(const ChainLeaf& leaf, const std::vector<ChainEvent>& events, TimeMs from) const {
    std::span<const TimeMs> only(times_);
    ChainRules rules{leaf.steps.size(), leaf.within_ms, leaf.only ? &only : nullptr};
    for (size_t i = 0; i < events.size(); ++i) {
      if ((events[i].steps & 1) == 0 || events[i].time < from || events[i].time > leaf.to) continue;
      TimeMs end = leaf.within_ms == 0 ? spec_.as_of : events[i].time + leaf.within_ms;
      if (leaf.then_not ? end <= spec_.as_of && !followed_until(events, i, end)
                        : chain_from(events, i, rules)) {
        return true;
      }
    }
    return false;
  }

  const CohortSpec& spec_;
  std::vector<Numbers> aggregates_;
  std::vector<Chain> chains_;
  bool keep_times_ = false;
  std::vector<TimeMs> times_;  // of all rows of the group, for chains that allow no others between
};

class Worker : public GroupOperator {
 public:
  explicit Worker(const CohortSpec& spec) : judge_(spec), seen(spec.universe_limit) {}
  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override {
    if (group < seen.size()) seen[group] = true;
    if (judge_.judge(group, hits, reader)) found.push_back(group);
  }

 private:
  Judge judge_;

 public:
  std::vector<bool> seen;
  std::vector<uint32_t> found;
};

/// Conditions on the group that every member must meet: asked before its rows are looked at.
void required(const CohortNode& node, std::vector<const CohortNode*>& out) {
  if (node.kind == Kind::Group) out.push_back(&node);
  if (node.kind != Kind::And) return;
  for (const CohortNode& child : node.children) required(child, out);
}

/// What the tree can say of a group without rows, whatever its own conditions say.
struct Possible {
  bool yes, no;
};
Possible without_rows(const CohortSpec& spec, const CohortNode& node, Judge& judge) {
  switch (node.kind) {
    case Kind::Group: return {true, true};
    case Kind::Not: {
      Possible child = without_rows(spec, node.children.front(), judge);
      return {child.no, child.yes};
    }
    case Kind::And:
    case Kind::Or: {
      bool all = node.kind == Kind::And;
      Possible out{all, !all};
      for (const CohortNode& child : node.children) {
        Possible one = without_rows(spec, child, judge);
        out.yes = all ? out.yes && one.yes : out.yes || one.yes;
        out.no = all ? out.no || one.no : out.no && one.no;
      }
      return out;
    }
    case Kind::Aggregate:
    case Kind::Chain: break;
  }
  bool yes = judge.leaf_without_rows(node);
  return {yes, !yes};
}

ScanSpec scan_of(const CohortSpec& spec, const std::function<bool(uint32_t)>& groups) {
  ScanSpec out;
  std::vector<const EventSelection*> selections;
  out.from = INT64_MAX;
  for (const AggregateLeaf& leaf : spec.aggregates) {
    selections.push_back(&leaf.events);
    out.from = std::min(out.from, leaf.from);
  }
  for (const ChainLeaf& leaf : spec.chains) {
    for (const EventSelection& step : leaf.steps) selections.push_back(&step);
    out.from = std::min(out.from, leaf.from);
  }
  out.event_masks = event_masks(selections);
  auto matters_from = [&](const EventSelection& selection, TimeMs from) {
    for (uint32_t code : selection.events) {
      if (code >= out.event_from.size()) out.event_from.resize(code + 1, INT64_MAX);
      out.event_from[code] = std::min(out.event_from[code], from);
    }
  };
  for (const AggregateLeaf& leaf : spec.aggregates) matters_from(leaf.events, leaf.from);
  for (const ChainLeaf& leaf : spec.chains) {
    for (const EventSelection& step : leaf.steps) matters_from(step, leaf.from);
  }
  for (const ChainLeaf& leaf : spec.chains) out.all_events = out.all_events || leaf.only;
  if (out.all_events) out.event_from.clear();
  out.to = spec.as_of;
  out.groups = groups;
  return out;
}

}  // namespace

Result<CohortResult> run_cohort(const std::shared_ptr<const Snapshot>& snapshot,
                                const CohortSpec& spec, const ScanBudget& budget,
                                std::span<Executor* const> helpers) {
  std::vector<const CohortNode*> conditions;
  required(spec.root, conditions);
  auto possible = [&](uint32_t group) {
    // Few groups meet the conditions, nearly all are in the universe.
    return std::all_of(conditions.begin(), conditions.end(),
                       [&](const CohortNode* c) { return c->of_group(group); }) &&
           (!spec.universe || spec.universe(group));
  };
  std::vector<std::unique_ptr<Worker>> workers;
  CohortResult out;
  if (!spec.aggregates.empty() || !spec.chains.empty()) {
    WEIR_TRY(out.rows_scanned,
             scan(snapshot, scan_of(spec, possible), budget, helpers, [&]() -> GroupOperator& {
               return *workers.emplace_back(std::make_unique<Worker>(spec));
             }));
  }
  for (const auto& worker : workers)
    out.groups.insert(out.groups.end(), worker->found.begin(), worker->found.end());
  // Groups without a row of any leaf: the tree says the same of all but for their own conditions.
  Judge judge(spec);
  uint32_t limit = without_rows(spec, spec.root, judge).yes ? spec.universe_limit : 0;
  for (uint32_t group = 0; group < limit; ++group) {
    auto saw = [&](const auto& worker) { return worker->seen[group]; };
    if (std::any_of(workers.begin(), workers.end(), saw)) continue;
    if (possible(group) && judge.empty(group)) out.groups.push_back(group);
  }
  std::sort(out.groups.begin(), out.groups.end());
  return out;
}

}  // namespace weir::columnar
