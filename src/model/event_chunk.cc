#include "model/event_chunk.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace weir {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kTextBlock = 64 << 10;
constexpr uint8_t kBool = 1, kInt = 2, kDouble = 3, kText = 4, kJson = 6;

/// Numbers as planes: the lowest byte of each, then the next one, as many as the largest needs.
/// Half of the bytes of times and codes are equal or zero, and planes cost a loop without branches.
template <class T>
void put_numbers(const std::vector<T>& values, std::string& out) {
  uint64_t all = 0;
  for (T v : values) all |= static_cast<uint64_t>(v);
  size_t width = (static_cast<size_t>(std::bit_width(all)) + 7) / 8;
  out.push_back(static_cast<char>(width));
  size_t at = out.size();
  out.resize(at + width * values.size());
  for (size_t plane = 0; plane < width; ++plane) {
    for (T v : values) out[at++] = static_cast<char>(static_cast<uint64_t>(v) >> (8 * plane));
  }
}

template <class T>
std::vector<T> get_numbers(ByteReader& r, size_t count) {
  std::vector<T> values;
  size_t width = r.u8();
  std::string_view planes = width <= sizeof(T) ? r.bytes(width * count) : std::string_view();
  if (planes.size() != width * count) return values;
  values.resize(count);
  for (size_t plane = 0; plane < width; ++plane) {
    const char* from = planes.data() + plane * count;
    for (size_t i = 0; i < count; ++i) {
      values[i] |= static_cast<T>(static_cast<uint8_t>(from[i])) << (8 * plane);
    }
  }
  return values;
}

/// Times and file numbers lie close together: differences to the smallest.
template <class T>
void put_near(const std::vector<T>& values, std::string& out) {
  T base = values.empty() ? T{} : *std::min_element(values.begin(), values.end());
  std::vector<uint64_t> near(values.size());
  for (size_t i = 0; i < near.size(); ++i)
    near[i] = static_cast<uint64_t>(values[i]) - static_cast<uint64_t>(base);
  ByteWriter(out).zigzag(static_cast<int64_t>(base));
  put_numbers(near, out);
}

template <class T>
std::vector<T> get_near(ByteReader& r, size_t count) {
  auto base = static_cast<uint64_t>(r.zigzag());
  std::vector<uint64_t> near = get_numbers<uint64_t>(r, count);
  std::vector<T> values(near.size());
  for (size_t i = 0; i < near.size(); ++i) values[i] = static_cast<T>(base + near[i]);
  return values;
}

void put_texts(const std::vector<std::string_view>& texts, std::string& out) {
  ByteWriter w(out);
  w.varint(texts.size());
  for (std::string_view text : texts) w.string(text);
}

std::vector<std::string_view> get_texts(ByteReader& r) {
  std::vector<std::string_view> texts;
  uint64_t count = r.varint();
  if (count > EventChunk::kRowsMax) return texts;  // every text is in some row
  texts.reserve(count);
  for (uint64_t i = 0; i < count && r.ok(); ++i) texts.push_back(r.string());
  return texts;
}

bool below(const std::vector<uint32_t>& codes, size_t count, size_t limit) {
  return codes.size() == count &&
         std::all_of(codes.begin(), codes.end(), [&](uint32_t code) { return code < limit; });
}

bool read_person(std::string_view bytes, EventChunk& chunk) {
  ByteReader r(bytes);
  while (r.ok() && !r.at_end()) {
    auto kind = static_cast<IdentityKind>(r.u8());
    std::string scope(r.string());
    chunk.identities.push_back({kind, std::move(scope), std::string(r.string())});
  }
  chunk.person_ends.push_back(static_cast<uint32_t>(chunk.identities.size()));
  return r.ok();
}

bool read_column(ByteReader& r, size_t rows, EventChunk::Column& column) {
  column.property = r.string();
  column.type = r.u8();
  if (column.type < kBool || column.type > kJson) return false;
  if (column.coded()) {
    column.texts = get_texts(r);
    column.codes = get_numbers<uint32_t>(r, rows);
    return below(column.codes, rows, column.texts.size() + 1);
  }
  column.present = get_numbers<uint8_t>(r, rows);
  column.bits = get_numbers<uint64_t>(r, rows);
  return column.present.size() == rows && column.bits.size() == rows;
}

}  // namespace

