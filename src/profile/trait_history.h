#pragma once
// What traits were before, for those registered with "history" (TG5, bitemporal): the writes
// themselves, by the identity that brought them, so that an answer about the past is the same fold
// over fewer writes, and an un-merge takes each side's past along.

#include "ports/resident_table.h"
#include "profile/person.h"
#include "profile/profile.h"
#include "profile/state.pb.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::profile {

/// One write, and when Weir heard of it.
struct TraitWrite {
  TraitChange change;
  Stamp stamp;
  TimeMs received = 0;  // 0: before the history began
  std::string source;
};

/// Writes of one trait by one identity; without a limit a counter that moves with every event would
/// fill memory. Beyond it the oldest two become one: earlier answers are not kept then.
inline constexpr size_t kTraitWritesMax = 64;

class TraitHistory {
 public:
  TraitHistory();

  /// False when nothing of this trait is kept yet.
  bool has(IdentityOrdinal identity, std::string_view name) const;
  /// The first write of an identity whose past was not kept so far.
  void begin(IdentityOrdinal identity, const TraitWrite& held);
  void note(IdentityOrdinal identity, const TraitWrite& write, const TraitRule* rule);
  /// Appends what is kept, by stamp; `kept_from` becomes the time before which writes were dropped,
  /// if that is later.
  void collect(IdentityOrdinal identity, std::string_view name, std::vector<TraitWrite>& out,
               TimeMs& kept_from) const;
  /// Forgets this trait of the identity.
  void drop(IdentityOrdinal identity, std::string_view name);
  void erase(IdentityOrdinal identity);

  Status load(const StateStore& store) { return rows_.load(store); }
  void save(WriteBatch& batch) { rows_.save(batch); }

 private:
  ResidentTable<pb::TraitPast> rows_;  // by identity ordinal
};

/// What the writes come to, in order of their times; `rule` is the trait's.
std::vector<TraitPeriod> periods_of(std::vector<TraitWrite> writes, const TraitRule* rule);

}  // namespace weir::profile
