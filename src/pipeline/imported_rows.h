#pragma once
// Which rows of which files were folded. A row of an imported file that has no message id of its
// own is known by the file's checksum and its number, so a file that comes again counts every row
// once, also long after the pipeline forgot ordinary message ids, at one bit a row.

#include "model/envelope.h"
#include "ports/resident_bits.h"

#include "base/string_map.h"

#include <memory>
#include <optional>
#include <string_view>

namespace weir::pipeline {

struct FileRow {
  std::string_view file;  // 16 hex digits
  uint64_t number = 0;
};

class ImportedRows {
 public:
  /// What message ids of such rows look like: "<file>:<number>"; nullopt for all others.
  static std::optional<FileRow> parse(const Envelope& record);
  static bool is_file(std::string_view file);

  /// True when the row is new; it is remembered.
  bool take(const FileRow& row);
  /// The rows of one file, for many at once.
  ResidentBits& rows_of(std::string_view file);

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

 private:
  StringMap<std::unique_ptr<ResidentBits>> files_;
};

}  // namespace weir::pipeline
