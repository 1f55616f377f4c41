#include "segments/segments.h"

namespace weir::segments {

Status validate_definition(const json::value& body, const Calendar& calendar) {
  WEIR_TRY(const json::object* o, json::as_object(body, "segment"));
  WEIR_TRY(std::string name, json::required_string(*o, "name"));
  if (name.empty() || name.size() > 200) {
    return fail(ErrorCode::InvalidArgument, "\"name\" must have 1…200 bytes", "name");
  }
  const json::value* def = json::find(*o, "def");
  if (def == nullptr) return fail(ErrorCode::InvalidArgument, "\"def\" is missing", "def");
  auto condition = parse_condition(*def, "def", calendar);
  if (!condition) return std::unexpected<Error>(condition.error());
  return {};
}

}  // namespace weir::segments
