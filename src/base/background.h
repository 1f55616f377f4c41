#pragma once
// Executors for work that may take seconds and must give way to everything else on the machine.

#include "base/env.h"

#include <memory>
#include <string_view>

namespace weir {

/// An executor of `env` whose thread the scheduler prefers others to: it gets what they leave, and
/// about a tenth of a core when they leave nothing, so that it never stands still. Tasks that a
/// simulation runs on the program's main thread keep their priority.
std::unique_ptr<Executor> make_background_executor(Env& env, std::string_view name);

}  // namespace weir
