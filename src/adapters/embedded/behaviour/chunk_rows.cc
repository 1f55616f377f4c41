#include "adapters/embedded/behaviour/chunk_rows.h"

#include "adapters/embedded/behaviour/cells.h"
#include "base/hash.h"
#include "model/event_chunk.h"

#include <charconv>
#include <cstring>
#include <deque>

namespace weir::embedded {
namespace {

using columnar::Cell;
using columnar::CellType;
using columnar::HeadCell;
using columnar::NewCell;
using columnar::RowCoder;

HeadCell head_cell(uint32_t property, const Cell& cell) {
  return {property, cell.type, cell.size, cell.bits};
}

HeadCell text_cell(std::string_view property, std::string_view text, RowCoder& coder) {
  NewCell cell;
  cell.type = CellType::Text;
  cell.text = text;
  return head_cell(coder.property(property), coder.cell(cell));
}

/// One column of the chunk with its texts coded.
class Column {
 public:
  /// Bytes of lists are kept in `bytes`.
  Column(const EventChunk::Column& from, RowCoder& coder, std::deque<std::string>& bytes)
      : from_(from) {
    uint32_t property = coder.property(from.property);
    if (!from.coded()) {
      number_ = {property, number_type(from.type), 0, 0};
      return;
    }
    NewCell cell;
    for (std::string_view text : from.texts) {
      StringList list;
      cell = {};
      cell.text = text;
      cell.type = from.type == kText ? CellType::Text : CellType::Json;
      if (from.type == kList) {
        auto value = decode_value(text);
        if (value && std::holds_alternative<StringList>(*value))
          list = std::get<StringList>(*std::move(value));
        cell.type = CellType::List;
        cell.list = &list;
      }
      Cell coded = coder.cell(cell);
      if (from.type == kList) coded = Cell::of_bytes(coded.type, bytes.emplace_back(coded.bytes()));
      cells_.push_back(head_cell(property, coded));
    }
  }

  void put(uint32_t row, std::vector<HeadCell>& out) const {
    if (from_.coded()) {
      if (uint32_t code = from_.codes[row]; code != 0) out.push_back(cells_[code - 1]);
    } else if (from_.present[row] != 0) {
      out.push_back(number_);
      out.back().bits = from_.bits[row];
    }
  }

 private:
  static constexpr uint8_t kText = 4, kList = 5;
  static CellType number_type(uint8_t type) {
    constexpr CellType kTypes[] = {CellType::Missing, CellType::Bool, CellType::Int,
                                   CellType::Double};
    return kTypes[type];
  }

  const EventChunk::Column& from_;
  std::vector<HeadCell> cells_;  // by text
  HeadCell number_{};            // without its value
};

/// rank_of(chunk.message_id(row)) without making the text anew.
class Ranks {
 public:
  explicit Ranks(const EventChunk& chunk) : chunk_(chunk), id_(chunk.file) {
    id_.push_back(':');
    prefix_ = id_.size();
    id_.resize(prefix_ + 20);
  }
  columnar::RowRank of(uint32_t row) {
    if (chunk_.has_message_id(row)) return rank_of(chunk_.message_ids[row]);
    char* from = id_.data() + prefix_;
    char* end = std::to_chars(from, id_.data() + id_.size(), chunk_.numbers[row]).ptr;
    return rank_of({id_.data(), static_cast<size_t>(end - id_.data())});
  }

 private:
  const EventChunk& chunk_;
  std::string id_;
  size_t prefix_ = 0;
};

}  // namespace

columnar::RowRank rank_of(std::string_view message_id) {
  uint64_t high = 0;
  for (size_t i = 0; i < 8; ++i)
    high = high << 8 | (i < message_id.size() ? static_cast<uint8_t>(message_id[i]) : 0);
  return {high, static_cast<uint32_t>(hash64(message_id))};
}

void code_rows(const ChunkStep& step, RowCoder& coder, columnar::CodedRows& out) {
  out.clear();
  out.position = step.position;
  const EventChunk& chunk = step.chunk;
  std::vector<uint32_t> events;
  for (std::string_view name : chunk.names) events.push_back(coder.event(name));
  std::vector<Column> columns;
  columns.reserve(chunk.columns.size());
  for (const EventChunk::Column& column : chunk.columns)
    columns.emplace_back(column, coder, out.bytes);
  const HeadCell import = text_cell("$import", step.record.name, coder);
  const HeadCell source = text_cell(kSourceProperty, step.record.source, coder);
  const uint32_t received = coder.property(kReceivedProperty);
  Ranks ranks(chunk);
  for (uint32_t row : step.rows) {
    const ChunkStep::Person& person = step.persons[chunk.person_codes[row]];
    if (!person.profile) continue;
    out.subject.push_back(person.identity->value);
    out.event.push_back(events[chunk.name_codes[row]]);
    out.time.push_back(step.times[row]);
    out.rank.push_back(ranks.of(row));
    out.hop.push_back(static_cast<uint16_t>(row));
    for (const Column& column : columns) column.put(row, out.cells);
    out.cells.push_back(import);
    out.cells.push_back(source);
    if (TimeMs late = late_receipt(step.times[row], step.record.received_time); late != 0)
      out.cells.push_back({received, CellType::Int, 0, static_cast<uint64_t>(late)});
    out.cells_end.push_back(static_cast<uint32_t>(out.cells.size()));
  }
}

}  // namespace weir::embedded
