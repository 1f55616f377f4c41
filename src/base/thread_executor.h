#pragma once
// The real Executor: one thread, a queue, and a heap of delayed tasks. Private to base.

#include "base/env.h"

#include <memory>
#include <string_view>

namespace weir {

std::unique_ptr<Executor> make_thread_executor(std::string_view name);

}  // namespace weir
