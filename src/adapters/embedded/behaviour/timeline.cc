#include "adapters/embedded/behaviour/timeline.h"

#include "adapters/embedded/behaviour/cells.h"
#include "columnar/part_reader.h"
#include "model/event_chunk.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace weir::embedded {
namespace {

using columnar::Cell;
using columnar::CellType;
using columnar::Family;

struct At {
  TimeMs time;
  uint64_t position;
  uint32_t hop, source, row, event,
      subject;  // source: number of the part, or of parts for the head
  auto key() const { return std::tuple(time, position, hop); }
};

class Timeline {
 public:
  Timeline(const columnar::View& view, const TimelineQuery& query) : view_(view), query_(query) {
    for (const auto& part : view.parts) readers_.emplace_back(part);
    const auto& events = (*view.dictionary)[Family::Event];
    for (const std::string& name : query.names) {
      if (auto code = events.find(name)) codes_.push_back(*code);
    }
  }

  Result<TimelinePage> read() {
    Status status;
    std::vector<uint32_t> subjects;
    view_.mapping.subjects(query_.profile.value,
                           [&](uint32_t subject) { subjects.push_back(subject); });
    for (uint32_t subject : subjects) WEIR_CHECK_OK(find_in_parts(subject));
    find_in_head(subjects);
    size_t limit = std::min(query_.limit, found_.size());
    std::partial_sort(found_.begin(), found_.begin() + static_cast<ptrdiff_t>(limit), found_.end(),
                      [](const At& a, const At& b) { return a.key() > b.key(); });
    TimelinePage page;
    for (size_t i = 0; i < limit; ++i) page.events.push_back(event(found_[i]));
    if (limit > 0 && limit < found_.size()) {
      const At& last = found_[limit - 1];
      page.next = TimelineCursor{last.time, last.position, last.hop};
    }
    for (const auto& reader : readers_) WEIR_CHECK_OK(reader.status());
    for (size_t i = 0; i < limit; ++i) subjects_.push_back(IdentityOrdinal(found_[i].subject));
    return page;
  }

  /// Whether the page's event `i` says its position in the log.
  bool has_position(size_t i) const {
    uint32_t source = found_[i].source;
    return source == view_.parts.size() || readers_[source].has_positions();
  }

  const std::vector<IdentityOrdinal>& subjects() const { return subjects_; }

 private:
  bool wanted(uint32_t event) const {
    return query_.names.empty() || std::find(codes_.begin(), codes_.end(), event) != codes_.end();
  }

  void add(const At& at) {
    if (query_.before) {
      std::tuple before(query_.before->time, query_.before->position, query_.before->hop);
      if (at.key() >= before) return;
    }
    found_.push_back(at);
  }

  Status find_in_parts(uint32_t subject) {
    for (uint32_t p = 0; p < view_.parts.size(); ++p) {
      WEIR_TRY(columnar::Part::Runs table, view_.parts[p]->run_table());
      std::optional<uint32_t> run = table.find(subject);
      if (!run) continue;
      columnar::PartReader& reader = readers_[p];
      uint32_t end = table.first_row(*run + 1);
      for (uint32_t row = table.first_row(*run); row < end; ++row) {
        uint32_t code = reader.event_code(row);
        if (!wanted(code)) continue;
        TimeMs time = reader.time(row);
        if (query_.before && time > query_.before->time) continue;
        add({time, reader.position(row), reader.hop(row), p, row, code, subject});
      }
    }
    return {};
  }

  void find_in_head(const std::vector<uint32_t>& subjects) {
    const columnar::HeadView& head = view_.head;
    auto source = static_cast<uint32_t>(view_.parts.size());
    for (uint32_t row = 0; row < head.rows(); ++row) {
      if (std::find(subjects.begin(), subjects.end(), head.subject(row)) == subjects.end())
        continue;
      if (!wanted(head.event(row))) continue;
      add({head.time(row), head.position(row), head.hop(row), source, row, head.event(row),
           head.subject(row)});
    }
  }

  TimelineEvent event(const At& at) {
    TimelineEvent out;
    out.time = at.time;
    out.name = (*view_.dictionary)[Family::Event].text(at.event);
    out.position = at.position;
    out.hop = at.hop;
    if (at.source == view_.parts.size()) {
      for (const auto& cell : view_.head.cells(at.row))
        put(cell.property, columnar::to_cell(cell), out);
      return out;
    }
    columnar::PartReader& reader = readers_[at.source];
    columnar::PartReader::At where = reader.at(at.row);
    for (columnar::ValueColumn& column : reader.columns_of(where.local)) {
      Cell cell = column.read(where.ordinal, where.run);
      if (!cell.missing()) put(column.property(), cell, out);
    }
    return out;
  }

