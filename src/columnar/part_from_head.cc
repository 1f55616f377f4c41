#include "columnar/part_builder.h"
#include "columnar/part_writer.h"
#include "columnar/row_columns.h"
#include "columnar/row_order.h"

namespace weir::columnar {

constexpr size_t kAhead = 24;  // rows

std::string part_from_head(const HeadView& head, const std::vector<uint32_t>& rows,
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
  for (size_t at = 0; at < order.size(); ++at) {
    // The rows of one group lie apart in the head: each is a miss, unless it was asked for before.
    if (at + kAhead < order.size()) head.prefetch(rows[order[at + kAhead]]);
    if (at + kAhead / 2 < order.size()) head.prefetch_cells(rows[order[at + kAhead / 2]]);
    uint32_t i = order[at], row = rows[i];
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
