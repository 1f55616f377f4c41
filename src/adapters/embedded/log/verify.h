#pragma once
// Reading whole log files back to check them.

#include "adapters/embedded/log/event_log.h"
#include "adapters/embedded/log/log_file.h"

namespace weir::embedded {

/// Checks every frame of `files` (oldest first; the newest up to `newest_bytes`) and that each file
/// continues the one before it. Adds what it saw to `report`.
Status scan_files(const std::vector<std::shared_ptr<LogFile>>& files, uint64_t newest_bytes,
                  LogReport& report);

}  // namespace weir::embedded
