#pragma once
// Reading one log file: a scanner that checks every byte it passes, and a sparse index so that a
// read from any position starts at most kIndexStrideBytes before it.

#include "adapters/embedded/log/log_format.h"
#include "base/env.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::embedded {

struct Frame {
  FrameHeader header;
  uint64_t offset = 0;       // of the header in the file
  std::string_view payload;  // checked; valid until the scanner's next call
  uint64_t end() const { return offset + kFrameHeaderBytes + header.payload_bytes; }
};

/// Walks the frames of [offset, end) in order and checks checksums, chain, positions and times.
class FrameScanner {
 public:
  FrameScanner(const File& file, uint64_t offset, uint64_t end, ChainState chain,
               size_t chunk_bytes);

  /// The next frame; nothing at `end`. DataLoss says what is wrong at offset().
  Result<std::optional<Frame>> next();

  uint64_t offset() const { return offset_; }
  const ChainState& chain() const { return chain_; }

 private:
  Status fill(size_t size);
  std::string_view buffered() const;

  const File& file_;
  uint64_t offset_;  // of the next frame
  uint64_t end_;
  ChainState chain_;
  size_t chunk_bytes_;
  std::string buffer_;
  uint64_t buffer_offset_;
};

/// An open log file. Thread-safe.
class LogFile {
 public:
  /// `header` is the file's own, already checked.
  LogFile(std::string path, std::unique_ptr<File> file, const FileHeader& header);

  const std::string& path() const { return path_; }
  const FileHeader& header() const { return header_; }
  const File& file() const { return *file_; }
  ChainState start() const;

  /// Records from `from`, which is in this file, of frames below offset `end`; `bytes_left` is used
  /// up as they are read. Every byte that is returned was checked.
  Status read(Position from, uint64_t end, int64_t& bytes_left, std::vector<LogRecord>& out) const;

  /// Remembers that a frame starts at `offset` with `chain` before it; keeps one a stride.
  void note_frame(uint64_t offset, const ChainState& chain) const;

 private:
  struct IndexEntry {
    uint64_t offset;
    ChainState chain;
  };
  static constexpr uint64_t kIndexStrideBytes = 64 << 10;

  IndexEntry index_at(Position from) const;

  const std::string path_;
  const std::unique_ptr<File> file_;
  const FileHeader header_;
  mutable std::mutex mutex_;
  mutable std::vector<IndexEntry> index_;  // filled as frames are written or first read
};

}  // namespace weir::embedded
