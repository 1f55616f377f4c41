#include "columnar/part_builder.h"
#include "columnar/part_writer.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace weir::columnar {

std::string part_from_head(const HeadView& head, std::vector<uint32_t> rows,
                           const MappingSnapshot& mapping) {
  auto key = [&](uint32_t row) {
    return std::tuple(mapping.group(head.subject(row)), head.subject(row), head.time(row),
                      head.position(row), head.hop(row), row);
  };
  std::sort(rows.begin(), rows.end(), [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
  PartRows out;
  out.reserve(rows.size());
  std::map<std::pair<uint32_t, CellType>, ColumnRows> columns;
  for (uint32_t row : rows) {
    auto at = static_cast<uint32_t>(out.size());
    out.subject.push_back(head.subject(row));
    out.event.push_back(head.event(row));
    out.time.push_back(head.time(row));
    out.position.push_back(head.position(row));
    out.hop.push_back(head.hop(row));
    for (const HeadCell& head_cell : head.cells(row)) {
      ColumnRows& column = columns[{head_cell.property, head_cell.type}];
      // A property given twice in one row: the first one counts, as in the head.
      if (!column.rows.empty() && column.rows.back() == at) continue;
      column.property = head_cell.property;
      column.type = head_cell.type;
      column.rows.push_back(at);
      Cell cell = to_cell(head_cell);
      column.values.push_back(cell.bits);
      column.bytes.push_back(cell.bytes);
    }
  }
  PartWriter writer(out);
  for (const auto& [name, column] : columns) writer.add_column(column);
  return writer.finish();
}

}  // namespace weir::columnar
