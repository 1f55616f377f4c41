#include "pipeline/timers.h"

#include "base/bytes.h"
#include "pipeline/keys.h"

namespace weir::pipeline {
namespace {

std::string row_of(std::string_view owner, std::string_view key) {
  WEIR_ASSERT(owner.find('\0') == std::string_view::npos);
  std::string row(owner);
  row.push_back('\0');
  row.append(key);
  return row;
}

}  // namespace

void Timers::set(std::string_view owner, std::string_view key, TimeMs due) {
  std::string row = row_of(owner, key);
  remove(row);
  due_[row] = due;
  changed_.insert(row);
  order_.emplace(due, std::move(row));
}

void Timers::cancel(std::string_view owner, std::string_view key) {
  remove(row_of(owner, key));
}

void Timers::remove(const std::string& row) {
  auto it = due_.find(row);
  if (it == due_.end()) return;
  order_.erase({it->second, row});
  changed_.insert(row);
  due_.erase(it);
}

std::optional<TimeMs> Timers::next_due() const {
  if (order_.empty()) return std::nullopt;
  return order_.begin()->first;
}

std::optional<Timers::Timer> Timers::take_due(TimeMs now) {
  if (order_.empty() || order_.begin()->first > now) return std::nullopt;
  auto [due, row] = *order_.begin();
  remove(row);
  size_t zero = row.find('\0');
  return Timer{due, row.substr(0, zero), row.substr(zero + 1)};
}

Status Timers::load(const StateStore& store) {
  bool damaged = false;
  auto visit = [&](std::string_view key, std::string_view value) {
    std::string row(key.substr(2));
    ByteReader r(value);
    TimeMs due = r.zigzag();
    damaged = !r.ok() || !r.at_end() || row.find('\0') == std::string::npos;
    due_[row] = due;
    order_.emplace(due, std::move(row));
    return !damaged;
  };
  WEIR_CHECK_OK(store.scan(pipeline_key(kTimerRow), visit));
  if (damaged) return fail(ErrorCode::DataLoss, "a timer in the state store is damaged");
  return {};
}

void Timers::save(WriteBatch& batch) {
  for (const std::string& row : changed_) {
    std::string key = pipeline_key(kTimerRow) + row;
    auto it = due_.find(row);
    if (it == due_.end()) {
      batch.erase(std::move(key));
      continue;
    }
    std::string value;
    ByteWriter(value).zigzag(it->second);
    batch.put(std::move(key), std::move(value));
  }
  changed_.clear();
}

}  // namespace weir::pipeline
