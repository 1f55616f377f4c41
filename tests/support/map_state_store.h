#pragma once
// A StateStore in an ordered map, for the unit tests of folds: rooms may not include an adapter.

#include "ports/state_store.h"

#include <map>

namespace weir::testing {

class MapStateStore : public StateStore {
 public:
  Result<std::optional<std::string>> get(std::string_view key) const override {
    auto it = rows_.find(key);
    if (it == rows_.end()) return std::optional<std::string>();
    return std::optional<std::string>(it->second);
  }
  Result<std::vector<std::optional<std::string>>> get_many(
      const std::vector<std::string>& keys) const override {
    std::vector<std::optional<std::string>> values;
    for (const std::string& key : keys) values.push_back(*get(key));
    return values;
  }
  Status scan(std::string_view prefix,
              const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    for (auto it = rows_.lower_bound(prefix); it != rows_.end(); ++it) {
      if (!it->first.starts_with(prefix) || !visit(it->first, it->second)) break;
    }
    return {};
  }
  Status write(const WriteBatch& batch) override {
    ++writes_;
    for (const WriteBatch::Op& op : batch.ops()) {
      if (op.value) {
        rows_[op.key] = *op.value;
      } else {
        rows_.erase(op.key);
      }
    }
    return {};
  }
  Status flush() override { return {}; }
  Status purge(std::string_view) override { return {}; }
  Status verify() const override { return {}; }

  const std::map<std::string, std::string, std::less<>>& rows() const { return rows_; }
  int writes() const { return writes_; }

 private:
  std::map<std::string, std::string, std::less<>> rows_;
  int writes_ = 0;
};

}  // namespace weir::testing
