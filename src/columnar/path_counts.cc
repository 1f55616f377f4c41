#include "columnar/path_counts.h"

#include <algorithm>

namespace weir::columnar {

void PathTree::add(std::span<const uint32_t> nodes, PathEnd end, uint64_t count, uint32_t group) {
  if (full()) return;
  uint32_t at = 0;
  for (uint32_t node : nodes) {
    at = child(at, node);
  }
  Prefix& prefix = prefixes_[at];
  auto e = static_cast<size_t>(end);
  if (group != kNoGroup && prefix.last_groups[e] == group) return;
  prefix.last_groups[e] = group;
  prefix.counts[e] += count;
}

uint32_t PathTree::child(uint32_t prefix, uint32_t node) {
  uint32_t& number = child_slot(prefix, node);
  if (number == 0) {
    number = static_cast<uint32_t>(prefixes_.size());
    Prefix& fresh = prefixes_.emplace_back();
    fresh.parent = prefix;
    fresh.node = node;
  }
  return number;
}

uint32_t& PathTree::child_slot(uint32_t prefix, uint32_t node) {
  uint32_t& block = prefixes_[prefix].block;
  if (node < Block().size() && block == 0 && blocks_.size() < kBlocksMax) {
    block = static_cast<uint32_t>(blocks_.size());
    blocks_.emplace_back();
  }
  bool in_block = node < Block().size() && block != 0;
  return in_block ? blocks_[block][node] : children_[uint64_t{prefix} << 32 | node];
}

void PathTree::add(const PathTree& other, std::span<const uint32_t> numbers) {
  std::vector<uint32_t> own(other.prefixes_.size());
  // A prefix comes after the one that it continues.
  for (size_t i = 1; i < own.size() && !full(); ++i) {
    const Prefix& from = other.prefixes_[i];
    own[i] = child(own[from.parent], numbers[from.node]);
    for (size_t e = 0; e < 2; ++e) prefixes_[own[i]].counts[e] += from.counts[e];
  }
}

std::vector<PathTree::Ref> PathTree::all() const {
  std::vector<Ref> out;
  for (uint32_t i = 1; i < prefixes_.size(); ++i) {
    for (size_t e = 0; e < 2; ++e) {
      if (prefixes_[i].counts[e] > 0)
        out.push_back({prefixes_[i].counts[e], i, static_cast<PathEnd>(e)});
    }
  }
  return out;
}

std::vector<uint32_t> PathTree::nodes(uint32_t prefix) const {
  std::vector<uint32_t> out;
  for (uint32_t at = prefix; at != 0; at = prefixes_[at].parent) out.push_back(prefixes_[at].node);
  std::reverse(out.begin(), out.end());
  return out;
}

void PathSteps::bump(Count& to, uint64_t count, uint32_t group) {
  if (group != kNoGroup && to.last_group == group) return;
  to.last_group = group;
  to.count += count;
}

void PathSteps::add(std::span<const uint32_t> nodes, PathEnd end, uint64_t count, uint32_t group) {
  auto first = static_cast<uint32_t>(first_step(nodes.size()));
  auto place = [&](uint32_t i, What what) {
    bump(places_[{first + i, nodes[i], what}], count, group);
  };
  auto last = static_cast<uint32_t>(nodes.size() - 1);
  for (uint32_t i = 0; i <= last; ++i) {
    place(i, Here);
    if (i < last) bump(moves_[{first + i, nodes[i], nodes[i + 1]}], count, group);
  }
  bool whole = end == PathEnd::Whole;
  if (align_ == PathsSpec::Align::End) {
    place(0, whole ? Start : Cut);
    place(last, Exit);
  } else {
    place(0, Start);
    place(last, whole ? Exit : Cut);
  }
}

}  // namespace weir::columnar
