#include "columnar/part_builder.h"
#include "columnar/part_reader.h"
#include "columnar/part_writer.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <tuple>

namespace weir::columnar {
namespace {

struct RowAt {
  uint32_t part, row;
};

class Merge {
 public:
  Merge(const PartList& parts, const MappingSnapshot& mapping) : parts_(parts), mapping_(mapping) {
    for (const auto& part : parts) readers_.push_back(std::make_unique<PartReader>(part));
  }

  Result<std::string> run() {
    WEIR_CHECK_OK(order_rows());
    if (order_.empty()) return std::string();
    PartWriter writer(gather_rows());
    for (const auto& [name, sections] : columns()) {
      arena_.clear();
      writer.add_column(gather_column(name.first, name.second, sections));
    }
    for (const auto& reader : readers_) {
      if (!reader->status()) return std::unexpected(reader->status().error());
    }
    return writer.finish();
  }

 private:
  struct RunAt {
    uint32_t group, subject, part, begin, end;
  };

  Status order_rows() {
    std::vector<RunAt> runs;
    for (uint32_t p = 0; p < parts_.size(); ++p) {
      WEIR_TRY(Part::Runs table, parts_[p]->run_table());
      for (uint32_t r = 0; r < table.count; ++r) {
        uint32_t group = mapping_.group(table.subjects[r]);
        if (group == kDropped) continue;
        runs.push_back({group, table.subjects[r], p, table.begins[r], table.begins[r + 1]});
      }
    }
    std::sort(runs.begin(), runs.end(), [](const RunAt& a, const RunAt& b) {
      return std::tuple(a.group, a.subject, a.part) < std::tuple(b.group, b.subject, b.part);
    });
    for (size_t i = 0; i < runs.size();) {
      size_t first = order_.size(), k = i;
      for (; k < runs.size() && runs[k].subject == runs[i].subject; ++k) {
        for (uint32_t row = runs[k].begin; row < runs[k].end; ++row)
          order_.push_back({runs[k].part, row});
      }
      if (k > i + 1) sort_rows(first);
      i = k;
    }
    return {};
  }

  void sort_rows(size_t first) {
    struct Keyed {
      std::tuple<int64_t, uint64_t, uint16_t> key;
      RowAt at;
    };
    std::vector<Keyed> keyed;
    for (size_t i = first; i < order_.size(); ++i) {
      RowAt at = order_[i];
      PartReader& reader = *readers_[at.part];
      keyed.push_back({{time(at), reader.position(at.row), reader.hop(at.row)}, at});
    }
    std::stable_sort(keyed.begin(), keyed.end(),
                     [](const Keyed& a, const Keyed& b) { return a.key < b.key; });
    for (size_t i = 0; i < keyed.size(); ++i) order_[first + i] = keyed[i].at;
  }

  int64_t time(RowAt at) {
    return readers_[at.part]->times(at.row >> kBlockBits)[at.row % kBlockRows];
  }

  PartRows gather_rows() {
    PartRows out;
    out.reserve(order_.size());
    std::vector<Part::Runs> tables;
    for (const auto& part : parts_) tables.push_back(*part->run_table());
    for (RowAt at : order_) {
      const Part::Runs& table = tables[at.part];
      const uint32_t* begin =
          std::upper_bound(table.begins, table.begins + table.count, at.row) - 1;
      PartReader& reader = *readers_[at.part];
      out.subject.push_back(table.subjects[begin - table.begins]);
      out.event.push_back(reader.event_code(at.row));
      out.time.push_back(time(at));
      out.position.push_back(reader.position(at.row));
      out.hop.push_back(reader.hop(at.row));
    }
    return out;
  }

  /// Per (property, type): the section of each part that has it.
  using Sections = std::map<uint32_t, size_t>;
  std::map<std::pair<uint32_t, CellType>, Sections> columns() const {
    std::map<std::pair<uint32_t, CellType>, Sections> out;
    for (uint32_t p = 0; p < parts_.size(); ++p) {
      const auto& sections = parts_[p]->footer().sections;
      for (size_t s = 0; s < sections.size(); ++s) {
        if (sections[s].kind == SectionKind::Property)
          out[{sections[s].property, sections[s].type}][p] = s;
      }
    }
    return out;
  }

  ColumnRows gather_column(uint32_t property, CellType type, const Sections& sections) {
    ColumnRows out;
    out.property = property;
    out.type = type;
    bool bytes = type == CellType::List || type == CellType::Json;
    // Per part: the section, and for which local events it occurs; most rows are skipped by that.
    std::vector<size_t> section(parts_.size(), SIZE_MAX);
    std::vector<std::vector<bool>> occurs(parts_.size());
    for (const auto& [p, s] : sections) {
      section[p] = s;
      for (const EventRef& event : parts_[p]->footer().events) {
        occurs[p].push_back(std::find(event.sections.begin(), event.sections.end(), s) !=
                            event.sections.end());
      }
    }
    for (uint32_t i = 0; i < order_.size(); ++i) {
      RowAt at = order_[i];
      if (section[at.part] == SIZE_MAX) continue;
      PartReader& reader = *readers_[at.part];
      if (!occurs[at.part][reader.events(at.row >> kBlockBits)[at.row % kBlockRows]]) continue;
      Cell cell = reader.cell_of_section(at.row, section[at.part]);
      if (cell.missing()) continue;
      out.rows.push_back(i);
      out.values.push_back(cell.bits);
      // The reader's bytes last until its next block.
      if (bytes) out.bytes.push_back(arena_.emplace_back(cell.bytes));
    }
    return out;
  }

  const PartList& parts_;
  const MappingSnapshot& mapping_;
  std::vector<std::unique_ptr<PartReader>> readers_;
  std::vector<RowAt> order_;
  std::deque<std::string> arena_;
};

}  // namespace

Result<std::string> merged_part(const PartList& parts, const MappingSnapshot& mapping) {
  return Merge(parts, mapping).run();
}

}  // namespace weir::columnar
