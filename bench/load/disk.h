#pragma once
// What the disk itself answers: the figure that belongs beside every durable one.

#include <string>

namespace weir::bench {

/// Appends 64 KiB and calls fdatasync, 200 times, to a new file at `path`, which is removed at the
/// end. Prints one JSON object with p50 and p99.
int run_disk(const std::string& path);

}  // namespace weir::bench
