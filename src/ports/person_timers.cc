#include "ports/person_timers.h"

#include "base/bytes.h"
#include "model/condition.h"
#include "ports/resident_table.h"
#include "ports/step_budget.h"

#include <algorithm>

namespace weir {
namespace {

constexpr TimeMs kNever = Answer::kNever;

std::string encoded(TimeMs time) {
  std::string bytes;
  ByteWriter(bytes).zigzag(time);
  return bytes;
}

}  // namespace

void PersonTimers::put(uint32_t profile, TimeMs due) {
  if (profile >= due_.size()) {
    if (due == kNever) return;
    due_.resize(profile + 1, kNever);
  }
  TimeMs before = std::exchange(due_[profile], due);
  if (before == due) return;
  if (before != kNever) order_.erase({before, profile});
  if (due != kNever) order_.insert({due, profile});
  dirty_.insert(profile);
}

void PersonTimers::arm(TimeMs due, StepContext& context) {
  if (due == armed_) return;
  armed_ = due;
  armed_dirty_ = true;
  if (due == 0) {
    context.cancel_timer(owner_, kTimer);
  } else {
    context.set_timer(owner_, kTimer, due);
  }
}

void PersonTimers::wake(ProfileOrdinal profile, TimeMs due, StepContext& context) {
  if (due == kNever) return;
  if (profile.value < due_.size() && due_[profile.value] <= due) return;
  put(profile.value, due);
  if (armed_ == 0 || due < armed_) arm(due, context);
}

void PersonTimers::forget(ProfileOrdinal profile, StepContext& context) {
  put(profile.value, kNever);
  if (order_.empty()) arm(0, context);
}

void PersonTimers::on_timer(size_t definitions, const std::function<void(ProfileOrdinal)>& visit,
                            StepContext& context) {
  armed_ = 0;  // it fired
  armed_dirty_ = true;
  size_t left = std::max<size_t>(1, kStepEvaluations / std::max<size_t>(1, definitions));
  std::vector<uint32_t> people;
  for (; left > 0 && !order_.empty() && order_.begin()->first <= context.now(); --left) {
    people.push_back(order_.begin()->second);
    put(people.back(), kNever);
  }
  for (uint32_t profile : people) visit(ProfileOrdinal(profile));
  if (order_.empty()) return;
  arm(std::max(order_.begin()->first, context.now() + 1), context);
}

Status PersonTimers::load(const StateStore& store) {
  bool damaged = false;
  WEIR_CHECK_OK(store.scan(prefix_, [&](std::string_view key, std::string_view value) {
    key.remove_prefix(prefix_.size());
    ByteReader r(value);
    TimeMs due = r.zigzag();
    damaged = !r.ok() || !r.at_end() || (!key.empty() && key.size() != 4);
    if (damaged) return false;
    if (key.empty()) {
      armed_ = due;
    } else {
      put(parse_ordinal_key(key), due);
    }
    return true;
  }));
  dirty_.clear();
  if (!damaged) return {};
  return fail(ErrorCode::DataLoss, "state rows under \"" + prefix_ + "\" are damaged");
}

void PersonTimers::save(WriteBatch& batch) {
  for (uint32_t profile : dirty_) {
    std::string key = prefix_ + ordinal_key(profile);
    if (due_[profile] == kNever) {
      batch.erase(std::move(key));
    } else {
      batch.put(std::move(key), encoded(due_[profile]));
    }
  }
  dirty_.clear();
  if (std::exchange(armed_dirty_, false)) batch.put(prefix_, encoded(armed_));
}

}  // namespace weir
