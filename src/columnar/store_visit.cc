// Store::visit: one group's rows on the writer's thread, without an index.

#include "columnar/part_reader.h"
#include "columnar/store.h"

#include <algorithm>
#include <tuple>

namespace weir::columnar {
namespace {

struct At {
  int64_t time;
  uint64_t position;
  uint16_t hop;
  uint32_t source, row, event, subject;  // source: part number, or the number of parts for the head
  RowRank rank;                          // in the head
  auto key() const {
    // Rows of one part are in order; those of the head are by their ties.
    return std::tuple(time, source, rank, rank == RowRank{} ? 0 : position, hop, row);
  }
};

}  // namespace

Status Store::visit(uint32_t group, int64_t from, int64_t to,
                    const std::function<bool(uint32_t)>& wanted,
                    const std::function<bool(const Found&)>& visit) const {
  PartList parts;
  {
    std::lock_guard lock(mutex_);
    parts = parts_;
  }
  if (visited_ != parts) {
    visit_readers_.clear();
    for (const auto& part : parts) visit_readers_.emplace_back(part);
    visited_ = parts;
  }
  std::vector<PartReader>& readers = visit_readers_;
  const HeadView& head = head_->current();
  const auto in_head = static_cast<uint32_t>(parts.size());
  std::vector<At> found;
  Status status;
  mapping_.subjects(group, [&](uint32_t subject) {
    for (uint32_t p = 0; p < parts.size(); ++p) {
      if (parts[p]->footer().time_min > to || parts[p]->footer().time_max < from) continue;
      auto table = parts[p]->run_table();
      if (!table) {
        status = std::unexpected(table.error());
        return;
      }
      std::optional<uint32_t> run = table->find(subject);
      if (!run) continue;
      uint32_t end = table->first_row(*run + 1);
      for (uint32_t row = table->first_row(*run); row < end; ++row) {
        uint32_t event = readers[p].event_code(row);
        if (!wanted(event)) continue;
        int64_t time = readers[p].time(row);
        if (time < from || time > to) continue;
        found.push_back(
            {time, readers[p].position(row), readers[p].hop(row), p, row, event, subject, {}});
      }
    }
    for (uint32_t row = head_->last_of(subject); row != kNone; row = head.previous(row)) {
      if (head.time(row) < from || head.time(row) > to || !wanted(head.event(row))) continue;
      found.push_back({head.time(row), head.position(row), head.hop(row), in_head, row,
                       head.event(row), subject, head.rank(row)});
    }
  });
  WEIR_CHECK_OK(status);
  std::sort(found.begin(), found.end(), [](const At& a, const At& b) { return a.key() < b.key(); });
  std::vector<std::pair<uint32_t, Cell>> cells;
  for (const At& at : found) {
    cells.clear();
    if (at.source == in_head) {
      for (const HeadCell& cell : head.cells(at.row))
        cells.emplace_back(cell.property, to_cell(cell));
    } else {
      PartReader& reader = readers[at.source];
      PartReader::At where = reader.at(at.row);
      for (ValueColumn& column : reader.columns_of(where.local)) {
        Cell cell = column.read(where.ordinal, where.run);
        if (!cell.missing()) cells.emplace_back(column.property(), cell);
      }
      WEIR_CHECK_OK(reader.status());
    }
    if (!visit({at.time, at.position, at.hop, at.subject, at.event, cells})) break;
  }
  for (const PartReader& reader : readers) WEIR_CHECK_OK(reader.status());
  return {};
}

}  // namespace weir::columnar
