#pragma once
// State of the folds (DESIGN §2): ordered keys, atomic batches. Adapters: memory, embedded
// (RocksDB).

#include "base/result.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

class WriteBatch {
 public:
  struct Op {
    std::string key;
    std::optional<std::string> value;  // nullopt = delete
  };
  void put(std::string key, std::string value) {
    ops_.push_back({std::move(key), std::move(value)});
  }
  void erase(std::string key) { ops_.push_back({std::move(key), std::nullopt}); }
  const std::vector<Op>& ops() const { return ops_; }
  bool empty() const { return ops_.empty(); }
  void clear() { ops_.clear(); }

 private:
  std::vector<Op> ops_;
};

class StateStore {
 public:
  virtual ~StateStore() = default;

  virtual Result<std::optional<std::string>> get(std::string_view key) const = 0;
  /// One answer per key, in order.
  virtual Result<std::vector<std::optional<std::string>>> get_many(
      const std::vector<std::string>& keys) const = 0;
  /// Visits keys with `prefix` in byte order until `visit` returns false.
  virtual Status scan(
      std::string_view prefix,
      const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;
  /// All operations or none; later ones win over earlier ones of the same key.
  virtual Status write(const WriteBatch& batch) = 0;
  /// Everything written so far survives a power cut once this returns. After a crash the store
  /// holds a prefix of the batches written, at least up to the last flush (RELIABILITY P6).
  virtual Status flush() = 0;
  /// Rewrites what is stored under `prefix` so that deleted values are gone from the disk, then
  /// flushes. Used to shred keys (L12).
  virtual Status purge(std::string_view prefix) = 0;
  /// Reads everything back and checks it; DataLoss names what is damaged (`weir verify`).
  virtual Status verify() const = 0;
};

}  // namespace weir
