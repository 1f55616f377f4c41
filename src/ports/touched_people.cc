#include "ports/touched_people.h"

#include "ports/step_budget.h"

namespace weir {
namespace {

constexpr DurationMs kDelay = 2 * kSecondMs;

}  // namespace

void TouchedPeople::touch(const ChunkStep& step, StepContext& context) {
  bool was_empty = waiting_.empty();
  for (const ChunkStep::Person& person : step.persons) {
    if (person.events > 0 && person.profile) waiting_.insert(person.profile->value);
  }
  if (!was_empty || waiting_.empty()) return;
  for (char slot = 0; slot < kWalkSlots; ++slot)
    context.set_timer(owner_, std::string{kTimer, slot}, step.now + kDelay);
}

void TouchedPeople::on_timer(std::string_view key, size_t definitions,
                             const std::function<void(ProfileOrdinal)>& visit,
                             StepContext& context) {
  size_t left = people_a_step(definitions);
  for (; left > 0; --left) {
    std::optional<uint64_t> next = waiting_.next(0);
    if (!next) return;
    waiting_.erase(*next);
    visit(ProfileOrdinal(static_cast<uint32_t>(*next)));
  }
  if (!waiting_.empty()) context.set_timer(owner_, key, context.now() + 1);
}

}  // namespace weir
