#pragma once
// The console's files, packed at build time by tools/pack_assets.py and linked into the program.

#include "api/api.h"

namespace weir::app {

/// Empty when the console was not built.
Result<api::Assets> console_assets();

}  // namespace weir::app
