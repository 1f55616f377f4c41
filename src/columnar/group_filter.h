#pragma once
// Which groups a scan wants, asked once a group and unit: parts meet the same groups again.

#include "columnar/group_sort.h"

#include <functional>

namespace weir::columnar {

/// One per thread.
class GroupFilter {
 public:
  /// Empty: all. `groups` outlives this.
  explicit GroupFilter(const std::function<bool(uint32_t)>& groups) : groups_(groups) {}

  bool all() const { return !groups_; }
  /// Another unit begins: groups in [first, end).
  void begin(uint32_t first, uint32_t end) {
    if (all()) return;
    asked_.reset(first, end);
    wanted_.reset(first, end);
  }
  bool wants(uint32_t group) {
    if (all()) return true;
    if (!asked_.covers(group)) return groups_(group);
    if (!asked_.has(group)) {
      asked_.add(group);
      if (groups_(group)) wanted_.add(group);
    }
    return wanted_.has(group);
  }

 private:
  const std::function<bool(uint32_t)>& groups_;
  GroupBits asked_, wanted_;
};

}  // namespace weir::columnar
