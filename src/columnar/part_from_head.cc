#include "columnar/part_builder.h"
#include "columnar/part_writer.h"
#include "columnar/row_columns.h"

#include <algorithm>

namespace weir::columnar {

std::string part_from_head(const HeadView& head, std::vector<uint32_t> rows,
                           const MappingSnapshot& mapping) {
  struct Key {
    uint32_t group, subject, row;
    int64_t time;
  };
  std::vector<Key> keys;
  keys.reserve(rows.size());
  for (uint32_t row : rows)
    keys.push_back({mapping.group(head.subject(row)), head.subject(row), row, head.time(row)});
  std::sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) {
    if (a.group != b.group) return a.group < b.group;
    if (a.subject != b.subject) return a.subject < b.subject;
    if (a.time != b.time) return a.time < b.time;
    return head.tie(a.row) < head.tie(b.row);
  });
  PartRows out;
  out.reserve(rows.size());
  RowColumns columns;
  for (const Key& key : keys) {
    out.subject.push_back(key.subject);
    out.group.push_back(key.group);
    out.event.push_back(head.event(key.row));
    out.time.push_back(key.time);
    out.position.push_back(head.position(key.row));
    out.hop.push_back(head.hop(key.row));
    columns.start_row(head.event(key.row));
    for (const HeadCell& cell : head.cells(key.row)) columns.add(cell.property, to_cell(cell));
  }
  PartWriter writer(out, true);
  for (const PropertyValues& property : std::move(columns).finish()) writer.add_property(property);
  return writer.finish();
}

}  // namespace weir::columnar
