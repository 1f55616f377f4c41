#include "collect/import/event_pieces.h"

#include "base/bytes.h"
#include "collect/import/cells.h"
#include "collect/import/import_item.h"
#include "collect/import/imports.h"
#include "collect/import/row_ends.h"
#include "collect/values.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <charconv>

namespace weir::collect {
namespace {

static_assert(PieceFile::kPadding >= simdjson::SIMDJSON_PADDING);

constexpr size_t kNone = std::string_view::npos;
constexpr size_t kChunkBytes = 1 << 20;
constexpr size_t kRowBytes = 64 << 10;  // longer rows are checked against the limits of items
constexpr size_t kRefusedBytes = 1 << 20;
constexpr size_t kIdBytes = 255;
constexpr size_t kFileDigits = 16;
// The server applies the clock rules: no time of a file is ahead of this one.
constexpr TimeMs kNoClock = 90'000'000'000'000;
// Times that mean milliseconds without a doubt (values.h, read_time).
constexpr TimeMs kTimeMin = 100'000'000'000, kTimeMax = 4'000'000'000'000;
constexpr uint8_t kBool = 1, kInt = 2, kDouble = 3, kText = 4;

/// Digits with an optional minus and up to six decimals, fifteen digits in all.
bool parse_plain(std::string_view text, int64_t& micros, bool& whole) {
  bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 16) return false;
  int64_t number = 0;
  int decimals = -1, digits = 0;
  for (char c : text) {
    if (c == '.' && decimals < 0 && digits > 0) {
      decimals = 0;
      continue;
    }
    if (c < '0' || c > '9') return false;
    number = number * 10 + (c - '0');
    if (decimals >= 0) ++decimals;
    ++digits;
    if (digits > 12 || decimals > 6) return false;
  }
  whole = decimals <= 0;
  for (int i = std::max(decimals, 0); i < 6; ++i) number *= 10;
  micros = negative ? -number : number;
  return true;
}

bool is_clean_id(std::string_view text) {
  if (text.size() > kIdBytes) return false;
  // A plus is in every number that a spreadsheet rounded.
  return std::ranges::none_of(text,
                              [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == '+'; });
}

}  // namespace

bool fits_chunks(const ImportMapping& mapping) {
  return mapping.feed == "events" && !mapping.ids.empty() && mapping.traits.empty() &&
         std::ranges::none_of(mapping.ids, [](const IdColumn& id) { return is_personal(id.kind); });
}

std::string PieceRows::body() const {
  json::object head{{"from_item", first_item}, {"rows_done", rows_done}, {"items", refused}};
  std::string out;
  ByteWriter w(out);
  w.string(json::to_text(head));
  w.varint(chunks.size());
  for (const std::string& chunk : chunks) w.string(chunk);
  return out;
}

PieceReader::PieceReader(const PieceFile& file, const ImportMapping& mapping)
    : file_(file),
      mapping_(mapping),
      file_id_(file.table().checksum().substr(0, kFileDigits)),
      table_(file.table()),
      items_(file.table().without_rows(), mapping),
      builder_(file_id_),
      times_(mapping.time_zone),
      name_column_(mapping.word("event")),
      time_column_(mapping.word("time")),
      message_id_column_(mapping.word("message_id")),
      cells_(file.table().columns().size()),
      id_texts_(mapping.ids.size()),
      builder_columns_(mapping.properties.size()) {
  for (const NamedColumn& property : mapping.properties) {
    // Every row is refused then, each with its reason.
    if (check_key(property.name, "properties", {})) fast_ = false;
  }
}

Result<std::vector<PieceRows>> PieceReader::read(const PieceFile::Piece& piece, uint64_t from) {
  std::vector<PieceRows> all(1);
  all.back().first_item = std::max(from, piece.rows_before);
  WEIR_TRY(std::string_view text, file_.read(piece, buffer_));
  bool json = file_.table().is_json();
  char separator = file_.table().separator();
  uint64_t number = piece.rows_before;
  for (size_t at = skip_blank_rows(text, 0, json); at < text.size();) {
    size_t end = json ? text.find('\n', at) : csv_row_end(text, at, separator);
    size_t next = end == kNone ? text.size() : end + (json ? 1 : 0);
    if (++number > from) read_row(text.substr(at, next - at), number, all.back());
    at = skip_blank_rows(text, next, json);
    if (all.back().refused_bytes < kRefusedBytes || at >= text.size()) continue;
    close_chunk(all.back());
    all.back().rows_done = number;
    all.emplace_back().first_item = number;
  }
  close_chunk(all.back());
  all.back().rows_done = number;
  if (number == piece.rows_before + piece.rows) return all;
  return fail(ErrorCode::DataLoss, "the file changed while it was imported");
}

