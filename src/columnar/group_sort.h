#pragma once
// The hits of a unit, and their order by group: a counting sort, so that a unit costs the same
// however many sources its hits come from.

#include "columnar/scan.h"

#include <bit>

namespace weir::columnar {

/// Hits and the group of each.
struct HitList {
  std::vector<Hit> hits;
  std::vector<uint32_t> groups;
  size_t size = 0;

  void clear() { size = 0; }
  /// Room for `more` entries behind `size`.
  void reserve(size_t more) {
    if (hits.size() - size >= more) return;
    hits.resize(std::max(hits.size() * 2, size + more));
    groups.resize(hits.size());
  }
  void push(const Hit& hit, uint32_t group) {
    hits[size] = hit;
    groups[size++] = group;
  }
};

/// Some groups of a unit.
class GroupBits {
 public:
  void reset(uint32_t first, uint32_t end) {
    first_ = first;
    end_ = end;
    bits_.assign((end - first + 63) / 64, 0);
  }
  void add(uint32_t group) { bits_[(group - first_) / 64] |= uint64_t{1} << (group - first_) % 64; }
  bool covers(uint32_t group) const { return group >= first_ && group < end_; }
  bool has(uint32_t group) const {
    return (bits_[(group - first_) / 64] >> (group - first_) % 64 & 1) != 0;
  }

 private:
  uint32_t first_ = 0, end_ = 0;
  std::vector<uint64_t> bits_;
};

/// One per thread; keeps its scratch space.
class GroupSort {
 public:
  /// Calls give(group, hits) for each group in [first, end) that has hits, ascending; a group's
  /// hits come in the order of the list. All groups of the list are in that range.
  template <class Give>
  void hand_out(const HitList& list, uint32_t first, uint32_t end, Give&& give) {
    if (ends_.size() < end - first) {
      ends_.resize(end - first);
      here_.resize((ends_.size() + 63) / 64);
    }
    for (size_t i = 0; i < list.size; ++i) {
      uint32_t at = list.groups[i] - first;
      ++ends_[at];
      here_[at / 64] |= uint64_t{1} << (at % 64);
    }
    uint32_t next = 0;
    each([&](uint32_t at) { next += std::exchange(ends_[at], next); });
    if (sorted_.size() < list.size) sorted_.resize(list.hits.size());
    for (size_t i = 0; i < list.size; ++i) sorted_[ends_[list.groups[i] - first]++] = list.hits[i];
    uint32_t begin = 0;
    each([&](uint32_t at) {
      uint32_t stop = std::exchange(ends_[at], 0);
      give(first + at, std::span<Hit>(sorted_.data() + begin, stop - begin));
      begin = stop;
    });
    std::fill(here_.begin(), here_.end(), 0);
  }

 private:
  template <class Visit>
  void each(Visit&& visit) {
    for (size_t w = 0; w < here_.size(); ++w) {
      for (uint64_t bits = here_[w]; bits != 0; bits &= bits - 1)
        visit(static_cast<uint32_t>(w * 64 + static_cast<size_t>(std::countr_zero(bits))));
    }
  }

  std::vector<uint32_t> ends_;  // by group; zero between calls
  std::vector<uint64_t> here_;  // which groups have hits; zero between calls
  std::vector<Hit> sorted_;
};

}  // namespace weir::columnar
