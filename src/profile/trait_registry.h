#pragma once
// Names of the traits that were ever written, with type and data class; grows by itself.

#include "ports/resident_table.h"
#include "profile/profile.h"
#include "profile/state.pb.h"

namespace weir::profile {

class TraitRegistry {
 public:
  TraitRegistry();
  /// False when the name is new and the registry is full: the trait is not kept then, because a
  /// field explosion (an id as a name) must not fill memory.
  bool note(const TraitChange& change);
  /// By name.
  std::vector<TraitInfo> list() const;

  Status load(const StateStore& store) { return rows_.load(store); }
  void save(WriteBatch& batch) { rows_.save(batch); }

 private:
  ResidentTable<pb::TraitInfo> rows_;
};

/// "public", "personal" or "sensitive" (PIPL 28). A sealed value is personal at least.
std::string_view data_class_of(std::string_view name, bool personal);

}  // namespace weir::profile
