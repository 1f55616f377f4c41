#pragma once
// Counts of paths: whole ones in a tree of prefixes, so that a unit costs one look-up a node; and
// by step, where units are and where they go.

#include "columnar/paths.h"

#include <absl/container/flat_hash_map.h>

#include <array>
#include <span>
#include <vector>

namespace weir::columnar {

/// Start, Each: the unit ends with the path, or the path was cut after it. End: the unit begins
/// with the path, or it was cut before it.
enum class PathEnd : uint8_t { Whole, Truncated };

/// Not a group: counts are not of groups.
inline constexpr uint32_t kNoGroup = kNone;

/// A path is a sequence of node numbers.
class PathTree {
 public:
  static constexpr size_t kPrefixesMax = 20000000;

  /// A group is counted once a path; groups must come one after another.
  void add(std::span<const uint32_t> nodes, PathEnd end, uint64_t count, uint32_t group);
  /// Adds the counts of other groups; `numbers` says what its nodes are called here.
  void add(const PathTree& other, std::span<const uint32_t> numbers);
  bool full() const { return prefixes_.size() > kPrefixesMax; }

  struct Ref {
    uint64_t count;
    uint32_t prefix;
    PathEnd end;
  };
  /// Every path that was added.
  std::vector<Ref> all() const;
  std::vector<uint32_t> nodes(uint32_t prefix) const;

 private:
  struct Prefix {
    uint32_t parent = 0, node = 0;
    uint32_t block = 0;  // of children; 0 = none
    uint64_t counts[2] = {};
    uint32_t last_groups[2] = {kNoGroup, kNoGroup};
  };
  /// Children by low node numbers, which are met most; 0 = none.
  using Block = std::array<uint32_t, 64>;
  static constexpr size_t kBlocksMax = 1u << 16;

  uint32_t child(uint32_t prefix, uint32_t node);
  uint32_t& child_slot(uint32_t prefix, uint32_t node);

  std::vector<Prefix> prefixes_{1};
  std::vector<Block> blocks_{1};
  absl::flat_hash_map<uint64_t, uint32_t> children_;  // other ones, by prefix and node
};

/// Node numbers below 2^28.
class PathSteps {
 public:
  /// What of a node: it is on the path; the path begins there; the unit ends there; it was cut
  /// there.
  enum What : uint32_t { Here, Start, Exit, Cut };

  PathSteps(PathsSpec::Align align, size_t max_steps) : align_(align), max_steps_(max_steps) {}

  void add(std::span<const uint32_t> nodes, PathEnd end, uint64_t count, uint32_t group);
  size_t first_step(size_t length) const {
    return align_ == PathsSpec::Align::End ? max_steps_ - length : 0;
  }

  struct Place {
    uint32_t step, node;
    What what;
    auto operator<=>(const Place&) const = default;
  };
  struct Move {
    uint32_t step, source, target;
    auto operator<=>(const Move&) const = default;
  };
  struct Count {
    uint64_t count = 0;
    uint32_t last_group = kNoGroup;
  };
  template <class Key>
  struct Hash {
    size_t operator()(const Key& key) const {
      if constexpr (requires { key.target; }) {
        return absl::HashOf(key.step, key.source, key.target);
      } else {
        return absl::HashOf(key.step, key.node, static_cast<uint32_t>(key.what));
      }
    }
  };
  const absl::flat_hash_map<Place, Count, Hash<Place>>& places() const { return places_; }
  const absl::flat_hash_map<Move, Count, Hash<Move>>& moves() const { return moves_; }

 private:
  static void bump(Count& to, uint64_t count, uint32_t group);

  PathsSpec::Align align_;
  size_t max_steps_;
  absl::flat_hash_map<Place, Count, Hash<Place>> places_;
  absl::flat_hash_map<Move, Count, Hash<Move>> moves_;
};

}  // namespace weir::columnar
