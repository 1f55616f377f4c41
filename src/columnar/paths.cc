#include "columnar/paths.h"

#include "columnar/path_counts.h"
#include "columnar/path_nodes.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace weir::columnar {
namespace {

constexpr uint32_t kAnchor = 1U << kSessionBits;
constexpr uint32_t kOtherNode = 0xffffffe;
using Align = PathsSpec::Align;

/// Names shown apart per step; others are $other.
using Shown = std::vector<std::set<std::string>>;

/// Turns units into paths and counts them; one per thread.
class PathCounter {
 public:
  /// Without `shown` every node is apart, and nothing is collected.
  PathCounter(const PathsSpec& spec, const Shown* shown)
      : spec_(spec), shown_(shown), nodes_(spec), steps_(spec.align, spec.max_steps) {}

  void begin(uint32_t group, RowReader& reader) {
    group_ = group;
    reader_ = &reader;
    unit_.clear();
  }
  /// The next event of the unit.
  void event(const Hit& hit) {
    uint32_t node = nodes_.of(hit, group_, *reader_);
    if (node == kNone) return;
    bool anchor = is_anchor(hit);
    if (spec_.collapse && !unit_.empty() && unit_.back().node == node) {
      unit_.back().anchor |= anchor;
    } else {
      unit_.push_back({node, anchor});
    }
  }
  /// An event that can open a window.
  bool opens(const Hit& hit, uint32_t group, RowReader& reader) {
    group_ = group;
    reader_ = &reader;
    return is_anchor(hit) && nodes_.of(hit, group, reader) != kNone;
  }
  /// The unit is complete. `window`: its anchor is its end.
  void finish(bool window) {
    if (unit_.empty()) return void(++skipped);
    size_t size = unit_.size(), anchor = find_anchor(window);
    if (anchor == SIZE_MAX) return void(++skipped);
    size_t kept = spec_.max_steps;
    switch (spec_.align) {
      case Align::Start: {
        size_t rest = size - anchor;
        take(anchor, rest > kept ? kept : rest, rest > kept);
        break;
      }
      case Align::End: {
        size_t rest = anchor + 1, length = rest > kept ? kept : rest;
        take(rest - length, length, rest > kept);
        break;
      }
      case Align::Each:
        if (size < kept) return void(++skipped);
        for (size_t i = 0; i + kept <= size; ++i) take(i, kept, true);
        break;
    }
    ++units;
    groups += last_group_ == group_ ? 0 : 1;
    last_group_ = group_;
  }

  const PathNodes& nodes() const { return nodes_; }
  const PathTree& tree() const { return tree_; }
  const PathSteps& steps() const { return steps_; }

  uint64_t units = 0, groups = 0, skipped = 0, collected_rows = 0;
  std::vector<uint32_t> collected;

 private:
  struct Visited {
    uint32_t node;
    bool anchor;
  };

  bool is_anchor(const Hit& hit) const {
    if (!spec_.anchor || (hit.mask & kAnchor) == 0) return false;
    const Predicate* predicate = spec_.anchor->predicate.get();
    return predicate == nullptr || predicate->matches(hit, group_, *reader_);
  }

  /// Where the path begins (Start) or ends (End); SIZE_MAX: the unit has none.
  size_t find_anchor(bool window) const {
    if (window || !spec_.anchor) return spec_.align == Align::End ? unit_.size() - 1 : 0;
    auto is = [](const Visited& v) { return v.anchor; };
    if (spec_.last_anchor) {
      auto it = std::find_if(unit_.rbegin(), unit_.rend(), is);
      return it == unit_.rend() ? SIZE_MAX : static_cast<size_t>(unit_.rend() - it) - 1;
    }
    auto it = std::find_if(unit_.begin(), unit_.end(), is);
    return it == unit_.end() ? SIZE_MAX : static_cast<size_t>(it - unit_.begin());
  }

  void take(size_t first, size_t length, bool truncated) {
    path_.clear();
    for (size_t i = 0; i < length; ++i) path_.push_back(unit_[first + i].node);
    PathEnd end = truncated ? PathEnd::Truncated : PathEnd::Whole;
    tree_.add(path_, end, 1, spec_.count_groups ? group_ : kNoGroup);
    if (shown_ != nullptr && spec_.collect && is_collected(truncated)) {
      ++collected_rows;
      if (collected.empty() || collected.back() != group_) collected.push_back(group_);
    }
    if (!spec_.count_groups) return;
    for (size_t i = 0; shown_ != nullptr && i < length; ++i)
      path_[i] = shown_node(steps_.first_step(length) + i, path_[i]);
    steps_.add(path_, end, 1, group_);
  }

