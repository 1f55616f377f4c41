#pragma once
// Decides whether two identities may be one person (RELIABILITY I1, I4) and notices shared values.

#include "identity/cuts.h"
#include "identity/ledger.h"
#include "identity/partition.h"
#include "identity/rules.h"
#include "identity/table.h"

#include <span>

namespace weir::identity {

class Linker {
 public:
  /// `table` knows the identities, `people` who they are put together as.
  Linker(const IdentityRules& rules, const Cuts& cuts, const IdentityTable& table,
         Partition& people)
      : rules_(&rules), cuts_(cuts), table_(table), people_(people) {}

  void use(const IdentityRules& rules);

  /// Strongest first, as they were within one strength.
  void order(std::vector<uint32_t>& identities) const;

  /// May the persons of `a` and `b` become one by a record of `time`? They are different now;
  /// either may be of nobody yet.
  Refusal check(uint32_t a, uint32_t b, TimeMs time) const;

  /// Notes that two persons met in one record, linked or not; demotes a shared value (I4). Returns
  /// how many values were demoted by it.
  int note(uint32_t a, uint32_t b, Refusal outcome, TimeMs time);

 private:
  const KindRule& rule_of(uint32_t identity) const;
  bool links_nobody(uint32_t identity) const;
  bool breaks_kind_limit(uint32_t a, uint32_t b, TimeMs time) const;
  bool note_on(uint32_t value, uint32_t other, Refusal outcome, TimeMs time);

  const IdentityRules* rules_;
  const Cuts& cuts_;
  const IdentityTable& table_;
  Partition& people_;
  mutable std::vector<const KindRule*> by_group_;  // of the table's groups; filled when asked
  mutable std::vector<uint32_t> members_;          // kept to save allocations
};

}  // namespace weir::identity
