#pragma once
// State of a fold kept in memory and written back in batches (DESIGN §1: nothing on the hot path
// reads the disk per event). `Row` is a protobuf message; keys are byte strings under one prefix.

#include "base/result.h"
#include "base/string_map.h"
#include "ports/state_store.h"

#include <memory>
#include <string>
#include <string_view>

namespace weir {

/// Big-endian, so that byte order is number order.
std::string ordinal_key(uint32_t ordinal);
std::string ordinal_key(uint64_t number);
uint32_t parse_ordinal_key(std::string_view key);

template <class Row>
class ResidentTable {
 public:
  /// Keys are stored as prefix + key. `prefix` starts with the room's byte of model/key_space.h.
  explicit ResidentTable(std::string prefix) : prefix_(std::move(prefix)) {}

  /// Null when absent. The pointer is valid until the row is erased.
  const Row* find(std::string_view key) const {
    auto it = rows_.find(key);
    return it == rows_.end() ? nullptr : it->second.get();
  }
  /// The row for changing, created when absent; it will be written back.
  Row& mutate(std::string_view key) {
    auto it = rows_.find(key);
    if (it == rows_.end()) it = rows_.emplace(std::string(key), std::make_unique<Row>()).first;
    dirty_.insert(it->first);
    return *it->second;
  }
  void erase(std::string_view key) {
    auto it = rows_.find(key);
    if (it == rows_.end()) return;
    dirty_.insert(it->first);
    rows_.erase(it);
  }
  size_t size() const { return rows_.size(); }
  /// In no particular order: anything that must be deterministic sorts what it collects here.
  template <class F>
  void for_each(F&& visit) const {
    for (const auto& [key, row] : rows_) visit(key, *row);
  }

  /// Reads all rows; called once before use.
  Status load(const StateStore& store) {
    bool damaged = false;
    auto visit = [&](std::string_view key, std::string_view bytes) {
      auto row = std::make_unique<Row>();
      damaged = !row->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
      rows_.emplace(std::string(key.substr(prefix_.size())), std::move(row));
      return !damaged;
    };
    WEIR_CHECK_OK(store.scan(prefix_, visit));
    if (damaged) return fail(ErrorCode::DataLoss, "state row under \"" + prefix_ + "\" is damaged");
    return {};
  }
  /// Adds what changed since the last call to `batch`.
  void save(WriteBatch& batch) {
    for (const std::string& key : dirty_) {
      if (const Row* row = find(key)) {
        batch.put(prefix_ + key, row->SerializeAsString());
      } else {
        batch.erase(prefix_ + key);
      }
    }
    dirty_.clear();
  }

 private:
  std::string prefix_;
  StringMap<std::unique_ptr<Row>> rows_;
  StringSet dirty_;
};

}  // namespace weir
