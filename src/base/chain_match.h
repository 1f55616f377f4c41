#pragma once
// Whether events of one person make a chain of steps (SEMANTICS §2 FN3, FN6, §9 SG4). Pure.

#include "base/time.h"

#include <cstdint>
#include <span>

namespace weir {

/// An event, and which steps it can be: bit k is step k.
struct ChainEvent {
  TimeMs time = 0;
  uint32_t steps = 0;
};

inline constexpr size_t kChainStepsMax = 8;

struct ChainRules {
  size_t steps = 2;          // 2…kChainStepsMax
  DurationMs within_ms = 0;  // from the first step, inclusive; 0 = no limit
  /// Times of all of the person's events, ascending: none of them may lie strictly between two
  /// steps. Null = others may.
  const std::span<const TimeMs>* only = nullptr;
};

/// Whether a chain starts with events[start]. Events ascend by time; those of one instant follow
/// each other in any order (G5), and an event is one step only (G6).
bool chain_from(std::span<const ChainEvent> events, size_t start, const ChainRules& rules);

/// Whether an event of step 1 comes strictly after events[start] and not after `end`.
bool followed_until(std::span<const ChainEvent> events, size_t start, TimeMs end);

}  // namespace weir