void PieceReader::read_row(std::string_view row, uint64_t number, PieceRows& out) {
  while (row.ends_with('\n') || row.ends_with('\r')) row.remove_suffix(1);
  bool usual = fast_ && row.size() <= kRowBytes &&
               (file_.table().is_json() ? split_json(row) : split_csv(row)) && take(number);
  if (!usual) read_slowly(row, number, out);
  if (builder_.rows() == EventChunk::kRowsMax || builder_.text_bytes() > kChunkBytes)
    close_chunk(out);
}

void PieceReader::close_chunk(PieceRows& out) {
  if (builder_.rows() > 0) out.chunks.push_back(builder_.take());
}

bool PieceReader::split_csv(std::string_view row) {
  if (row.find('"') != kNone) return false;
  char separator = file_.table().separator();
  size_t n = 0, at = 0;
  while (n < cells_.size()) {
    size_t end = at;
    while (end < row.size() && row[end] != separator) ++end;
    std::string_view text = row.substr(at, end - at);
    if (!text.empty() && (text.front() <= '\'' || text.front() == '=' || text.back() <= ' '))
      text = bare_cell(text);
    cells_[n++] = {text.empty() ? Cell::Type::Missing : Cell::Type::Text, text, 0};
    at = end + 1;
    if (end == row.size()) break;
  }
  return n == cells_.size() && at > row.size();
}

bool PieceReader::split_json(std::string_view row) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(row.data(), row.size(), false).get_object().get(object)) return false;
  std::ranges::fill(cells_, Cell{});
  size_t i = 0;
  for (auto [key, value] : object) {
    if (i == usual_.size()) usual_.push_back(-1);
    int& column = usual_[i++];
    if (column < 0 || table_.columns()[static_cast<size_t>(column)] != key)
      column = table_.column(key);
    if (column < 0) continue;
    Cell& cell = cells_[static_cast<size_t>(column)];
    if (cell.type != Cell::Type::Missing) return false;  // said twice
    using enum simdjson::dom::element_type;
    switch (value.type()) {
      case NULL_VALUE: break;
      case STRING: cell = {Cell::Type::Text, value.get_string().value_unsafe(), 0}; break;
      case INT64:
        cell = {Cell::Type::Integer, {}, static_cast<uint64_t>(value.get_int64().value_unsafe())};
        break;
      case DOUBLE:
        cell = {Cell::Type::Number, {}, std::bit_cast<uint64_t>(value.get_double().value_unsafe())};
        break;
      case BOOL: cell = {Cell::Type::Boolean, {}, value.get_bool().value_unsafe() ? 1u : 0u}; break;
      default: return false;
    }
  }
  return true;
}

bool PieceReader::take(uint64_t number) {
  std::string_view name;
  TimeMs time = 0;
  if (!find_name(name) || !find_time(cell(time_column_), time) || !find_person()) return false;
  std::string_view message_id;
  if (message_id_column_ >= 0) {
    const Cell& given = cell(message_id_column_);
    if (given.type != Cell::Type::Missing && given.type != Cell::Type::Text) return false;
    message_id = given.text;
  }
  found_.clear();
  for (size_t i = 0; i < mapping_.properties.size(); ++i) {
    const Cell& value = cell(mapping_.properties[i].column);
    if (value.type != Cell::Type::Missing && !find_property(i, value)) return false;
  }
  builder_.start_row(number, time, name, person_);
  if (!message_id.empty()) builder_.set_message_id(message_id);
  for (const Found& f : found_) {
    f.is_text ? builder_.set_text(f.column, f.text) : builder_.set_number(f.column, f.bits);
  }
  return true;
}

bool PieceReader::find_name(std::string_view& name) {
  if (name_column_ >= 0) {
    const Cell& given = cell(name_column_);
    if (given.type != Cell::Type::Missing && given.type != Cell::Type::Text) return false;
    name = given.text;
  }
  if (name.empty()) name = mapping_.event_name;
  if (name == last_name_ && !name.empty()) return true;
  if (!names_.contains(name)) {
    if (check_event_name(name, "name")) return false;
    names_.emplace(name);
  }
  last_name_ = name;
  return true;
}

