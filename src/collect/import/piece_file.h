#pragma once
// A file of rows in pieces that can be read on their own, in any order and on any thread. Files in
// plain UTF-8 are read from the disk a piece at a time, however large they are; compressed files
// and other encodings are decoded into memory first.

#include "base/env.h"
#include "collect/import/table_file.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::collect {

class PieceFile {
 public:
  static constexpr uint64_t kPieceRows = 16384;
  static constexpr size_t kPieceBytes = 2 << 20;

  struct Piece {
    uint64_t offset = 0, size = 0;  // whole rows, blank ones between them
    uint64_t rows_before = 0, rows = 0;
  };

  /// Reads the file once, for its checksum and to find the pieces.
  static Result<PieceFile> open(FileSystem& files, const std::string& path,
                                std::string_view encoding);

  /// Format and columns; its rows are only some of the first ones.
  const TableFile& table() const { return *table_; }
  uint64_t rows() const { return rows_; }
  const std::vector<Piece>& pieces() const { return pieces_; }
  /// The piece's text with kPadding readable bytes behind it; may point into `buffer`. Any thread.
  Result<std::string_view> read(const Piece& piece, std::string& buffer) const;
  static constexpr size_t kPadding = 64;

 private:
  Result<bool> open_plain(FileSystem& files, const std::string& path, std::string_view encoding);
  Status open_decoded(FileSystem& files, const std::string& path, std::string_view encoding);
  /// Takes whole rows from the front of `text`, which lies at `offset`; returns what it took.
  size_t take_rows(std::string_view text, uint64_t offset, bool last);

  std::shared_ptr<File> file_;  // null when decoded
  std::unique_ptr<TableFile> table_;
  uint64_t rows_ = 0;
  std::vector<Piece> pieces_;
};

}  // namespace weir::collect