Result<EventChunk> decode_event_chunk(std::string_view bytes) {
  ByteReader r(bytes);
  EventChunk chunk;
  bool ok = r.u8() == kVersion;
  chunk.file = r.string();
  uint64_t rows = r.varint();
  ok = ok && r.ok() && rows <= EventChunk::kRowsMax;
  if (!ok) rows = 0;
  chunk.numbers = get_near<uint64_t>(r, rows);
  chunk.times = get_near<TimeMs>(r, rows);
  chunk.names = get_texts(r);
  chunk.name_codes = get_numbers<uint32_t>(r, rows);
  std::vector<std::string_view> persons = get_texts(r);
  for (std::string_view person : persons) ok = read_person(person, chunk) && ok;
  chunk.person_codes = get_numbers<uint32_t>(r, rows);
  ok = ok && chunk.numbers.size() == rows && chunk.times.size() == rows &&
       below(chunk.name_codes, rows, chunk.names.size()) &&
       below(chunk.person_codes, rows, persons.size());
  if (r.u8() != 0) {
    chunk.message_ids = get_texts(r);
    ok = ok && chunk.message_ids.size() == rows;
  }
  uint64_t columns = r.varint();
  for (uint64_t i = 0; i < columns && ok && r.ok(); ++i)
    ok = read_column(r, rows, chunk.columns.emplace_back());
  if (!ok || !r.ok() || !r.at_end()) {
    return fail(ErrorCode::DataLoss, "the rows are not a chunk of a version this build knows");
  }
  return chunk;
}

Value EventChunk::Column::value(uint32_t row) const {
  if (type == kText) return std::string(texts[codes[row] - 1]);
  if (type == kJson) return JsonText{std::string(texts[codes[row] - 1])};
  if (type == kBool) return bits[row] != 0;
  if (type == kInt) return static_cast<int64_t>(bits[row]);
  if (type == kDouble) return std::bit_cast<double>(bits[row]);
  auto list = decode_value(texts[codes[row] - 1]);
  return list ? *std::move(list) : Value();
}

std::string EventChunk::message_id(uint32_t row) const {
  if (has_message_id(row)) return std::string(message_ids[row]);
  return fmt::format("{}:{}", file, numbers[row]);
}

Envelope row_envelope(const EventChunk& chunk, uint32_t row, const Envelope& import) {
  Envelope e;
  e.kind = RecordKind::Track;
  e.trust = import.trust;
  e.historical = import.historical;
  e.source = import.source;
  e.message_id = chunk.message_id(row);
  e.name = chunk.names[chunk.name_codes[row]];
  e.event_time = chunk.times[row];
  e.received_time = import.received_time;
  auto person = chunk.person(chunk.person_codes[row]);
  e.identities.assign(person.begin(), person.end());
  for (const EventChunk::Column& column : chunk.columns) {
    if (column.has(row)) e.properties.push_back({std::string(column.property), column.value(row)});
  }
  return e;
}

size_t EventChunkBuilder::Table::Hash::operator()(std::string_view text) const {
  return hash64(text);
}

uint32_t EventChunkBuilder::Table::code(std::string_view text) {
  if (last < texts.size() && texts[last] == text) return last;
  auto it = codes.find(text);
  if (it == codes.end()) {
    if (blocks.empty() || blocks.back().capacity() - blocks.back().size() < text.size())
      blocks.emplace_back().reserve(std::max(kTextBlock, text.size()));
    std::string& block = blocks.back();
    size_t at = block.size();
    block.append(text);  // within the capacity: earlier views stay
    std::string_view kept(block.data() + at, text.size());
    it = codes.emplace(kept, static_cast<uint32_t>(texts.size())).first;
    texts.push_back(kept);
  }
  return last = it->second;
}

void EventChunkBuilder::Table::clear() {
  codes.clear();
  texts.clear();
  if (blocks.size() > 1) blocks.resize(1);
  if (!blocks.empty()) blocks.front().clear();
  last = 0;
}

uint32_t EventChunkBuilder::column(std::string_view property, uint8_t type) {
  for (uint32_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].type == type && columns_[i].property == property) return i;
  }
  Column& added = columns_.emplace_back();
  added.property = property;
  added.type = type;
  if (type >= kText) {
    added.codes.resize(times_.size());
  } else {
    added.bits.resize(times_.size());
    added.present.resize(times_.size());
  }
  return static_cast<uint32_t>(columns_.size() - 1);
}

