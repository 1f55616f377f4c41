#pragma once
// Orders of a question → the engine's.

#include "adapters/embedded/behaviour/compile_parts.h"
#include "columnar/orders.h"
#include "model/query_parts.h"

namespace weir::embedded {

/// `filter` is on paid events.
columnar::OrderSpec compile_orders(const OrderDef& def, const Filter& filter,
                                   const CompileInput& in);
/// Traits that the definition's filters ask for; `where` names it in errors.
Status collect_order_traits(const OrderDef& def, const std::string& where, PeopleRequest& request);

}  // namespace weir::embedded
