#include "adapters/embedded/log/log_writer.h"

#include "base/log.h"

#include <algorithm>

namespace weir::embedded {

LogWriter::LogWriter(Env& env, const EventLogOptions& options, ChainState chain)
    : env_(env), options_(options), chain_(chain) {}

Status LogWriter::resume(std::shared_ptr<LogFile> newest, uint64_t bytes) {
  WEIR_TRY(file_, env_.files().open(newest->path(), OpenMode::Append));
  current_ = std::move(newest);
  bytes_ = bytes;
  return {};
}

bool LogWriter::needs_roll() const {
  return !current_ || bytes_ >= options_.file_bytes_max;
}

Result<std::shared_ptr<LogFile>> LogWriter::roll() {
  FileHeader header;
  header.first_position = chain_.next_position;
  header.previous_first_position =
      current_ ? current_->header().first_position : header.first_position;
  header.previous_bytes = bytes_;
  header.previous_append_time = chain_.append_time;
  header.chain = chain_.checksum;
  header.salt = static_cast<uint32_t>(env_.random().next());
  std::string path = options_.dir + "/" + log_file_name(header.first_position);
  WEIR_CHECK_OK(prepare(path, header));
  auto reader = env_.files().open(path, OpenMode::Read);
  if (!reader) return poison(reader.error());
  current_ = std::make_shared<LogFile>(path, *std::move(reader), header);
  bytes_ = kFileHeaderBytes;
  chain_.salt = header.salt;
  return current_;
}

/// Creates the file, or leaves no trace of it when the disk is full.
Status LogWriter::prepare(const std::string& path, const FileHeader& header) {
  FileSystem& files = env_.files();
  if (files.exists(path)) WEIR_CHECK_OK(files.remove(path));  // left by a roll that met a full disk
  auto file = files.open(path, OpenMode::Create);
  if (!file) return fail(ErrorCode::ResourceExhausted, "no new log file: " + file.error().message);
  if (Status appended = (*file)->append(header.encode()); !appended) {
    if (Status removed = files.remove(path); !removed) return poison(removed.error());
    return fail(ErrorCode::ResourceExhausted, "no new log file: " + appended.error().message);
  }
  if (Status synced = (*file)->sync(); !synced) return poison(synced.error());
  if (Status synced = files.sync_dir(options_.dir); !synced) return poison(synced.error());
  file_ = *std::move(file);
  return {};
}

Result<FrameHeader> LogWriter::write(std::string& frame, uint32_t records) {
  WEIR_ASSERT(!poisoned_ && current_);
  ChainState before = chain_;
  TimeMs append_time = std::max(chain_.append_time, env_.clock().now());
  FrameHeader header = seal_frame(frame, records, append_time, chain_);
  if (Status appended = file_->append(frame); !appended) {
    chain_ = before;
    return undo_append(appended.error());
  }
  if (Status synced = file_->sync(); !synced) {
    chain_ = before;
    return poison(synced.error());
  }
  current_->note_frame(bytes_, before);
  bytes_ += frame.size();
  return header;
}

/// A full disk heals (P4), provided that the half-written frame can be taken back.
std::unexpected<Error> LogWriter::undo_append(const Error& error) {
  if (error.code != ErrorCode::ResourceExhausted) return poison(error);
  if (Status cut = file_->truncate(bytes_); !cut) return poison(cut.error());
  if (Status synced = file_->sync(); !synced) return poison(synced.error());
  return fail(ErrorCode::ResourceExhausted, "the disk of the log is full: free space, then resend");
}

std::unexpected<Error> LogWriter::poison(const Error& error) {
  poisoned_ = true;
  log::error("log_poisoned", {{"reason", error.message}, {"position", chain_.next_position}});
  return fail(ErrorCode::Unavailable,
              "the log could not be synced and is read-only until restart: " + error.message);
}

}  // namespace weir::embedded
