#pragma once
// Work that the calling thread shares with helpers.

#include "base/env.h"

#include <functional>
#include <span>

namespace weir::columnar {

/// Runs `body` on the calling thread, and on each helper that is free before that is done; returns
/// when all have ended. A helper that comes later touches nothing of the caller's.
void together(std::span<Executor* const> helpers, const std::function<void()>& body);

/// task(0) … task(count - 1), each once, together.
void together(std::span<Executor* const> helpers, size_t count,
              const std::function<void(size_t)>& task);

}  // namespace weir::columnar
