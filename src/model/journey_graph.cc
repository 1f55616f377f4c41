#include "model/journey_def.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir {
namespace {

constexpr size_t kNodesMax = 200;

std::vector<std::string> targets_of(const NodeDef& node) {
  std::vector<std::string> out;
  for (const auto& [outcome, to] : node.on) out.push_back(to);
  for (const CaseDef& c : node.cases) out.push_back(c.to);
  if (!node.otherwise.empty()) out.push_back(node.otherwise);
  return out;
}

/// Finds a cycle among the nodes that take no time. Nodes that wait break cycles.
class CycleFinder {
 public:
  explicit CycleFinder(const JourneyDef& journey) : journey_(journey) {}

  /// The ids on a cycle, or empty.
  std::vector<std::string> find() {
    for (const auto& [id, node] : journey_.nodes) {
      if (visit(id)) return path_;
    }
    return {};
  }

 private:
  bool visit(const std::string& id) {
    auto it = journey_.nodes.find(id);
    if (it == journey_.nodes.end() || done_.contains(id)) return false;
    const NodeDef& node = it->second;
    if (node.type == NodeType::Wait && node.duration_ms >= kMinuteMs) return false;
    if (auto seen = std::find(path_.begin(), path_.end(), id); seen != path_.end()) {
      path_.erase(path_.begin(), seen);
      return true;
    }
    path_.push_back(id);
    for (const std::string& to : targets_of(node)) {
      if (visit(to)) return true;
    }
    path_.pop_back();
    done_.insert(id);
    return false;
  }

  const JourneyDef& journey_;
  std::vector<std::string> path_;
  std::set<std::string> done_;
};

std::set<std::string> reachable_from_start(const JourneyDef& journey) {
  std::set<std::string> reached;
  std::vector<std::string> open = {journey.start};
  while (!open.empty()) {
    std::string id = std::move(open.back());
    open.pop_back();
    auto it = journey.nodes.find(id);
    if (it == journey.nodes.end() || !reached.insert(id).second) continue;
    for (std::string& to : targets_of(it->second)) open.push_back(std::move(to));
  }
  return reached;
}

}  // namespace

void check_graph(const JourneyDef& journey, std::vector<Error>& problems) {
  auto problem = [&](const std::string& field, const std::string& message) {
    problems.push_back({ErrorCode::InvalidArgument, field + ": " + message, field});
  };
  if (journey.nodes.size() > kNodesMax) {
    problem("nodes",
            fmt::format("has {} nodes, at most {} are allowed", journey.nodes.size(), kNodesMax));
    return;
  }
  if (!journey.nodes.contains(journey.start)) {
    problem("start", fmt::format("node \"{}\" does not exist", journey.start));
  }
  for (const auto& [id, node] : journey.nodes) {
    for (const std::string& to : targets_of(node)) {
      if (!journey.nodes.contains(to)) {
        problem("nodes." + id, fmt::format("leads to \"{}\", which does not exist", to));
      }
    }
  }
  std::set<std::string> reached = reachable_from_start(journey);
  for (const auto& [id, node] : journey.nodes) {
    if (!reached.contains(id)) problem("nodes." + id, "cannot be reached from start");
  }
  if (auto cycle = CycleFinder(journey).find(); !cycle.empty()) {
    problem("nodes." + cycle.front(),
            fmt::format("the cycle {} needs a wait of at least PT1M", fmt::join(cycle, " → ")));
  }
}

}  // namespace weir
