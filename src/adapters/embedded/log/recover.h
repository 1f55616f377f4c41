#pragma once
// What a log directory holds: every file with its header checked, the newest scanned to its end.
// Nothing is changed here; damage is an error, a torn tail is reported.

#include "adapters/embedded/log/log_file.h"

#include <memory>
#include <vector>

namespace weir::embedded {

struct Recovered {
  SyncedMark mark;
  bool has_mark = false;
  std::vector<std::shared_ptr<LogFile>> files;  // oldest first
  ChainState chain;                             // after the last whole frame
  uint64_t newest_bytes = 0;                    // of the newest file, up to the last whole frame
  uint64_t newest_frames = 0;
  uint64_t torn_bytes = 0;  // after that
  std::string unborn;       // a newest file without a whole header; holds no records
};

/// A tail counts as torn only when it cannot have been acknowledged: it is at the end of the newest
/// file, past the synced mark, no longer than one frame, and no frame follows in it.
Result<Recovered> recover(FileSystem& files, const std::string& dir);

}  // namespace weir::embedded
