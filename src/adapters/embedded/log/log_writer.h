#pragma once
// The writing end: one file at a time, one frame at a time, each synced before the next.

#include "adapters/embedded/log/event_log.h"
#include "adapters/embedded/log/log_file.h"

#include <memory>

namespace weir::embedded {

/// Used on the log's executor only.
class LogWriter {
 public:
  LogWriter(Env& env, const EventLogOptions& options, ChainState chain);

  /// Continues `newest`, which ends with a whole frame at `bytes`.
  Status resume(std::shared_ptr<LogFile> newest, uint64_t bytes);

  /// True when the next frame belongs into a new file.
  bool needs_roll() const;
  /// Begins a new file; it is durable, with its directory entry, when this returns.
  Result<std::shared_ptr<LogFile>> roll();

  /// Makes `frame` (kFrameHeaderBytes to fill in, then the payload) durable. ResourceExhausted: the
  /// disk is full, the file is as before. Unavailable: poisoned, the frame may or may not be there.
  Result<FrameHeader> write(std::string& frame, uint32_t records);

  /// After a failed sync the kernel may have dropped what it could not write and call the next sync
  /// good (RELIABILITY P3): this file is never written again by this process.
  bool poisoned() const { return poisoned_; }
  uint64_t file_bytes() const { return bytes_; }
  const ChainState& chain() const { return chain_; }

 private:
  Status prepare(const std::string& path, const FileHeader& header);
  std::unexpected<Error> undo_append(const Error& error);
  std::unexpected<Error> poison(const Error& error);

  Env& env_;
  const EventLogOptions& options_;
  ChainState chain_;
  std::shared_ptr<LogFile> current_;
  std::unique_ptr<File> file_;
  uint64_t bytes_ = 0;
  bool poisoned_ = false;
};

}  // namespace weir::embedded
