#pragma once
// Which of a person's events somebody wants to look at, and how much of them. What is not wanted is
// not decoded.

#include "base/time.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir {

/// What it points to outlives the question.
struct HistoryQuery {
  TimeMs from = 0, to = 0;             // from ≤ time ≤ to
  std::span<const std::string> names;  // of events; none = all
  /// Names of the properties that are looked at; nullopt = all. The others may be missing.
  std::optional<std::span<const std::string_view>> properties = std::nullopt;
};

}  // namespace weir
