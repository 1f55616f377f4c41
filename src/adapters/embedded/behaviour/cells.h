#pragma once
// Between Weir's values and the engine's cells. Sealed values never enter the store: only that they
// were there does (ADR 0003).

#include "base/time.h"
#include "columnar/cell.h"
#include "columnar/dictionary.h"
#include "model/value.h"

namespace weir::embedded {

/// Property under which the source of a record is kept.
inline constexpr std::string_view kSourceProperty = "$source";
/// When a record was received, in epoch milliseconds rounded up to a minute; only of records that
/// came more than kOnTime after their event (G9).
inline constexpr std::string_view kReceivedProperty = "$recv";
inline constexpr DurationMs kOnTime = kMinuteMs;
/// Kept beside an event's properties, not one of them.
/// What an import says about a record for its own accounts is not kept.
inline constexpr std::string_view kImportRowsProperty = "$import_rows";
inline bool is_internal(std::string_view property) {
  return property == kSourceProperty || property == kReceivedProperty;
}

/// What $recv of a record says; 0 = it came in time.
TimeMs late_receipt(TimeMs event_time, TimeMs received_time);

/// False for a missing value. The cell refers to `name` and `value`.
bool to_cell(std::string_view name, const Value& value, columnar::NewCell& out);
Value from_cell(const columnar::Cell& cell, const columnar::Dictionary& dictionary);

}  // namespace weir::embedded
