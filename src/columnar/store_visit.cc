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

bool has(const std::vector<uint32_t>& codes, uint32_t code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// One visit: finds the rows, then reads what is asked of each.
class Visit {
 public:
  Visit(std::vector<VisitedPart>& parts, const HeadView& head, const VisitQuery& query)
      : parts_(parts), head_(head), query_(query) {}

  Status find_in_part(uint32_t p, uint32_t subject) {
    VisitedPart& part = parts_[p];
    const PartFooter& footer = part.reader.part().footer();
    if (footer.time_min > query_.to || footer.time_max < query_.from) return {};
    std::optional<uint32_t> run = part.runs.find(subject);
    if (!run) return {};
    choose_events(footer);
    if (!query_.all_events && locals_.empty()) return {};
    uint32_t end = part.runs.first_row(*run + 1);
    for (uint32_t row = part.runs.first_row(*run); row < end; ++row) {
      uint16_t local = part.reader.local_event(row);
      if (!query_.all_events && std::find(locals_.begin(), locals_.end(), local) == locals_.end())
        continue;
      int64_t time = part.reader.time(row);
      if (time < query_.from || time > query_.to) continue;
      found_.push_back({time,
                        part.reader.position(row),
                        part.reader.hop(row),
                        p,
                        row,
                        footer.events[local].code,
                        subject,
                        {}});
    }
    return part.reader.status();
  }

  void find_in_head(uint32_t newest, uint32_t subject) {
    auto source = static_cast<uint32_t>(parts_.size());
    for (uint32_t row = newest; row != kNone; row = head_.previous(row)) {
      uint32_t event = head_.event(row);
      if (!query_.all_events && !has(query_.events, event)) continue;
      int64_t time = head_.time(row);
      if (time < query_.from || time > query_.to) continue;
      found_.push_back({time, head_.position(row), head_.hop(row), source, row, event, subject,
                        head_.rank(row)});
    }
  }

  Status read(const std::function<bool(const Store::Found&)>& visit) {
    auto before = [](const At& a, const At& b) { return a.key() < b.key(); };
    if (!std::is_sorted(found_.begin(), found_.end(), before))
      std::sort(found_.begin(), found_.end(), before);
    for (const At& at : found_) {
      cells_.clear();
      if (query_.all_properties || !query_.properties.empty()) WEIR_CHECK_OK(read_cells(at));
      if (!visit({at.time, at.position, at.hop, at.subject, at.event, cells_})) break;
    }
    return {};
  }

 private:
  bool wants(uint32_t property) const {
    return query_.all_properties || has(query_.properties, property);
  }

  void choose_events(const PartFooter& footer) {
    locals_.clear();
    for (size_t i = 0; !query_.all_events && i < footer.events.size(); ++i) {
      if (has(query_.events, footer.events[i].code)) locals_.push_back(static_cast<uint16_t>(i));
    }
  }

  Status read_cells(const At& at) {
    if (at.source == parts_.size()) {
      for (const HeadCell& cell : head_.cells(at.row)) {
        if (wants(cell.property)) cells_.emplace_back(cell.property, to_cell(cell));
      }
      return {};
    }
    PartReader& reader = parts_[at.source].reader;
    PartReader::At where = reader.at(at.row);
    for (ValueColumn& column : reader.columns_of(where.local)) {
      if (!wants(column.property())) continue;
      Cell cell = column.read(where.ordinal, where.run);
      if (!cell.missing()) cells_.emplace_back(column.property(), cell);
    }
    return reader.status();
  }

  std::vector<VisitedPart>& parts_;
  const HeadView& head_;
  const VisitQuery& query_;
  std::vector<uint16_t> locals_;  // of the part in hand
  std::vector<At> found_;
  std::vector<std::pair<uint32_t, Cell>> cells_;
};

}  // namespace

/// Opens the parts for visits again when they changed.
Status Store::enter_parts() const {
  std::lock_guard lock(mutex_);
  if (visited_version_ == parts_version_) return {};
  visited_.clear();
  visited_version_ = UINT64_MAX;
  for (const auto& part : parts_) {
    WEIR_TRY(Part::Runs runs, part->run_table());
    visited_.push_back({PartReader(part), runs});
  }
  visited_version_ = parts_version_;
  return {};
}

Status Store::visit(uint32_t group, const VisitQuery& query,
                    const std::function<bool(const Found&)>& visit) const {
  WEIR_CHECK_OK(enter_parts());
  Visit one(visited_, head_->current(), query);
  Status status;
  mapping_.subjects(group, [&](uint32_t subject) {
    for (uint32_t p = 0; p < visited_.size() && status; ++p) status = one.find_in_part(p, subject);
    one.find_in_head(head_->last_of(subject), subject);
  });
  WEIR_CHECK_OK(status);
  return one.read(visit);
}

}  // namespace weir::columnar
