#pragma once
// Encodes the columns of a part (formats: part_format.h).

#include "columnar/part_format.h"
#include "columnar/part_rows.h"

#include <span>
#include <string>

namespace weir::columnar {

/// Section bytes of a dense column; `value(row)` for every row.
std::string encode_packed(std::span<const uint64_t> values);
std::string encode_time_column(std::span<const int64_t> times);
/// Section bytes of one property of a part of `rows` rows.
std::string encode_sparse(const ColumnRows& column, uint32_t rows);

}  // namespace weir::columnar
