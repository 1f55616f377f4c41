#pragma once
// Encodes the columns of a part (formats: part_format.h).

#include "columnar/part_format.h"
#include "columnar/part_rows.h"

#include <span>
#include <string>

namespace weir::columnar {

/// Section bytes of a packed column.
std::string encode_packed(std::span<const uint64_t> values);
std::string encode_time_column(std::span<const int64_t> times);

/// What the rows of a run usually say; the value columns of a property may refer to it.
struct RunBase {
  std::span<const uint64_t> value;   // per run
  std::span<const uint32_t> run_of;  // per ordinal of the event
};
/// Section bytes of a value column of `rows` ordinals. `base` may be null.
std::string encode_values(const EventValues& column, CellType type, uint32_t rows,
                          const RunBase* base);

}  // namespace weir::columnar
