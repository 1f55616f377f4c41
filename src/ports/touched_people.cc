#include "ports/touched_people.h"

#include <algorithm>

namespace weir {
namespace {

constexpr DurationMs kDelay = 2 * kSecondMs;
constexpr size_t kEvaluations = 500;  // of one timer: a step drops facts beyond 1,000 of each
constexpr size_t kPeople = 20;        // of one timer: a cold history takes longer than a condition
constexpr char kSlots = 100;          // timers at once, so that a quiet log does not make it slow

}  // namespace

void TouchedPeople::touch(const ChunkStep& step, StepContext& context) {
  bool was_empty = waiting_.empty();
  for (const ChunkStep::Person& person : step.persons) {
    if (person.events > 0 && person.profile) waiting_.insert(person.profile->value);
  }
  if (!was_empty || waiting_.empty()) return;
  for (char slot = 0; slot < kSlots; ++slot)
    context.set_timer(owner_, std::string{kTimer, slot}, step.now + kDelay);
}

void TouchedPeople::on_timer(std::string_view key, size_t definitions,
                             const std::function<void(ProfileOrdinal)>& visit,
                             StepContext& context) {
  size_t left = std::clamp<size_t>(kEvaluations / std::max<size_t>(1, definitions), 1, kPeople);
  for (; left > 0; --left) {
    std::optional<uint64_t> next = waiting_.next(0);
    if (!next) return;
    waiting_.erase(*next);
    visit(ProfileOrdinal(static_cast<uint32_t>(*next)));
  }
  if (!waiting_.empty()) context.set_timer(owner_, key, context.now() + 1);
}

}  // namespace weir
