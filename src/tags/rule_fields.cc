#include "tags/rule_fields.h"

#include "model/filter.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

namespace weir::tags {

std::unexpected<Error> bad(std::string_view where, std::string_view message) {
  return fail(ErrorCode::InvalidArgument, fmt::format("{} {}", where, message), std::string(where));
}

Result<double> number_of(const json::object& o, std::string_view key, std::string_view where) {
  const json::value* v = json::find(o, key);
  double out = 0;
  if (v == nullptr || !as_number(value_from_json(*v), out) || !std::isfinite(out))
    return bad(fmt::format("{}.{}", where, key), "must be a number");
  return out;
}

}  // namespace weir::tags