  void put(uint32_t property, const Cell& cell, TimelineEvent& out) {
    std::string_view name = (*view_.dictionary)[Family::Property].text(property);
    Value value = from_cell(cell, *view_.dictionary);
    if (name == kSourceProperty) {
      out.source = display_text(value);
    } else if (!is_internal(name)) {
      out.properties.push_back({std::string(name), std::move(value)});
    }
  }

  const columnar::View& view_;
  const TimelineQuery& query_;
  std::vector<columnar::PartReader> readers_;
  std::vector<uint32_t> codes_;
  std::vector<At> found_;
  std::vector<IdentityOrdinal> subjects_;  // of the page's events
};

/// Of an event of a log record; `hop` is its number in a record of many.
std::string message_id_of(const Envelope& record, uint32_t hop) {
  if (record.kind != RecordKind::ImportChunk) return record.message_id;
  auto chunk = decode_event_chunk(string_property(record.properties, kChunkRows));
  return chunk && hop < chunk->rows() ? chunk->message_id(hop) : std::string();
}

std::string_view type_name(CellType type) {
  switch (type) {
    case CellType::Bool: return "bool";
    case CellType::Int: return "int";
    case CellType::Double: return "number";
    case CellType::Text: return "text";
    case CellType::List: return "list";
    case CellType::Json: return "json";
    case CellType::Present: return "sealed";
    case CellType::Missing: break;
  }
  return "";
}

}  // namespace

Result<TimelinePage> read_timeline(const columnar::View& view, const TimelineQuery& query,
                                   Outside* outside) {
  Timeline timeline(view, query);
  WEIR_TRY(TimelinePage page, timeline.read());
  if (outside == nullptr || page.events.empty()) return page;
  WEIR_TRY(auto identities, outside->identities(timeline.subjects()));
  for (size_t i = 0; i < page.events.size(); ++i) {
    TimelineEvent& event = page.events[i];
    event.identity = std::move(identities[i]);
    // A derived fact is not a record of the log, and old parts do not say where theirs were.
    if (event.source == "weir" || !timeline.has_position(i)) continue;
    // A trimmed record is no error: the event itself is kept longer than the log.
    if (auto record = outside->record(event.position))
      event.message_id = message_id_of(*record, event.hop);
  }
  return page;
}

std::vector<EventSchema> read_schema(const columnar::View& view) {
  struct Counted {
    uint64_t rows = 0;
    std::map<uint32_t, CellType> properties;
    // A property with several types is shown as the first; numbers of both kinds as "number".
    void add(uint32_t property, CellType type) {
      auto [it, fresh] = properties.try_emplace(property, type);
      if (!fresh && it->second == CellType::Int && type == CellType::Double) it->second = type;
    }
  };
  std::map<uint32_t, Counted> events;
  for (const auto& part : view.parts) {
    for (const columnar::EventRef& event : part->footer().events) {
      Counted& counted = events[event.code];
      counted.rows += event.rows;
      for (uint32_t s : event.sections) {
        counted.add(part->footer().sections[s].property, part->footer().sections[s].type);
      }
    }
  }
  for (uint32_t row = 0; row < view.head.rows(); ++row) {
    Counted& counted = events[view.head.event(row)];
    ++counted.rows;
    for (const columnar::HeadCell& cell : view.head.cells(row))
      counted.add(cell.property, cell.type);
  }
  std::vector<EventSchema> out;
  const columnar::Dictionary& dictionary = *view.dictionary;
  for (const auto& [code, counted] : events) {
    EventSchema& schema = out.emplace_back();
    schema.name = dictionary[Family::Event].text(code);
    schema.count = counted.rows;
    for (const auto& [property, type] : counted.properties) {
      std::string_view name = dictionary[Family::Property].text(property);
      if (!is_internal(name))
        schema.properties.push_back({std::string(name), std::string(type_name(type))});
    }
  }
  std::sort(out.begin(), out.end(), [](const EventSchema& a, const EventSchema& b) {
    return a.count != b.count ? a.count > b.count : a.name < b.name;
  });
  return out;
}

}  // namespace weir::embedded
