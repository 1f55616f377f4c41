#include "pipeline/retention.h"

#include "base/bytes.h"
#include "pipeline/keys.h"
#include "ports/resident_table.h"

namespace weir::pipeline {

void Retention::note(Position position, TimeMs now) {
  auto hour = static_cast<uint32_t>(now / kHourMs);
  if (!hours_.empty() && hours_.rbegin()->first >= hour) return;
  hours_[hour] = position;
  changed_.insert(hour);
}

Position Retention::removable(TimeMs now) {
  if (keep_ms_ == 0) return 0;
  // All of an hour before the limit is older than the limit once the next hour is known to begin.
  auto limit = static_cast<uint32_t>(std::max<TimeMs>(now - keep_ms_, 0) / kHourMs);
  while (!hours_.empty() && hours_.begin()->first <= limit) {
    removable_ = hours_.begin()->second;
    changed_.insert(hours_.begin()->first);
    hours_.erase(hours_.begin());
  }
  return removable_;
}

Status Retention::load(const StateStore& store) {
  bool damaged = false;
  auto visit = [&](std::string_view key, std::string_view value) {
    ByteReader r(value);
    hours_[parse_ordinal_key(key.substr(2))] = r.varint();
    damaged = !r.ok();
    return !damaged;
  };
  WEIR_CHECK_OK(store.scan(pipeline_key(kHourRow), visit));
  if (damaged) return fail(ErrorCode::DataLoss, "an hour row in the state store is damaged");
  return {};
}

void Retention::save(WriteBatch& batch) {
  for (uint32_t hour : changed_) {
    std::string key = pipeline_key(kHourRow) + ordinal_key(hour);
    auto it = hours_.find(hour);
    if (it == hours_.end()) {
      batch.erase(std::move(key));
      continue;
    }
    std::string value;
    ByteWriter(value).varint(it->second);
    batch.put(std::move(key), std::move(value));
  }
  changed_.clear();
}

}  // namespace weir::pipeline
