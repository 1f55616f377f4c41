#include "adapters/memory/memory.h"

namespace weir::memory {

Result<std::optional<std::string>> MemoryStateStore::get(std::string_view key) const {
  std::scoped_lock lock(mutex_);
  auto it = rows_.find(key);
  if (it == rows_.end()) return std::nullopt;
  return it->second;
}

Result<std::vector<std::optional<std::string>>> MemoryStateStore::get_many(
    const std::vector<std::string>& keys) const {
  std::vector<std::optional<std::string>> values;
  for (const std::string& key : keys) {
    WEIR_TRY(auto value, get(key));
    values.push_back(std::move(value));
  }
  return values;
}

Status MemoryStateStore::scan(
    std::string_view prefix,
    const std::function<bool(std::string_view key, std::string_view value)>& visit) const {
  Rows rows;
  {
    std::scoped_lock lock(mutex_);  // not held while visiting: `visit` may ask the store
    for (auto it = rows_.lower_bound(prefix); it != rows_.end(); ++it) {
      if (!it->first.starts_with(prefix)) break;
      rows.insert(*it);
    }
  }
  for (const auto& [key, value] : rows) {
    if (!visit(key, value)) break;
  }
  return {};
}

Status MemoryStateStore::write(const WriteBatch& batch) {
  std::scoped_lock lock(mutex_);
  for (const auto& op : batch.ops()) {
    if (op.value) {
      rows_.insert_or_assign(op.key, *op.value);
    } else {
      rows_.erase(op.key);
    }
  }
  return {};
}

Status MemoryStateStore::flush() {
  std::scoped_lock lock(mutex_);
  flushed_ = rows_;
  return {};
}

Status MemoryStateStore::purge(std::string_view) {
  return flush();
}
Status MemoryStateStore::verify() const {
  return {};
}

void MemoryStateStore::lose_unflushed() {
  std::scoped_lock lock(mutex_);
  rows_ = flushed_;
}

}  // namespace weir::memory
