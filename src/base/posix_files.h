#pragma once
// The real FileSystem: POSIX calls, fdatasync, directory sync, mmap and flock. Private to base.

#include "base/env.h"

#include <memory>

namespace weir {

std::unique_ptr<FileSystem> make_posix_files();

}  // namespace weir
