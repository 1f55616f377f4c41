#pragma once
// Cells of files as values: what people and spreadsheets write (collection-protocols §11.1).

#include "base/json.h"
#include "base/time.h"
#include "collect/import/mapping.h"
#include "collect/refusal.h"

#include <string>
#include <string_view>

namespace weir::collect {

/// Empty for a missing cell.
std::string cell_text(const Value& cell);

/// "1.38E+10": a spreadsheet rounded a long number; the digits are lost.
bool is_rounded_number(std::string_view text);

/// "2010-12-01 08:26[:00]", "2010/12/1", "2010年12月1日", ISO with or without a zone, epoch seconds
/// or milliseconds, and day numbers of spreadsheets ("40513.35").
Result<TimeMs> parse_file_time(std::string_view text, std::string_view time_zone);

/// The cell as a property or trait. Null for a missing one.
Result<json::value> cell_value(const Value& cell, CellType type, std::string_view time_zone);

/// [{"kind","scope","value"}] of the row's ids. Refuses rounded numbers.
Verdict read_row_ids(const TableRow& row, const ImportMapping& mapping, const TableFile& file,
                     json::array& out);

}  // namespace weir::collect
