#pragma once
// Keys that a fold wants destroyed and that may still exist. Kept in the fold's state until the
// vault confirms, so that a crash at any point ends with the keys destroyed.

#include "base/result.h"
#include "ports/erasure.h"
#include "ports/state_store.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace weir {

class PendingErasures {
 public:
  /// Rows lie under `prefix`, which belongs to the fold that owns this.
  PendingErasures(ErasureSink& sink, std::string prefix)
      : sink_(sink), prefix_(std::move(prefix)) {}

  /// `request` is the position of the record in hand; keys of several calls for it are joined.
  void add(uint64_t request, std::vector<PersonalKey> keys);
  /// Live only, at the end of a batch: submits what was not submitted since the start and drops
  /// what is confirmed.
  void hand_over();

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

 private:
  struct Pending {
    std::vector<PersonalKey> keys;
    bool submitted = false;
  };
  ErasureSink& sink_;
  const std::string prefix_;
  std::map<uint64_t, Pending> pending_;
  std::set<uint64_t> dirty_;
};

}  // namespace weir
