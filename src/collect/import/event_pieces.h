#pragma once
// From a piece of a file of events to the body of a request (rows_request.h): ordinary rows go
// straight into chunks; a row with anything unusual about it is read as the row path reads it, so
// that both give the same events and the same refusals.

#include "collect/import/item_reader.h"
#include "collect/import/mapping.h"
#include "collect/import/piece_file.h"
#include "collect/import/time_reader.h"
#include "model/event_chunk.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace weir::collect {

/// True when rows of this mapping can go in chunks: events whose people are told by identities
/// that are not personal (phone numbers and addresses are sealed record by record).
bool fits_chunks(const ImportMapping& mapping);

/// Rows that follow one another, ready to be sent at once.
struct PieceRows {
  uint64_t first_item = 0, rows_done = 0;  // items of events are rows
  size_t refused_bytes = 0;
  std::vector<std::string> chunks;
  json::array refused;  // items with a reason

  std::string body() const;
};

/// One per thread.
class PieceReader {
 public:
  PieceReader(const PieceFile& file, const ImportMapping& mapping);

  /// Leaves out the rows before item `from`. Mostly one answer; more when many rows are refused,
  /// so that none is larger than a server takes.
  Result<std::vector<PieceRows>> read(const PieceFile::Piece& piece, uint64_t from);

 private:
  /// A cell as the file has it; JSON knows more types than text.
  struct Cell {
    enum class Type : uint8_t { Missing, Text, Integer, Number, Boolean } type = Type::Missing;
    std::string_view text;
    uint64_t bits = 0;
  };
  /// A property of the row in hand.
  struct Found {
    uint32_t column;  // of the builder
    bool is_text;
    std::string_view text;
    uint64_t bits;
  };
  struct IdText {
    char digits[24];
  };

  void read_row(std::string_view row, uint64_t number, PieceRows& out);
  // False for an unusual row; nothing was kept of it.
  bool split_csv(std::string_view row);
  bool split_json(std::string_view row);
  bool take(uint64_t number);
  bool find_name(std::string_view& name);
  bool find_time(const Cell& cell, TimeMs& time);
  bool find_person();
  bool find_property(size_t i, const Cell& cell);
  bool find_typed(size_t i, CellType type, std::string_view text);
  void found(size_t i, uint8_t type, uint64_t bits, std::string_view text = {});
  void read_slowly(std::string_view row, uint64_t number, PieceRows& out);
  void keep(const Envelope& e, uint64_t number);
  void close_chunk(PieceRows& out);
  const Cell& cell(int column) const { return cells_[static_cast<size_t>(column)]; }

  const PieceFile& file_;
  const ImportMapping& mapping_;
  const std::string file_id_;
  TableFile table_;  // reads unusual rows
  ItemReader items_;
  EventChunkBuilder builder_;
  TimeReader times_;
  bool fast_ = true;
  const int name_column_, time_column_, message_id_column_;
  std::string buffer_;
  std::vector<Cell> cells_;
  std::vector<int> usual_;  // JSON: column of the i-th member of the last row
  std::vector<IdentityRef> person_;
  std::vector<IdText> id_texts_;
  std::vector<Found> found_;
  std::vector<std::array<uint32_t, 8>> builder_columns_;  // by property and type, plus one
  StringSet names_;                                       // that check_event_name takes
  std::string last_name_;
};

}  // namespace weir::collect
