#pragma once
// Decides whether two identities may be one person (RELIABILITY I1, I4) and notices shared values.

#include "identity/cuts.h"
#include "identity/identity.h"
#include "identity/ledger.h"
#include "identity/table.h"

namespace weir::identity {

class Linker {
 public:
  Linker(const IdentityRules& rules, const Cuts& cuts, IdentityTable& table)
      : rules_(rules), cuts_(cuts), table_(table) {}

  /// May the persons of `a` and `b` become one? They are different now; either may be of nobody
  /// yet.
  Refusal check(uint32_t a, uint32_t b) const;

  /// Notes that two persons met in one record, linked or not; demotes a shared value (I4). Returns
  /// how many values were demoted by it.
  int note(uint32_t a, uint32_t b, Refusal outcome, TimeMs time);

 private:
  bool breaks_kind_limit(uint32_t a, uint32_t b) const;
  bool note_on(uint32_t value, uint32_t other, Refusal outcome, TimeMs time);
  uint32_t size_of(uint32_t identity) const;
  template <class F>
  void for_each_of(uint32_t identity, F&& visit) const;

  const IdentityRules& rules_;
  const Cuts& cuts_;
  IdentityTable& table_;
};

/// Strongest first: links between strong identities are made before weak ones are tried.
int link_priority(IdentityKind kind);

}  // namespace weir::identity
