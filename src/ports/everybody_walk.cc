#include "ports/everybody_walk.h"

#include "base/bytes.h"
#include "ports/step_budget.h"

#include <iterator>

namespace weir {

void EverybodyWalk::start(const std::string& definition, StepContext& context) {
  bool was_empty = rounds_.empty();
  rounds_[definition] = {next_, false};
  dirty_.insert(definition);
  if (!was_empty) return;
  for (char slot = 0; slot < kWalkSlots; ++slot)
    context.set_timer(owner_, std::string{kTimer, slot}, context.now());
}

void EverybodyWalk::stop(const std::string& definition) {
  if (rounds_.erase(definition) > 0) dirty_.insert(definition);
  if (rounds_.empty()) next_ = 0;
}

void EverybodyWalk::on_timer(std::string_view key, const Visit& visit, StepContext& context) {
  if (rounds_.empty()) return;
  std::vector<std::string> definitions;
  for (const auto& [id, round] : rounds_) definitions.push_back(id);
  size_t limit = people_a_step(definitions.size());
  std::vector<ProfileOrdinal> people = identities_.live_profiles(ProfileOrdinal(next_), limit);
  for (ProfileOrdinal profile : people) visit(profile, definitions);
  bool at_end = people.size() < limit;
  advance(ProfileOrdinal(at_end ? next_ : people.back().value + 1), at_end);
  if (!rounds_.empty()) context.set_timer(owner_, key, context.now() + 1);
}

/// Ends the rounds that have come to where they began.
void EverybodyWalk::advance(ProfileOrdinal end, bool at_end) {
  next_ = at_end ? 0 : end.value;
  for (auto it = rounds_.begin(); it != rounds_.end();) {
    Round& round = it->second;
    bool around = round.wrapped ? at_end || next_ >= round.start : at_end && round.start == 0;
    round.wrapped = round.wrapped || at_end;
    dirty_.insert(it->first);
    it = around ? rounds_.erase(it) : std::next(it);
  }
  if (rounds_.empty()) next_ = 0;
}

Status EverybodyWalk::load(const StateStore& store) {
  bool damaged = false;
  WEIR_CHECK_OK(store.scan(prefix_, [&](std::string_view key, std::string_view value) {
    ByteReader r(value);
    Round round{r.u32(), r.u8() != 0};
    next_ = r.u32();
    damaged = !r.ok() || !r.at_end();
    rounds_[std::string(key.substr(prefix_.size()))] = round;
    return !damaged;
  }));
  if (!damaged) return {};
  return fail(ErrorCode::DataLoss, "state rows under \"" + prefix_ + "\" are damaged");
}

// Every row says where the walk is: all of them change at each step, and there are few.
void EverybodyWalk::save(WriteBatch& batch) {
  for (const std::string& definition : dirty_) {
    std::string key = prefix_ + definition, value;
    auto it = rounds_.find(definition);
    if (it == rounds_.end()) {
      batch.erase(std::move(key));
      continue;
    }
    ByteWriter w(value);
    w.u32(it->second.start);
    w.u8(it->second.wrapped ? 1 : 0);
    w.u32(next_);
    batch.put(std::move(key), std::move(value));
  }
  dirty_.clear();
}

}  // namespace weir
