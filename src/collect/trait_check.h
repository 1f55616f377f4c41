#pragma once
// Whether the traits that a record brings are such as operators registered (model/trait_schema.h).

#include "collect/refusal.h"
#include "model/envelope.h"
#include "ports/trait_schemas.h"

namespace weir::collect {

/// The first trait that may not come as it does. Looks at values in clear: before sealing.
Verdict check_traits(const Envelope& record, const TraitSchemas& schemas);

}  // namespace weir::collect
