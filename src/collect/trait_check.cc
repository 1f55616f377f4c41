#include "collect/trait_check.h"

#include <fmt/format.h>

namespace weir::collect {

Verdict check_traits(const Envelope& record, const TraitSchemas& schemas) {
  // Traits of a group record describe a company.
  if (record.traits.empty() || record.kind == RecordKind::Group) return {};
  auto schema = schemas.current();
  if (schema->open()) return {};
  for (const TraitChange& change : record.traits) {
    auto refused = check_trait(*schema, change);
    if (!refused) continue;
    return refuse(refused->reason, fmt::format("traits.{}", change.name), refused->message);
  }
  return {};
}

}  // namespace weir::collect
