#pragma once
// Types of tag values (TG1): bool, enum, number, date, string_set.

#include "base/json.h"
#include "base/result.h"
#include "model/value.h"

#include <string>
#include <string_view>

namespace weir::tags {

/// A value as the API takes it, when it is of `type`; the error names `where`.
Result<Value> parse_value(const json::value& value, std::string_view type,
                          const std::string& where);

/// The same from a cell of a file: "true", "12.5", "2026-03-01", "a;b" for a string_set.
Result<Value> parse_value_text(std::string_view text, std::string_view type,
                               const std::string& where);

}  // namespace weir::tags
