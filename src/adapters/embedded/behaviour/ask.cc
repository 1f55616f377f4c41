#include "adapters/embedded/behaviour/ask.h"

namespace weir::embedded {

Result<std::shared_ptr<const PeopleColumns>> Asking::people(const PeopleRequest& request) const {
  if (request.empty()) return std::shared_ptr<const PeopleColumns>();
  if (outside == nullptr) {
    return fail(ErrorCode::FailedPrecondition,
                "questions about profiles are not possible before start-up is done");
  }
  return outside->people(request);
}

columnar::ScanBudget Asking::budget() const {
  columnar::ScanBudget out;
  out.rows_max = control.rows_max;
  out.clock = &clock;
  out.deadline_us = clock.monotonic_us() + control.time_max_ms * 1000;
  out.cancelled = control.cancelled;
  return out;
}

}  // namespace weir::embedded
