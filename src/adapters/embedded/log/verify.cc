#include "adapters/embedded/log/verify.h"

#include "adapters/embedded/log/recover.h"

namespace weir::embedded {
namespace {

constexpr size_t kScanChunkBytes = 1 << 20;

Result<ChainState> scan_file(const LogFile& file, uint64_t bytes, LogReport& report) {
  FrameScanner scanner(file.file(), kFileHeaderBytes, bytes, file.start(), kScanChunkBytes);
  for (;;) {
    auto frame = scanner.next();
    if (!frame) {
      return std::unexpected(with_context(
          frame.error(), file.path() + " at byte " + std::to_string(scanner.offset())));
    }
    if (!*frame) return scanner.chain();
    ++report.frames;
    report.records += (*frame)->header.records;
  }
}

}  // namespace

Status scan_files(const std::vector<std::shared_ptr<LogFile>>& files, uint64_t newest_bytes,
                  LogReport& report) {
  for (size_t i = 0; i < files.size(); ++i) {
    const LogFile* next = i + 1 < files.size() ? files[i + 1].get() : nullptr;
    uint64_t bytes = next ? next->header().previous_bytes : newest_bytes;
    WEIR_TRY(std::string header, files[i]->file().read_at(0, kFileHeaderBytes));
    if (!FileHeader::parse(header)) {
      return fail(ErrorCode::DataLoss, files[i]->path() + ": the file header is damaged");
    }
    WEIR_TRY(ChainState chain, scan_file(*files[i], bytes, report));
    ++report.files;
    report.bytes += bytes;
    if (i == 0) report.begin = files[i]->header().first_position;
    report.end = chain.next_position;
    if (next && (chain.checksum != next->header().chain ||
                 chain.next_position != next->header().first_position ||
                 chain.append_time != next->header().previous_append_time)) {
      return fail(ErrorCode::DataLoss, next->path() + ": does not continue the file before it");
    }
  }
  return {};
}

Result<LogReport> verify_log_dir(FileSystem& files, const std::string& dir) {
  WEIR_TRY(Recovered found, recover(files, dir));
  LogReport report;
  report.torn_bytes = found.torn_bytes;
  WEIR_CHECK_OK(scan_files(found.files, found.newest_bytes, report));
  return report;
}

}  // namespace weir::embedded