  uint32_t shown_node(size_t step, uint32_t node) {
    auto [it, fresh] = mapped_.try_emplace(uint64_t{step} << 32 | node, node);
    if (fresh && !(*shown_)[step].contains(nodes_.name(node))) it->second = kOtherNode;
    return it->second;
  }
  std::string shown_name(size_t step, uint32_t node) {
    uint32_t as = shown_node(step, node);
    return as == kOtherNode ? std::string(kOtherKey) : nodes_.name(as);
  }

  bool is_collected(bool truncated) {
    const PathsSpec::Collect& c = *spec_.collect;
    if (!c.path.empty()) {
      return truncated == c.truncated &&
             std::equal(
                 path_.begin(), path_.end(), c.path.begin(), c.path.end(),
                 [&](uint32_t node, const std::string& name) { return nodes_.name(node) == name; });
    }
    size_t first = steps_.first_step(path_.size()), i = c.step - first;
    if (c.step < first || i >= path_.size() || shown_name(c.step, path_[i]) != c.node) return false;
    if (!c.target) return true;
    bool last = i + 1 == path_.size();
    if (*c.target == kExitNode) return last && (spec_.align == Align::End || !truncated);
    return !last && shown_name(c.step + 1, path_[i + 1]) == *c.target;
  }

  const PathsSpec& spec_;
  const Shown* shown_;
  PathNodes nodes_;
  PathTree tree_;
  PathSteps steps_;
  uint32_t group_ = 0, last_group_ = kNone;
  RowReader* reader_ = nullptr;
  std::vector<Visited> unit_;
  std::vector<uint32_t> path_;
  absl::flat_hash_map<uint64_t, uint32_t> mapped_;  // step and node → as shown
};

class SessionPaths : public SessionOperator {
 public:
  SessionPaths(const PathsSpec& spec, const Shown* shown, TimeMs known_from)
      : SessionOperator(spec.rules, known_from, spec.bounds.from),
        spec_(spec),
        counter_(spec, shown) {}
  const PathCounter& counter() const { return counter_; }

 protected:
  void sessions(uint32_t group, std::span<const Hit> hits, std::span<const Session> sessions,
                RowReader& reader) override {
    for (const Session& session : sessions) {
      if (session.start < spec_.bounds.from || session.start >= spec_.bounds.to) continue;
      counter_.begin(group, reader);
      for (uint32_t i = session.first; i != kNone; i = cutter().next(i)) counter_.event(hits[i]);
      counter_.finish(false);
    }
  }

 private:
  const PathsSpec& spec_;
  PathCounter counter_;
};

class WindowPaths : public GroupOperator {
 public:
  WindowPaths(const PathsSpec& spec, const Shown* shown) : spec_(spec), counter_(spec, shown) {}
  const PathCounter& counter() const { return counter_; }

  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override {
    bool open = false;
    TimeMs opened = 0;
    for (size_t i = 0; i < hits.size(); ++i) {
      TimeMs time = hits[i].time;
      if (time < spec_.bounds.from || time >= spec_.bounds.to) continue;
      if (open && time <= opened + spec_.window_ms) continue;
      if (!counter_.opens(hits[i], group, reader)) continue;
      open = true;
      opened = time;
      counter_.begin(group, reader);
      for (size_t j = spec_.align == Align::End ? first_in_window(hits, i) : i; j < hits.size();
           ++j) {
        if (spec_.align == Align::End ? j > i : hits[j].time > time + spec_.window_ms) break;
        counter_.event(hits[j]);
      }
      counter_.finish(true);
    }
  }

 private:
  size_t first_in_window(std::span<const Hit> hits, size_t anchor) const {
    TimeMs first = hits[anchor].time - spec_.window_ms;
    return static_cast<size_t>(
        std::lower_bound(hits.begin(), hits.begin() + static_cast<ptrdiff_t>(anchor), first,
                         [](const Hit& hit, TimeMs time) { return hit.time < time; }) -
        hits.begin());
  }

  const PathsSpec& spec_;
  PathCounter counter_;
};

using Nodes = std::map<std::pair<size_t, std::string>, PathsResult::Node>;
using Edges = std::map<std::tuple<size_t, std::string, std::string>, uint64_t>;

/// Where units are at each step and where they go, by name.
struct Picture {
  Nodes nodes;
  Edges edges;

