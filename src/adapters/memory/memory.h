#pragma once
// Log and state in memory, for tests: the same contracts as the embedded adapters (tests/contract),
// without durability. They outlive the objects that use them, so a test can stop and start those.

#include "base/env.h"
#include "ports/event_log.h"
#include "ports/state_store.h"

#include <map>
#include <memory>
#include <mutex>

namespace weir::memory {

class MemoryEventLog : public EventLog {
 public:
  static constexpr size_t kQueueBytesMax = 64 << 20;

  explicit MemoryEventLog(Env& env);
  ~MemoryEventLog() override;

  void append(std::vector<std::string> records, AppendDone done) override;
  Result<std::vector<LogRecord>> read(Position from, size_t bytes_max) const override;
  Position begin() const override;
  Position end() const override;
  void on_append(std::function<void()> listener) override;
  Status trim(Position before) override;
  uint64_t disk_bytes() const override;
  bool writable() const override;

 private:
  void store(std::vector<std::string> records, size_t bytes, const AppendDone& done);

  Env& env_;
  mutable std::mutex mutex_;
  std::vector<LogRecord> records_;
  Position begin_ = 0;
  size_t queued_bytes_ = 0;
  uint64_t bytes_ = 0;
  std::vector<std::function<void()>> listeners_;
  std::unique_ptr<Executor> executor_;
};

class MemoryStateStore : public StateStore {
 public:
  Result<std::optional<std::string>> get(std::string_view key) const override;
  Result<std::vector<std::optional<std::string>>> get_many(
      const std::vector<std::string>& keys) const override;
  Status scan(std::string_view prefix,
              const std::function<bool(std::string_view key, std::string_view value)>& visit)
      const override;
  Status write(const WriteBatch& batch) override;
  Status flush() override;
  Status purge(std::string_view prefix) override;
  Status verify() const override;

  /// Back to what the last flush() made durable, as a power cut would.
  void lose_unflushed();

 private:
  using Rows = std::map<std::string, std::string, std::less<>>;
  mutable std::mutex mutex_;
  Rows rows_;
  Rows flushed_;
};

}  // namespace weir::memory
