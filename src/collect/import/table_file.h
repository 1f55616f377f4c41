#pragma once
// Files of rows: CSV (RFC 4180), TSV and JSON lines, plain or .gz, in UTF-8, UTF-16LE or GB18030.

#include "base/env.h"
#include "model/value.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::collect {

/// One row. `cells` has one entry per column; a missing cell is monostate. CSV cells are text; JSON
/// cells keep their type.
struct TableRow {
  uint64_t number = 0;  // 1 = the first row after the header
  std::vector<Value> cells;
  std::string_view text;  // the row as it is in the file (in UTF-8)
  std::string error;      // not empty: the row cannot be read, and why
};

class TableFile {
 public:
  /// Opens and decodes. `encoding`: "auto", "utf-8", "utf-16le", "gb18030" ("gbk" is part of it).
  static Result<TableFile> open(FileSystem& files, const std::string& path,
                                std::string_view encoding);
  /// For tests and uploads: `name` tells the format by its ending.
  static Result<TableFile> from_bytes(std::string bytes, std::string_view name,
                                      std::string_view encoding);

  const std::vector<std::string>& columns() const { return columns_; }
  /// -1 when there is none.
  int column(std::string_view name) const;
  std::string_view checksum() const { return checksum_; }  // SHA-256 of the bytes on disk, hex

  /// Reads rows from the first one on; false at the end. Blank lines are not rows.
  bool next(TableRow& row);
  void rewind();
  /// Goes on with `text`, rows of a file with the same columns, of which `rows_before` came before;
  /// `text` outlives the reading.
  void continue_with(std::string_view text, uint64_t rows_before);
  /// The same columns and checksum, and nothing to read.
  TableFile without_rows() const;
  /// Of the file that this one is the beginning of.
  void set_checksum(std::string checksum) { checksum_ = std::move(checksum); }
  bool is_json() const { return format_ == Format::Jsonl; }
  char separator() const { return separator_; }
  /// All of it, decoded, header included; and where rows begin.
  std::string_view text() const { return text_; }
  size_t rows_start() const { return start_; }

 private:
  enum class Format { Csv, Jsonl };
  Status read_header();
  Status collect_json_columns();
  bool next_record(std::vector<std::string>& cells, std::string_view& text, std::string& error);
  bool next_csv(TableRow& row);
  bool next_json(TableRow& row);

  std::shared_ptr<const std::string> decoded_;
  std::string_view text_;
  std::string checksum_;
  Format format_ = Format::Csv;
  char separator_ = ',';
  std::vector<std::string> columns_;
  size_t start_ = 0, at_ = 0;
  uint64_t row_ = 0;
};

/// Removes what spreadsheets put around values: ="00123", a leading apostrophe, blanks.
std::string_view bare_cell(std::string_view cell);

}  // namespace weir::collect
