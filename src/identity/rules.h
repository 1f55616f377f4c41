#pragma once
// The rules of linking as an operator writes them (RELIABILITY I1, I4): which kinds there are, how
// strong each is, how many of it a person may have, which values link nobody. Versions of them are
// Definitions; a version holds for the records after it.

#include "base/json.h"
#include "base/result.h"
#include "base/string_map.h"
#include "base/time.h"
#include "model/field_changes.h"
#include "model/identity.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::identity {

/// What holds for one kind of identity, or for one scope of it.
struct KindRule {
  IdentityKind kind = IdentityKind::Other;
  std::optional<std::string> scope = {};  // empty = every scope without a rule of its own
  int priority = 0;        // strong ones (low numbers) are linked before weak ones are tried
  uint32_t max = 0;        // identities of it on a person, each scope by itself; 0 = no limit
  DurationMs window = 0;   // `max` counts those first seen within this time only; 0 = all
  bool link = true;        // false: never joins anybody
  bool shareable = false;  // several people may use one value: a family's phone, a shop's tablet
  StringSet blocked = {};  // values that link nobody, beside those of model/anchor.h; personal ones
                           // as tokens
};

struct IdentityRules {
  /// Defaults are RELIABILITY I1 and I4.
  IdentityRules();

  std::vector<KindRule> kinds;
  uint32_t cluster_soft = 50;   // beyond: oversized, no automatic sends (I5)
  uint32_t cluster_hard = 100;  // a link beyond is refused
  // A shareable value seen on more persons than this within the time links no more.
  uint32_t shared_persons_max = 5;
  DurationMs shared_window = 30 * kDayMs;

  /// The rule for the scope, else for the kind; kinds without one are weak and have no limit.
  const KindRule& rule_of(IdentityKind kind, std::string_view scope) const;
  bool blocks(const Identity& identity) const;
};

/// Definition "identity_rules" has a rule set as its body; it is complete: what it leaves out is
/// not kept from the version before. A body that cannot be parsed changes nothing.
inline constexpr std::string_view kRulesDefinition = "identity_rules";
/// The rules that hold while no Definition was made.
inline constexpr uint32_t kBuiltInRules = 1;

/// Errors name the field ("kinds[2].max"). Unknown keys are errors.
Result<IdentityRules> parse_rules(const json::value& body);
/// Gives parse_rules the same rules back.
json::object render_rules(const IdentityRules& rules);

std::vector<FieldChange> compare(const IdentityRules& before, const IdentityRules& after);

}  // namespace weir::identity