void EventChunkBuilder::start_row(uint64_t number, TimeMs time, std::string_view name,
                                  std::span<const IdentityRef> person) {
  numbers_.push_back(number);
  times_.push_back(time);
  name_codes_.push_back(names_.code(name));
  scratch_.clear();
  ByteWriter w(scratch_);
  for (const IdentityRef& id : person) {
    w.u8(static_cast<uint8_t>(id.kind));
    w.string(id.scope);
    w.string(id.value);
  }
  person_codes_.push_back(persons_.code(scratch_));
  if (!message_ids_.empty()) message_ids_.emplace_back();
  for (Column& column : columns_) {
    if (column.type >= kText) {
      column.codes.push_back(0);
    } else {
      column.bits.push_back(0);
      column.present.push_back(0);
    }
  }
}

void EventChunkBuilder::set_message_id(std::string_view id) {
  message_ids_.resize(times_.size());
  message_ids_.back() = id;
  text_bytes_ += id.size();
}

void EventChunkBuilder::set(std::string_view property, const Value& value) {
  auto type = static_cast<uint8_t>(value.index());
  if (type < kBool || type > kJson) return;
  uint32_t at = column(property, type);
  if (const auto* text = std::get_if<std::string>(&value)) {
    set_text(at, *text);
  } else if (const auto* json = std::get_if<JsonText>(&value)) {
    set_text(at, json->text);
  } else if (std::holds_alternative<StringList>(value)) {
    set_text(at, encode_value(value));
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    set_number(at, *flag ? 1 : 0);
  } else if (const auto* whole = std::get_if<int64_t>(&value)) {
    set_number(at, static_cast<uint64_t>(*whole));
  } else {
    set_number(at, std::bit_cast<uint64_t>(std::get<double>(value)));
  }
}

void EventChunkBuilder::add(const EventChunk& chunk, uint32_t row) {
  std::vector<IdentityRef> person;
  for (const Identity& id : chunk.person(chunk.person_codes[row]))
    person.push_back({id.kind, id.scope, id.value});
  start_row(chunk.numbers[row], chunk.times[row], chunk.names[chunk.name_codes[row]], person);
  if (chunk.has_message_id(row)) set_message_id(chunk.message_ids[row]);
  for (const EventChunk::Column& from : chunk.columns) {
    if (!from.has(row)) continue;
    uint32_t to = column(from.property, from.type);
    from.coded() ? set_text(to, from.texts[from.codes[row] - 1]) : set_number(to, from.bits[row]);
  }
}

std::string EventChunkBuilder::take() {
  std::string out;
  ByteWriter w(out);
  w.u8(kVersion);
  w.string(file_);
  w.varint(times_.size());
  put_near(numbers_, out);
  put_near(times_, out);
  put_texts(names_.texts, out);
  put_numbers(name_codes_, out);
  put_texts(persons_.texts, out);
  put_numbers(person_codes_, out);
  w.u8(message_ids_.empty() ? 0 : 1);
  if (!message_ids_.empty()) {
    w.varint(message_ids_.size());
    for (const std::string& id : message_ids_) w.string(id);
  }
  auto used = [](const Column& c) {
    return c.type >= kText ? !c.table.texts.empty()
                           : std::ranges::find(c.present, 1) != c.present.end();
  };
  w.varint(static_cast<uint64_t>(std::ranges::count_if(columns_, used)));
  for (Column& column : columns_) {
    if (used(column)) {
      w.string(column.property);
      w.u8(column.type);
      if (column.type >= kText) {
        put_texts(column.table.texts, out);
        put_numbers(column.codes, out);
      } else {
        put_numbers(column.present, out);
        put_numbers(column.bits, out);
      }
    }
    column.table.clear();
    column.codes.clear();
    column.bits.clear();
    column.present.clear();
  }
  for (Table* table : {&names_, &persons_}) table->clear();
  numbers_.clear();
  times_.clear();
  name_codes_.clear();
  person_codes_.clear();
  message_ids_.clear();
  text_bytes_ = 0;
  return out;
}

}  // namespace weir
