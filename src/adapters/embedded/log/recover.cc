#include "adapters/embedded/log/recover.h"

namespace weir::embedded {
namespace {

constexpr size_t kScanChunkBytes = 1 << 20;

std::unexpected<Error> damaged(const std::string& path, std::string_view what) {
  return fail(ErrorCode::DataLoss, path + ": " + std::string(what) +
                                       "; nothing was changed: restore this file from a backup");
}

Status read_mark(FileSystem& files, const std::string& dir, Recovered& found) {
  std::string path = dir + "/synced";
  if (!files.exists(path)) return {};
  WEIR_TRY(std::string bytes, files.read_all(path));
  auto mark = SyncedMark::parse(bytes);
  if (!mark) return damaged(path, "the synced mark is damaged");
  found.mark = *mark;
  found.has_mark = true;
  return {};
}

/// Opens the file named for `first` and checks its header against the file before it.
Status open_file(FileSystem& files, const std::string& dir, Position first, bool newest,
                 Recovered& found) {
  std::string path = dir + "/" + log_file_name(first);
  WEIR_TRY(auto file, files.open(path, OpenMode::Read));
  WEIR_TRY(uint64_t size, file->size());
  WEIR_TRY(std::string bytes, file->read_at(0, kFileHeaderBytes));
  auto header = FileHeader::parse(bytes);
  if (!header) {
    bool promised = found.mark.file == first && found.mark.file_bytes > 0;
    if (!newest || promised || size > kFileHeaderBytes) {
      return damaged(path, "the file header is damaged");
    }
    found.unborn = path;
    found.torn_bytes = size;
    return {};
  }
  if (header->first_position != first) return damaged(path, "the file has another file's header");
  if (!found.files.empty()) {
    const LogFile& previous = *found.files.back();
    WEIR_TRY(uint64_t previous_bytes, previous.file().size());
    if (header->previous_first_position != previous.header().first_position) {
      return damaged(path, "a log file before this one is missing");
    }
    if (header->previous_bytes != previous_bytes) {
      return damaged(previous.path(), "the file has another length than when it was closed");
    }
  }
  found.files.push_back(std::make_shared<LogFile>(path, std::move(file), *header));
  return {};
}

Status check_tail(const LogFile& newest, const FrameScanner& scanner, uint64_t size,
                  std::string_view what) {
  uint64_t bad = scanner.offset(), tail = size - bad;
  std::string where = "byte " + std::to_string(bad) + ": " + std::string(what);
  if (tail > kFrameHeaderBytes + kFramePayloadBytesMax) {
    return damaged(newest.path(), where + ", and more than one frame follows");
  }
  WEIR_TRY(std::string bytes, newest.file().read_at(bad, tail));
  auto header = FrameHeader::parse(bytes, newest.header().salt);
  if (header && !scanner.chain().mismatch(*header).empty()) return damaged(newest.path(), where);
  if (contains_frame(std::string_view(bytes).substr(1), newest.header().salt)) {
    return damaged(newest.path(), where + ", and whole frames follow");
  }
  return {};
}

/// Walks the newest file to the last whole frame and judges what is after it.
Status scan_newest(Recovered& found) {
  const LogFile& newest = *found.files.back();
  WEIR_TRY(uint64_t size, newest.file().size());
  FrameScanner scanner(newest.file(), kFileHeaderBytes, size, newest.start(), kScanChunkBytes);
  for (;;) {
    newest.note_frame(scanner.offset(), scanner.chain());
    auto frame = scanner.next();
    if (frame && !*frame) break;
    if (!frame) {
      if (frame.error().code != ErrorCode::DataLoss) return std::unexpected(frame.error());
      WEIR_CHECK_OK(check_tail(newest, scanner, size, frame.error().message));
      found.torn_bytes += size - scanner.offset();
      break;
    }
    ++found.newest_frames;
  }
  found.chain = scanner.chain();
  found.newest_bytes = scanner.offset();
  return {};
}

Status check_mark(const std::string& dir, const Recovered& found) {
  const SyncedMark& mark = found.mark;
  const LogFile& newest = *found.files.back();
  if (found.files.front()->header().first_position > mark.begin) {
    return damaged(dir, "the oldest log file is missing");
  }
  bool newest_missing = mark.file > newest.header().first_position && mark.file_bytes > 0;
  bool cut = mark.file == newest.header().first_position && found.newest_bytes < mark.file_bytes;
  if (newest_missing || cut || found.chain.next_position < mark.end) {
    return damaged(newest.path(), "synced records up to position " + std::to_string(mark.end) +
                                      " are missing or damaged from byte " +
                                      std::to_string(found.newest_bytes));
  }
  return {};
}

}  // namespace

Result<Recovered> recover(FileSystem& files, const std::string& dir) {
  Recovered found;
  WEIR_CHECK_OK(read_mark(files, dir, found));
  WEIR_TRY(auto names, files.list(dir));
  std::vector<Position> firsts;
  for (const std::string& name : names) {
    if (auto first = parse_log_file_name(name)) firsts.push_back(*first);
  }
  if (!firsts.empty() && !found.has_mark) return damaged(dir + "/synced", "the mark is missing");
  for (size_t i = 0; i < firsts.size(); ++i) {
    WEIR_CHECK_OK(open_file(files, dir, firsts[i], i + 1 == firsts.size(), found));
  }
  if (found.files.empty()) {
    if (found.mark.end > 0 || found.mark.file_bytes > 0)
      return damaged(dir, "all log files are missing");
    return found;
  }
  WEIR_CHECK_OK(scan_newest(found));
  WEIR_CHECK_OK(check_mark(dir, found));
  return found;
}

}  // namespace weir::embedded
