#include "adapters/embedded/log/log_file.h"

#include "base/hash.h"

#include <algorithm>

namespace weir::embedded {

FrameScanner::FrameScanner(const File& file, uint64_t offset, uint64_t end, ChainState chain,
                           size_t chunk_bytes)
    : file_(file),
      offset_(offset),
      end_(end),
      chain_(chain),
      chunk_bytes_(chunk_bytes),
      buffer_offset_(offset) {}

Result<std::optional<Frame>> FrameScanner::next() {
  if (offset_ >= end_) return std::nullopt;
  WEIR_CHECK_OK(fill(kFrameHeaderBytes));
  auto header = FrameHeader::parse(buffered(), chain_.salt);
  if (!header) return fail(ErrorCode::DataLoss, "the frame header is damaged");
  if (auto wrong = chain_.mismatch(*header); !wrong.empty()) {
    return fail(ErrorCode::DataLoss, "the frame does not fit: " + std::string(wrong));
  }
  WEIR_CHECK_OK(fill(kFrameHeaderBytes + header->payload_bytes));
  if (buffered().size() < kFrameHeaderBytes + header->payload_bytes) {
    return fail(ErrorCode::DataLoss, "the frame is cut short");
  }
  Frame frame{*header, offset_, buffered().substr(kFrameHeaderBytes, header->payload_bytes)};
  if (crc32c(frame.payload) != header->payload_crc) {
    return fail(ErrorCode::DataLoss, "the frame's records are damaged");
  }
  chain_.advance(*header);
  offset_ = frame.end();
  return frame;
}

std::string_view FrameScanner::buffered() const {
  return std::string_view(buffer_).substr(offset_ - buffer_offset_);
}

/// Makes `size` bytes from offset_ available, or as many as there are below end_.
Status FrameScanner::fill(size_t size) {
  if (offset_ + size <= buffer_offset_ + buffer_.size()) return {};
  uint64_t want = std::min<uint64_t>(std::max(size, chunk_bytes_), end_ - offset_);
  WEIR_TRY(buffer_, file_.read_at(offset_, want));
  buffer_offset_ = offset_;
  return {};
}

LogFile::LogFile(std::string path, std::unique_ptr<File> file, const FileHeader& header)
    : path_(std::move(path)), file_(std::move(file)), header_(header) {}

ChainState LogFile::start() const {
  return {header_.chain, header_.salt, header_.first_position, header_.previous_append_time};
}

Status LogFile::read(Position from, uint64_t end, int64_t& bytes_left,
                     std::vector<LogRecord>& out) const {
  IndexEntry entry = index_at(from);
  size_t chunk =
      std::clamp<size_t>(static_cast<size_t>(std::max<int64_t>(bytes_left, 0)) + kIndexStrideBytes,
                         kIndexStrideBytes, 1 << 20);
  FrameScanner scanner(*file_, entry.offset, end, entry.chain, chunk);
  while (bytes_left > 0 || out.empty()) {
    note_frame(scanner.offset(), scanner.chain());
    auto frame = scanner.next();
    if (!frame) {
      return std::unexpected(
          with_context(frame.error(), path_ + " at byte " + std::to_string(scanner.offset())));
    }
    if (!*frame) return {};
    const FrameHeader& header = (*frame)->header;
    if (header.first_position + header.records <= from) continue;
    if (!decode_records(header, (*frame)->payload, from, bytes_left, out)) {
      return fail(ErrorCode::DataLoss, path_ + " at byte " + std::to_string((*frame)->offset) +
                                           ": records do not fill the frame");
    }
  }
  return {};
}

void LogFile::note_frame(uint64_t offset, const ChainState& chain) const {
  std::scoped_lock lock(mutex_);
  uint64_t last = index_.empty() ? kFileHeaderBytes : index_.back().offset;
  if (offset >= last + kIndexStrideBytes) index_.push_back({offset, chain});
}

LogFile::IndexEntry LogFile::index_at(Position from) const {
  std::scoped_lock lock(mutex_);
  auto after = std::upper_bound(
      index_.begin(), index_.end(), from,
      [](Position position, const IndexEntry& e) { return position < e.chain.next_position; });
  if (after == index_.begin()) return {kFileHeaderBytes, start()};
  return *std::prev(after);
}

}  // namespace weir::embedded
