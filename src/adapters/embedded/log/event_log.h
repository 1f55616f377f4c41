#pragma once
// The embedded EventLog: files of checksummed frames in one directory (log_format.h).
//
// Group commit: whatever is queued when the disk becomes free is written as one frame with one
// write and one fdatasync. There is no timer: while one sync runs, the next group gathers by
// itself, so a group is as large as the disk is slow. An added wait (RELIABILITY rule 1 allows 5 ms
// or 256 KiB) would only lengthen the answer: with a sync of 0.1 ms 16 producers already share each
// one, and with a sync of 10 ms everything that arrives in those 10 ms shares the next.
//
// Invariants:
//  - A frame is visible to readers, counted in end() and acknowledged only after its sync returned.
//  - At most one frame is in flight: a torn tail is at most one frame, at the end of the newest
//    file.
//  - Records of the newest file that were found whole at open are synced before they are served, so
//    that a fold never sees a record that a power cut can still take away.

#include "base/env.h"
#include "ports/event_log.h"

#include <memory>
#include <string>

namespace weir::embedded {

struct EventLogOptions {
  std::string dir;
  uint64_t file_bytes_max = 256ull << 20;  // a file that reached this is closed, a new one begins
  size_t group_bytes_max = 1 << 20;        // a longer sync would delay everybody behind it
  size_t queue_bytes_max = 64 << 20;       // beyond, appends are refused: memory stays bounded
  size_t cache_bytes_max = 8 << 20;        // newest frames kept for readers
  uint64_t disk_reserve_bytes = 256ull << 20;  // kept free for erasure and settlement (P4)
};

class EmbeddedEventLog : public EventLog {
 public:
  /// Creates `options.dir` when needed and recovers what is there: a torn tail is cut off, anything
  /// else that is damaged is DataLoss and nothing is changed. FailedPrecondition: another process
  /// has it open. `env` must outlive the log.
  static Result<std::unique_ptr<EmbeddedEventLog>> open(Env& env, EventLogOptions options);

  /// Finishes what is queued, then records that everything is durable. Later appends are refused
  /// with Unavailable. Without it (destructor alone) the directory is as after a kill.
  virtual Status close() = 0;

  /// Reads every frame below end() back and checks it. DataLoss names file and byte.
  virtual Status verify() const = 0;
};

/// What an offline check found. Changes nothing.
struct LogReport {
  uint64_t files = 0, frames = 0, records = 0, bytes = 0;
  Position begin = 0, end = 0;
  uint64_t torn_bytes = 0;  // at the end of the newest file; an open would cut them off
};
Result<LogReport> verify_log_dir(FileSystem& files, const std::string& dir);

}  // namespace weir::embedded
