#pragma once
// Which named lists of values (in_list) a condition asks.

#include "model/condition.h"

#include <set>
#include <string>

namespace weir::segments {

/// Ids without "list:".
std::set<std::string> value_lists_of(const Condition& condition);

}  // namespace weir::segments
