#pragma once
// Reading fields of a tag's rule; errors name the path under "rule".

#include "base/json.h"
#include "base/result.h"

#include <string_view>

namespace weir::tags {

/// InvalidArgument "<where> <message>", its field `where`.
std::unexpected<Error> bad(std::string_view where, std::string_view message);

/// A finite number; must be there.
Result<double> number_of(const json::object& o, std::string_view key, std::string_view where);

}  // namespace weir::tags
