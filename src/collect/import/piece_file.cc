#include "collect/import/piece_file.h"

#include "base/crypto.h"
#include "base/gzip.h"
#include "collect/import/row_ends.h"
#include "collect/import/text_encoding.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::collect {
namespace {

constexpr size_t kNone = std::string_view::npos;
constexpr size_t kWindow = 1 << 20;
constexpr uint64_t kHeadBytes = 4 << 20;   // format and columns are found in so much
constexpr size_t kRowBytesMax = 64 << 20;  // a longer one is a quote that never ends
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

Result<PieceFile> PieceFile::open(FileSystem& files, const std::string& path,
                                  std::string_view encoding) {
  PieceFile file;
  WEIR_TRY(bool plain, file.open_plain(files, path, encoding));
  if (plain) return file;
  PieceFile decoded;
  WEIR_CHECK_OK(decoded.open_decoded(files, path, encoding));
  return decoded;
}

/// False when it is not plain UTF-8.
Result<bool> PieceFile::open_plain(FileSystem& files, const std::string& path,
                                   std::string_view encoding) {
  if (!encoding.empty() && encoding != "auto" && encoding != "utf-8") return false;
  auto opened = files.open(path, OpenMode::Read);
  if (!opened) return std::unexpected<Error>(with_context(std::move(opened).error(), path));
  file_ = *std::move(opened);
  WEIR_TRY(uint64_t size, file_->size());
  WEIR_TRY(std::string head, file_->read_at(0, std::min(size, kHeadBytes)));
  size_t whole = head.size() < size ? head.rfind('\n') + 1 : head.size();
  std::string_view mark = std::string_view(head).starts_with(kByteOrderMark) ? kByteOrderMark : "";
  std::string_view start = std::string_view(head).substr(0, whole);
  if (looks_like_gzip(head) || whole == 0 || !is_utf8(start)) return false;
  WEIR_TRY(TableFile table, TableFile::from_bytes(std::string(start), path, "utf-8"));

  crypto::Sha256 checksum;
  std::string text;  // not taken yet, from the file's byte `offset` on
  uint64_t begin = mark.size() + table.rows_start(), offset = begin, next = 0;
  table_ = std::make_unique<TableFile>(std::move(table));
  while (next < size) {
    WEIR_TRY(std::string window, file_->read_at(next, kWindow));
    if (window.empty())
      return fail(ErrorCode::DataLoss, path + " became shorter while it was read");
    checksum.update(window);
    uint64_t skipped = begin > next ? std::min<uint64_t>(begin - next, window.size()) : 0;
    next += window.size();
    text.append(window, skipped);
    size_t end = next < size ? text.rfind('\n') + 1 : text.size();
    std::string_view lines = std::string_view(text).substr(0, end);
    if (!is_utf8(lines)) return false;
    size_t taken = take_rows(lines, offset, next == size);
    text.erase(0, taken);
    offset += taken;
    if (text.size() > kRowBytesMax) {
      return fail(
          ErrorCode::InvalidArgument,
          fmt::format("row {} is longer than 64 MiB: does a quoted cell never end?", rows_ + 1));
    }
  }
  table_->set_checksum(crypto::to_hex(checksum.finish()));
  return true;
}

Status PieceFile::open_decoded(FileSystem& files, const std::string& path,
                               std::string_view encoding) {
  WEIR_TRY(TableFile table, TableFile::open(files, path, encoding));
  table_ = std::make_unique<TableFile>(std::move(table));
  size_t start = table_->rows_start();
  take_rows(table_->text().substr(start), start, true);
  return {};
}

size_t PieceFile::take_rows(std::string_view text, uint64_t offset, bool last) {
  size_t at = 0;
  bool json = table_->is_json();
  char separator = table_->separator();
  while (true) {
    size_t begin = skip_blank_rows(text, at, json);
    if (begin >= text.size()) return last ? begin : at;
    size_t end = json ? text.find('\n', begin) : csv_row_end(text, begin, separator);
    if (end == kNone) {
      if (!last) return at;
      end = text.size();
    } else if (json) {
      ++end;
    }
    uint64_t file_at = offset + begin;
    if (pieces_.empty() || pieces_.back().rows == kPieceRows || pieces_.back().size > kPieceBytes) {
      pieces_.push_back({file_at, 0, rows_, 0});
    }
    Piece& piece = pieces_.back();
    piece.size = offset + end - piece.offset;
    ++piece.rows;
    ++rows_;
    at = end;
  }
}

Result<std::string_view> PieceFile::read(const Piece& piece, std::string& buffer) const {
  if (file_ == nullptr) {
    buffer.assign(table_->text().substr(piece.offset, piece.size));
  } else {
    WEIR_TRY(buffer, file_->read_at(piece.offset, piece.size));
    if (buffer.size() != piece.size)
      return fail(ErrorCode::DataLoss, "the file became shorter while it was imported");
  }
  buffer.append(kPadding, '\0');
  return std::string_view(buffer).substr(0, piece.size);
}

}  // namespace weir::collect
