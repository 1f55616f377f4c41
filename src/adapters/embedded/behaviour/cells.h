#pragma once
// Between Weir's values and the engine's cells. Sealed values never enter the store: only that they
// were there does (ADR 0003).

#include "columnar/cell.h"
#include "columnar/dictionary.h"
#include "model/value.h"

namespace weir::embedded {

/// Property under which the source of a record is kept.
inline constexpr std::string_view kSourceProperty = "$source";

/// False for a missing value. The cell refers to `name` and `value`.
bool to_cell(std::string_view name, const Value& value, columnar::NewCell& out);
Value from_cell(const columnar::Cell& cell, const columnar::Dictionary& dictionary);

}  // namespace weir::embedded
