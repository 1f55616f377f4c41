#pragma once
// Where the rows of a text file end, found without reading their cells.

#include <cstddef>
#include <string_view>

namespace weir::collect {

/// One past the line end of the CSV row that begins at `at`, as TableFile reads it: only a cell
/// that begins with a quote may hold line ends. npos when the row does not end in `text`.
size_t csv_row_end(std::string_view text, size_t at, char separator);

/// Past line ends and, for JSON lines, lines of blanks: where the next row begins.
size_t skip_blank_rows(std::string_view text, size_t at, bool json);

}  // namespace weir::collect