  template <class Name>
  void add(const PathSteps& steps, const Name& name) {
    for (const auto& [place, count] : steps.places()) {
      PathsResult::Node& node = nodes[{place.step, name(place.node)}];
      node.step = place.step;
      switch (place.what) {
        case PathSteps::Here: node.count += count.count; break;
        case PathSteps::Start: node.starts += count.count; break;
        case PathSteps::Exit: node.exits += count.count; break;
        case PathSteps::Cut: node.truncated += count.count; break;
      }
    }
    for (const auto& [move, count] : steps.moves())
      edges[{move.step, name(move.source), name(move.target)}] += count.count;
  }
};

class Run {
 public:
  Run(const std::shared_ptr<const Snapshot>& snapshot, const PathsSpec& spec,
      const ScanBudget& budget, std::span<Executor* const> helpers)
      : snapshot_(snapshot), spec_(spec), budget_(budget), helpers_(helpers) {}

  Result<PathsResult> run() {
    WEIR_CHECK_OK(pass(nullptr));
    if (!spec_.count_groups) draw(nullptr);
    bool others = false;
    Shown shown = choose(others);
    // Groups of $other are counted, not summed.
    if (spec_.collect || (spec_.count_groups && others)) WEIR_CHECK_OK(pass(&shown));
    if (!spec_.count_groups && others) draw(&shown);
    totals_.rows_scanned = rows_;
    std::sort(totals_.collected.begin(), totals_.collected.end());
    add_steps();
    add_paths();
    return std::move(totals_);
  }

 private:
  Status pass(const Shown* shown) {
    tree_ = {};
    totals_ = {};
    picture_ = {};
    std::vector<std::unique_ptr<SessionPaths>> by_session;
    std::vector<std::unique_ptr<WindowPaths>> by_window;
    if (spec_.window_ms == 0) {
      std::vector<const EventSelection*> selections;
      if (spec_.anchor) selections.push_back(&*spec_.anchor);
      WEIR_TRY(uint64_t rows,
               scan_sessions(snapshot_, spec_.rules, spec_.bounds, selections, spec_.groups,
                             budget_, helpers_, [&](TimeMs known_from) -> SessionOperator& {
                               return *by_session.emplace_back(
                                   std::make_unique<SessionPaths>(spec_, shown, known_from));
                             }));
      rows_ += rows;
    } else {
      WEIR_TRY(uint64_t rows,
               scan(snapshot_, window_scan(), budget_, helpers_, [&]() -> GroupOperator& {
                 return *by_window.emplace_back(std::make_unique<WindowPaths>(spec_, shown));
               }));
      rows_ += rows;
    }
    for (const auto& op : by_session) merge(op->counter());
    for (const auto& op : by_window) merge(op->counter());
    if (!too_many_ && !tree_.full()) return {};
    return fail(ErrorCode::ResourceExhausted,
                "there are too many different paths; use fewer steps or fewer kinds of nodes",
                "max_steps");
  }

  ScanSpec window_scan() const {
    EventSelection events, none;
    events.events = spec_.rules.events;
    ScanSpec out;
    out.event_masks = event_masks({&events, &none, &none, &*spec_.anchor});
    out.groups = spec_.groups;
    out.from = spec_.bounds.from;
    out.to = spec_.bounds.to - 1;
    if (!spec_.bounds.only_range && spec_.align == Align::End) out.from -= spec_.window_ms;
    if (!spec_.bounds.only_range && spec_.align != Align::End) out.to += spec_.window_ms;
    out.to = std::min(out.to, spec_.bounds.as_of);
    return out;
  }

  /// Adds one thread's counts; its node numbers become those of names_.
  void merge(const PathCounter& from) {
    too_many_ |= from.tree().full();
    std::vector<uint32_t> numbers;
    for (uint32_t i = 0; i < from.nodes().size(); ++i) {
      auto [it, fresh] =
          numbers_.try_emplace(from.nodes().name(i), static_cast<uint32_t>(names_.size()));
      if (fresh) names_.push_back(it->first);
      numbers.push_back(it->second);
    }
    tree_.add(from.tree(), numbers);
    if (spec_.count_groups) {
      picture_.add(from.steps(), [&](uint32_t node) {
        return node == kOtherNode ? std::string(kOtherKey) : from.nodes().name(node);
      });
    }
    totals_.units += from.units;
    totals_.groups += from.groups;
    totals_.skipped += from.skipped;
    totals_.collected_rows += from.collected_rows;
    totals_.collected.insert(totals_.collected.end(), from.collected.begin(), from.collected.end());
  }

