#pragma once
// Rows of imported history, column by column: what one log record of kind ImportChunk holds, so
// that a file of millions of rows costs a record per thousands of them. Texts are said once per
// chunk. Layout: docs/internals/envelope.md.

#include "model/envelope.h"

#include <absl/container/flat_hash_map.h>

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// An identity that points into somebody else's text.
struct IdentityRef {
  IdentityKind kind = IdentityKind::UserId;
  std::string_view scope, value;
};

/// Views point into the bytes it was decoded from.
struct EventChunk {
  static constexpr uint32_t kRowsMax = 4096;

  /// Values of one property and one type, by row.
  struct Column {
    std::string_view property;
    uint8_t type = 0;                     // index in Value: bool, int64, double, text, list or JSON
    std::vector<std::string_view> texts;  // text, list (as encode_value), JSON: distinct values
    std::vector<uint32_t> codes;          // of those types: number in `texts` + 1; 0 = missing
    std::vector<uint64_t> bits;           // of the others
    std::vector<uint8_t> present;
    bool coded() const { return type >= 4; }
    bool has(uint32_t row) const { return coded() ? codes[row] != 0 : present[row] != 0; }
    Value value(uint32_t row) const;  // of a row that has one
  };

  uint32_t rows() const { return static_cast<uint32_t>(times.size()); }
  std::span<const Identity> person(uint32_t i) const {
    uint32_t from = i == 0 ? 0 : person_ends[i - 1];
    return std::span(identities).subspan(from, person_ends[i] - from);
  }
  uint32_t persons() const { return static_cast<uint32_t>(person_ends.size()); }
  /// Dedupe key of a row within the source: its own one, or `file`:number.
  std::string message_id(uint32_t row) const;
  bool has_message_id(uint32_t row) const {
    return !message_ids.empty() && !message_ids[row].empty();
  }

  std::string_view file;          // names the file's bytes; the same file again has the same
  std::vector<uint64_t> numbers;  // of the row in the file
  std::vector<TimeMs> times;
  std::vector<std::string_view> names;
  std::vector<uint32_t> name_codes;
  std::vector<Identity> identities;  // of all persons, one after the other
  std::vector<uint32_t> person_ends;
  std::vector<uint32_t> person_codes;
  std::vector<std::string_view> message_ids;  // empty when no row has one of its own
  std::vector<Column> columns;
};

/// DataLoss when the bytes are not a whole chunk: what it returns is safe to index.
Result<EventChunk> decode_event_chunk(std::string_view bytes);

/// The row as the record that it would be alone. `import` is its ImportChunk record.
Envelope row_envelope(const EventChunk& chunk, uint32_t row, const Envelope& import);

/// Makes chunks row by row. Texts are copied once per chunk.
class EventChunkBuilder {
 public:
  explicit EventChunkBuilder(std::string file) : file_(std::move(file)) {}
  EventChunkBuilder(EventChunkBuilder&&) = default;  // a copy would point into the original

  /// A column for set_text() …; the same for the same property and type.
  uint32_t column(std::string_view property, uint8_t type);

  void start_row(uint64_t number, TimeMs time, std::string_view name,
                 std::span<const IdentityRef> person);
  void set_message_id(std::string_view id);
  /// Of the row that was started last, once per property.
  void set_text(uint32_t column, std::string_view text) {
    columns_[column].codes.back() = columns_[column].table.code(text) + 1;
    text_bytes_ += text.size();
  }
  void set_number(uint32_t column, uint64_t bits) {
    columns_[column].bits.back() = bits;
    columns_[column].present.back() = 1;
  }
  /// Missing and sealed values have no column: a row with sealed ones is a record of its own.
  void set(std::string_view property, const Value& value);
  /// A row of another chunk.
  void add(const EventChunk& chunk, uint32_t row);

  uint32_t rows() const { return static_cast<uint32_t>(times_.size()); }
  size_t text_bytes() const { return text_bytes_; }  // of all rows, as if nothing were said once
  /// The chunk's bytes; the builder is empty again and keeps its columns.
  std::string take();

 private:
  /// Distinct texts with codes 0, 1, 2 …
  struct Table {
    struct Hash {
      size_t operator()(std::string_view text) const;
    };
    uint32_t code(std::string_view text);
    void clear();
    absl::flat_hash_map<std::string_view, uint32_t, Hash> codes;
    std::vector<std::string_view> texts;
    std::deque<std::string> blocks;
    uint32_t last = 0;  // rows in a row mostly say the same
  };
  struct Column {
    std::string property;
    uint8_t type = 0;
    Table table;
    std::vector<uint32_t> codes;
    std::vector<uint64_t> bits;
    std::vector<uint8_t> present;
  };

  const std::string file_;
  size_t text_bytes_ = 0;
  std::vector<uint64_t> numbers_;
  std::vector<TimeMs> times_;
  Table names_, persons_;
  std::vector<uint32_t> name_codes_, person_codes_;
  std::vector<std::string> message_ids_;
  std::deque<Column> columns_;
  std::string scratch_;
};

}  // namespace weir
