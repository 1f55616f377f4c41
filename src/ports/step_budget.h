#pragma once
// How much one timer of a fold does that looks at people, so that no step is long: a step drops
// facts beyond 1,000 of each, and a person whose history is cold takes longer than a condition.

#include <algorithm>
#include <cstddef>

namespace weir {

/// Evaluations of one definition for one person.
inline constexpr size_t kStepEvaluations = 500;
inline constexpr size_t kStepPeople = 20;
/// Timers at once of those who walk over people, so that a quiet log does not make them slow.
inline constexpr char kWalkSlots = 100;

/// How many people one timer looks at, when each costs `definitions` evaluations; at least one.
inline size_t people_a_step(size_t definitions) {
  return std::clamp<size_t>(kStepEvaluations / std::max<size_t>(1, definitions), 1, kStepPeople);
}

}  // namespace weir