  /// The picture of the whole paths: every unit is at a step once, so counts add up.
  void draw(const Shown* shown) {
    PathSteps steps(spec_.align, spec_.max_steps);
    std::vector<std::vector<bool>> apart(shown == nullptr ? 0 : shown->size());
    for (size_t step = 0; step < apart.size(); ++step) {
      for (const std::string& name : names_) apart[step].push_back((*shown)[step].contains(name));
    }
    for (PathTree::Ref ref : tree_.all()) {
      std::vector<uint32_t> nodes = tree_.nodes(ref.prefix);
      size_t first = steps.first_step(nodes.size());
      for (size_t i = 0; shown != nullptr && i < nodes.size(); ++i) {
        if (!apart[first + i][nodes[i]]) nodes[i] = kOtherNode;
      }
      steps.add(nodes, ref.end, ref.count, kNoGroup);
    }
    picture_ = {};
    picture_.add(steps, [&](uint32_t node) {
      return node == kOtherNode ? std::string(kOtherKey) : names_[node];
    });
  }

  Shown choose(bool& others) const {
    std::vector<std::vector<std::pair<uint64_t, const std::string*>>> by_step(spec_.max_steps);
    for (const auto& [key, node] : picture_.nodes)
      by_step[key.first].emplace_back(node.count, &key.second);
    Shown out(spec_.max_steps);
    for (size_t step = 0; step < by_step.size(); ++step) {
      auto& nodes = by_step[step];
      std::stable_sort(nodes.begin(), nodes.end(),
                       [](const auto& a, const auto& b) { return a.first > b.first; });
      others |= nodes.size() > spec_.top_nodes;
      for (size_t i = 0; i < std::min(nodes.size(), spec_.top_nodes); ++i)
        out[step].insert(*nodes[i].second);
    }
    return out;
  }

  void add_steps() {
    for (const auto& [key, node] : picture_.nodes) {
      totals_.nodes.push_back(node);
      totals_.nodes.back().name = key.second;
    }
    for (const auto& [key, count] : picture_.edges) {
      const auto& [step, source, target] = key;
      totals_.edges.push_back({step, source, target, count});
    }
    std::stable_sort(totals_.nodes.begin(), totals_.nodes.end(), [](const auto& a, const auto& b) {
      bool other_a = a.name == kOtherKey, other_b = b.name == kOtherKey;
      return std::tuple(a.step, other_a, b.count) < std::tuple(b.step, other_b, a.count);
    });
    std::stable_sort(totals_.edges.begin(), totals_.edges.end(), [](const auto& a, const auto& b) {
      return std::tuple(a.step, b.count) < std::tuple(b.step, a.count);
    });
  }

  std::vector<std::string> path_names(uint32_t prefix) const {
    std::vector<std::string> out;
    for (uint32_t node : tree_.nodes(prefix)) out.push_back(names_[node]);
    return out;
  }

  void add_paths() {
    std::vector<PathTree::Ref> refs = tree_.all();
    if (refs.empty() || spec_.top_paths == 0) return;
    // Ties are broken by name, so all that tie with the last shown are compared.
    size_t shown = std::min(spec_.top_paths, refs.size());
    auto by_count = [](const auto& a, const auto& b) { return a.count > b.count; };
    std::nth_element(refs.begin(), refs.begin() + static_cast<ptrdiff_t>(shown) - 1, refs.end(),
                     by_count);
    uint64_t least = refs[shown - 1].count;
    std::erase_if(refs, [&](const auto& ref) { return ref.count < least; });
    for (const PathTree::Ref& ref : refs)
      totals_.paths.push_back({path_names(ref.prefix), ref.end == PathEnd::Truncated, ref.count});
    std::sort(totals_.paths.begin(), totals_.paths.end(), [](const auto& a, const auto& b) {
      return std::tie(b.count, a.nodes, a.truncated) < std::tie(a.count, b.nodes, b.truncated);
    });
    if (totals_.paths.size() > shown) totals_.paths.resize(shown);
  }

  const std::shared_ptr<const Snapshot>& snapshot_;
  const PathsSpec& spec_;
  const ScanBudget& budget_;
  std::span<Executor* const> helpers_;
  std::vector<std::string> names_;
  std::map<std::string, uint32_t> numbers_;
  PathTree tree_;
  Picture picture_;
  PathsResult totals_;
  bool too_many_ = false;
  uint64_t rows_ = 0;
};

}  // namespace

Result<PathsResult> run_paths(const std::shared_ptr<const Snapshot>& snapshot,
                              const PathsSpec& spec, const ScanBudget& budget,
                              std::span<Executor* const> helpers) {
  WEIR_ASSERT(spec.max_steps >= 1 && spec.max_steps <= kPathStepsMax);
  WEIR_ASSERT(spec.window_ms == 0 || (spec.anchor && !spec.last_anchor));
  return Run(snapshot, spec, budget, helpers).run();
}

}  // namespace weir::columnar
