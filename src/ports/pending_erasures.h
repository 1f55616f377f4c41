#pragma once
// Erasures whose keys may still exist. Kept in the state until the vault confirms, so that a crash
// at any point ends with the keys destroyed.

#include "base/result.h"
#include "ports/erasure.h"
#include "ports/state_store.h"

#include <map>
#include <set>
#include <vector>

namespace weir::identity {

class PendingErasures {
 public:
  explicit PendingErasures(ErasureSink& sink) : sink_(sink) {}

  void add(uint64_t request, std::vector<PersonalKey> keys);
  /// Live only: submits what was not submitted since the start and drops what is confirmed.
  void hand_over();

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

 private:
  struct Pending {
    std::vector<PersonalKey> keys;
    bool submitted = false;
  };
  ErasureSink& sink_;
  std::map<uint64_t, Pending> pending_;
  std::set<uint64_t> dirty_;
};

}  // namespace weir::identity
