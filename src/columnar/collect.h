#pragma once
// Drill-down: instead of counting, the groups behind one number of an answer.

#include <algorithm>
#include <cstdint>
#include <vector>

namespace weir::columnar {

/// Gathered by one thread, or joined of all.
struct Collected {
  std::vector<uint32_t> groups;  // ascending, each once, when finished
  uint64_t rows = 0;             // events (or attempts) of theirs that are in the number
  uint64_t rows_scanned = 0;

  /// A scan hands each group to one thread once, so there are no duplicates to remove.
  void add(uint32_t group, uint64_t its_rows) {
    groups.push_back(group);
    rows += its_rows;
  }
  uint64_t memory_bytes() const { return groups.capacity() * sizeof(uint32_t); }
  void join(const Collected& other) {
    groups.insert(groups.end(), other.groups.begin(), other.groups.end());
    rows += other.rows;
  }
  void finish(uint64_t scanned) {
    std::sort(groups.begin(), groups.end());
    rows_scanned += scanned;
  }
};

}  // namespace weir::columnar
