#include "adapters/embedded/behaviour/ask.h"

#include "adapters/embedded/behaviour/cells.h"
#include "adapters/embedded/behaviour/compile.h"

namespace weir::embedded {

Result<std::shared_ptr<const PeopleColumns>> Asking::people(const PeopleRequest& request) const {
  if (outside == nullptr) {
    if (request.empty()) return std::shared_ptr<const PeopleColumns>();
    return fail(ErrorCode::FailedPrecondition,
                "questions about profiles are not possible before start-up is done");
  }
  return outside->people(request);
}

CompileInput Asking::input(const PeopleRequest& request,
                           std::shared_ptr<const PeopleColumns> people) const {
  return {store.dictionary(), active_events, request, std::move(people)};
}

columnar::ScanBudget Asking::budget() const {
  columnar::ScanBudget out;
  out.rows_max = control.rows_max;
  out.clock = &clock;
  int64_t started = control.started_us != 0 ? control.started_us : clock.monotonic_us();
  out.deadline_us = started + control.time_max_ms * 1000;
  out.cancelled = control.cancelled;
  out.memory_max = control.memory_max;
  out.progress = control.progress;
  if (control.partial_after_ms) out.partial_at_us = started + *control.partial_after_ms * 1000;
  return out;
}

Result<std::shared_ptr<const columnar::Snapshot>> Asking::snapshot(TimeMs as_of) const {
  WEIR_TRY(auto now, store.snapshot());
  // Receipt times are rounded up to a minute, so those of the last minute lie in the future.
  if (as_of >= clock.now() - kOnTime) return now;
  auto late = store.dictionary()[columnar::Family::Property].find(kReceivedProperty);
  if (!late) return now;
  auto then = std::make_shared<columnar::Snapshot>(*now);
  then->late_property = *late;
  then->late_max = as_of;
  return std::shared_ptr<const columnar::Snapshot>(std::move(then));
}

std::unexpected<Error> no_such_number(std::string field, std::string_view what) {
  std::string message = "\"" + field + "\" " + std::string(what);
  return fail(ErrorCode::InvalidArgument, std::move(message), std::move(field));
}

DrillAnswer drill_answer(const columnar::Collected& collected) {
  DrillAnswer out;
  out.people.reserve(collected.groups.size());
  for (uint32_t group : collected.groups) out.people.emplace_back(group);
  out.rows = collected.rows;
  out.events_scanned = collected.rows_scanned;
  return out;
}

DrillAnswer drill_answer(const std::vector<uint32_t>& groups, uint64_t scanned) {
  DrillAnswer out;
  out.people.reserve(groups.size());
  for (uint32_t group : groups) out.people.emplace_back(group);
  out.rows = groups.size();
  out.events_scanned = scanned;
  return out;
}

}  // namespace weir::embedded
