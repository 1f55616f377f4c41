#include "columnar/part_builder.h"
#include "columnar/part_writer.h"
#include "columnar/row_columns.h"
#include "columnar/row_order.h"

namespace weir::columnar {

std::string part_from_head(const HeadView& head, std::vector<uint32_t> rows,
                           const MappingSnapshot& mapping) {
  std::vector<uint32_t> groups;
  groups.reserve(rows.size());
  for (uint32_t row : rows) groups.push_back(mapping.group(head.subject(row)));
  std::vector<uint32_t> order = order_by_group(groups, [&](uint32_t i, uint32_t k) {
    uint32_t a = rows[i], b = rows[k];
    if (head.subject(a) != head.subject(b)) return head.subject(a) < head.subject(b);
    if (head.time(a) != head.time(b)) return head.time(a) < head.time(b);
    return head.tie(a) < head.tie(b);
  });
  PartRows out;
  out.reserve(rows.size());
  RowColumns columns;
  for (uint32_t i : order) {
    uint32_t row = rows[i];
    out.subject.push_back(head.subject(row));
    out.group.push_back(groups[i]);
    out.event.push_back(head.event(row));
    out.time.push_back(head.time(row));
    out.position.push_back(head.position(row));
    out.hop.push_back(head.hop(row));
    columns.start_row(head.event(row));
    for (const HeadCell& cell : head.cells(row)) columns.add(cell.property, to_cell(cell));
  }
  PartWriter writer(out, true);
  for (const PropertyValues& property : std::move(columns).finish()) writer.add_property(property);
  return writer.finish();
}

}  // namespace weir::columnar