bool PieceReader::find_time(const Cell& cell, TimeMs& time) {
  if (cell.type == Cell::Type::Text) {
    auto read = times_.read(cell.text);
    if (!read) return false;
    time = *read;
  } else if (cell.type == Cell::Type::Integer) {
    time = static_cast<TimeMs>(cell.bits);
  } else {
    return false;
  }
  return time >= kTimeMin && time < kTimeMax;
}

bool PieceReader::find_person() {
  person_.clear();
  for (size_t i = 0; i < mapping_.ids.size(); ++i) {
    const IdColumn& id = mapping_.ids[i];
    const Cell& value = cell(id.column);
    std::string_view text = value.text;
    if (value.type == Cell::Type::Integer) {
      char* from = id_texts_[i].digits;
      char* end = std::to_chars(from, from + sizeof(IdText), static_cast<int64_t>(value.bits)).ptr;
      text = {from, static_cast<size_t>(end - from)};
    } else if (value.type != Cell::Type::Text && value.type != Cell::Type::Missing) {
      return false;
    }
    if (text.empty()) continue;
    if (!is_clean_id(text)) return false;
    person_.push_back({id.kind, id.scope, text});
  }
  return !person_.empty();
}

bool PieceReader::find_property(size_t i, const Cell& cell) {
  switch (cell.type) {
    case Cell::Type::Integer: found(i, kInt, cell.bits); return true;
    case Cell::Type::Number: found(i, kDouble, cell.bits); return true;
    case Cell::Type::Boolean: found(i, kBool, cell.bits); return true;
    default: return find_typed(i, mapping_.properties[i].type, cell.text);
  }
}

bool PieceReader::find_typed(size_t i, CellType type, std::string_view text) {
  int64_t micros = 0;
  bool whole = false;
  TimeMs time = 0;
  switch (type) {
    case CellType::Text: found(i, kText, 0, text); return true;
    case CellType::Integer:
      if (!parse_plain(text, micros, whole) || !whole) return false;
      found(i, kInt, static_cast<uint64_t>(micros / 1'000'000));
      return true;
    case CellType::Number:
      if (!parse_plain(text, micros, whole)) return false;
      found(i, kDouble, std::bit_cast<uint64_t>(static_cast<double>(micros) / 1e6));
      return true;
    case CellType::Boolean:
      if (text != "true" && text != "false" && text != "1" && text != "0") return false;
      found(i, kBool, text == "true" || text == "1" ? 1 : 0);
      return true;
    case CellType::Time:
      if (!find_time({Cell::Type::Text, text, 0}, time)) return false;
      found(i, kInt, static_cast<uint64_t>(time));
      return true;
    case CellType::List: return false;
  }
  return false;
}

void PieceReader::found(size_t i, uint8_t type, uint64_t bits, std::string_view text) {
  uint32_t& column = builder_columns_[i][type];
  if (column == 0) column = builder_.column(mapping_.properties[i].name, type) + 1;
  found_.push_back({column - 1, type == kText, text, bits});
}

void PieceReader::read_slowly(std::string_view row, uint64_t number, PieceRows& out) {
  TableRow cells;
  table_.continue_with(row, number - 1);
  if (!table_.next(cells)) return;
  json::object item = items_.event_item(cells);
  if (json::find(item, "reason") == nullptr) {
    std::string text = json::to_text(item);
    Json parsed;
    Verdict bad = thread_json_reader().read(text, parsed);
    ImportItem read;
    if (!bad) read = read_import_item(parsed, {}, mapping_.feed, kNoClock);
    if (!bad && !read.refused) return keep(read.envelope, number);
    if (!bad) {
      bad = std::move(read.refused);
      bad->message.erase(0, fmt::format("row {}: ", number).size());  // the server puts it there
    }
    item = refused_item(number, 1, *bad, row);
  }
  out.refused_bytes += json::to_text(item).size();
  out.refused.push_back(std::move(item));
}

void PieceReader::keep(const Envelope& e, uint64_t number) {
  person_.clear();
  for (const Identity& id : e.identities) person_.push_back({id.kind, id.scope, id.value});
  builder_.start_row(number, e.event_time, e.name, person_);
  if (e.message_id != fmt::format("{}:{}", file_id_, number)) builder_.set_message_id(e.message_id);
  for (const Property& property : e.properties) {
    if (property.name != kImportIdProperty && property.name != kImportRowsProperty)
      builder_.set(property.name, property.value);
  }
}

}  // namespace weir::collect
