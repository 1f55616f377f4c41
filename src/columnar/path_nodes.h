#pragma once
// Names of a path's nodes as small numbers; one per thread.

#include "columnar/keys.h"
#include "columnar/paths.h"

#include <absl/container/flat_hash_map.h>

namespace weir::columnar {

class PathNodes {
 public:
  explicit PathNodes(const PathsSpec& spec);
  /// Number of an event's node; kNone when it vanishes.
  uint32_t of(const Hit& hit, uint32_t group, RowReader& reader);
  const std::string& name(uint32_t node) const { return names_[node]; }
  size_t size() const { return names_.size(); }

 private:
  uint32_t intern(std::string name);

  const PathsSpec& spec_;
  std::vector<KeyDef> def_;
  KeyReader values_;
  std::vector<bool> excluded_;                        // by event code
  std::vector<uint32_t> by_event_;                    // node by event code, without a property
  absl::flat_hash_map<uint64_t, uint32_t> by_value_;  // by event and value
  absl::flat_hash_map<std::string, uint32_t> by_name_;
  std::vector<std::string> names_;
};

}  // namespace weir::columnar
