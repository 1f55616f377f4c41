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

class Merge {
 public:
  Merge(const PartList& parts, const MappingSnapshot& mapping, const MergeRules& rules)
      : parts_(parts), mapping_(mapping), rules_(rules) {
    for (const auto& part : parts) readers_.push_back(std::make_unique<PartReader>(part));
  }

  Result<std::string> run() {
    WEIR_CHECK_OK(order_runs());
    if (runs_.empty()) return std::string();
    gather_rows();
    WEIR_CHECK_OK(damage());
    if (rows_.size() == 0) return std::string();
    bool positions = rows_.size() <= rules_.positions_rows_max &&
                     std::all_of(readers_.begin(), readers_.end(),
                                 [](const auto& r) { return r->has_positions(); });
    PartWriter writer(rows_, positions);
    rows_ = {};
    for (const auto& [name, events] : columns()) {
      arena_.clear();
      writer.add_property(gather_property(name.first, name.second, events));
    }
    WEIR_CHECK_OK(damage());
    return writer.finish();
  }

 private:
  struct RunAt {
    uint32_t group, subject, part, run;
  };
  /// Where a row of the merged part comes from.
  struct Source {
    uint32_t ordinal, run;
    uint32_t part;
  };

  Status damage() const {
    for (const auto& reader : readers_) WEIR_CHECK_OK(reader->status());
    return {};
  }

  Status order_runs() {
    for (uint32_t p = 0; p < parts_.size(); ++p) {
      WEIR_TRY(Part::Runs table, parts_[p]->run_table());
      tables_.push_back(table);
      for (uint32_t r = 0; r < table.count(); ++r) {
        uint32_t subject = table.subject(r), group = mapping_.group(subject);
        if (group != kDropped) runs_.push_back({group, subject, p, r});
      }
    }
    std::sort(runs_.begin(), runs_.end(), [](const RunAt& a, const RunAt& b) {
      return std::tuple(a.group, a.subject, a.part) < std::tuple(b.group, b.subject, b.part);
    });
    return {};
  }

  /// The rows in their new order, and where the values of each event's rows are.
  void gather_rows() {
    struct Row {
      int64_t time;
      uint32_t part, row;
      // Rows of one part are in order; parts are in the order of their positions.
      auto key() const { return std::tuple(time, part, row); }
    };
    std::vector<Row> rows;
    for (size_t i = 0; i < runs_.size();) {
      size_t k = i;
      rows.clear();
      for (; k < runs_.size() && runs_[k].subject == runs_[i].subject; ++k) {
        PartReader& reader = *readers_[runs_[k].part];
        const Part::Runs& table = tables_[runs_[k].part];
        uint32_t end = table.first_row(runs_[k].run + 1);
        for (uint32_t row = table.first_row(runs_[k].run); row < end; ++row)
          if (reader.time(row) >= rules_.horizon)
            rows.push_back({reader.time(row), runs_[k].part, row});
      }
      auto by_key = [](const Row& a, const Row& b) { return a.key() < b.key(); };
      if (!std::is_sorted(rows.begin(), rows.end(), by_key))
        std::sort(rows.begin(), rows.end(), by_key);
      for (const Row& row : rows) {
        PartReader& reader = *readers_[row.part];
        PartReader::At at = reader.at(row.row);
        uint32_t code = reader.part().footer().events[at.local].code;
        rows_.subject.push_back(runs_[i].subject);
        rows_.group.push_back(runs_[i].group);
        rows_.event.push_back(code);
        rows_.time.push_back(row.time);
        rows_.position.push_back(reader.position(row.row));
        rows_.hop.push_back(reader.hop(row.row));
        sources_[code].push_back({at.ordinal, at.run, row.part});
      }
      i = k;
    }
  }

  /// Per (property, type): the events that carry it, and in each part the column.
  using Columns = std::map<uint32_t, std::vector<ValueColumn*>>;
  std::map<std::pair<uint32_t, CellType>, Columns> columns() {
    std::map<std::pair<uint32_t, CellType>, Columns> out;
    for (uint32_t p = 0; p < parts_.size(); ++p) {
      const auto& events = parts_[p]->footer().events;
      for (size_t local = 0; local < events.size(); ++local) {
        for (ValueColumn& column : readers_[p]->columns_of(static_cast<uint16_t>(local))) {
          auto& by_part = out[{column.property(), column.type()}][events[local].code];
          by_part.resize(parts_.size());
          by_part[p] = &column;
        }
      }
    }
    return out;
  }

  PropertyValues gather_property(uint32_t property, CellType type, const Columns& events) {
    PropertyValues out{property, type, {}};
    bool bytes = type == CellType::List || type == CellType::Json;
    for (const auto& [code, by_part] : events) {
      EventValues values;
      values.event = code;
      const std::vector<Source>& sources = sources_[code];
      for (uint32_t i = 0; i < sources.size(); ++i) {
        ValueColumn* column = by_part[sources[i].part];
        if (column == nullptr) continue;
        Cell cell = column->read(sources[i].ordinal, sources[i].run);
        if (cell.missing()) continue;
        values.ordinals.push_back(i);
        values.values.push_back(bytes ? 0 : cell.bits);
        // The column's bytes last until its next block.
        if (bytes) values.bytes.push_back(arena_.emplace_back(cell.bytes()));
      }
      if (!values.ordinals.empty()) out.events.push_back(std::move(values));
    }
    return out;
  }

  const PartList& parts_;
  const MappingSnapshot& mapping_;
  const MergeRules rules_;
  std::vector<std::unique_ptr<PartReader>> readers_;
  std::vector<Part::Runs> tables_;
  std::vector<RunAt> runs_;
  PartRows rows_;
  std::map<uint32_t, std::vector<Source>> sources_;  // by event: its rows in the new order
  std::deque<std::string> arena_;
};

}  // namespace

Result<std::string> merged_part(const PartList& parts, const MappingSnapshot& mapping,
                                const MergeRules& rules) {
  return Merge(parts, mapping, rules).run();
}

}  // namespace weir::columnar
