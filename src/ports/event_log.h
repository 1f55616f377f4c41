#pragma once
// The log: the truth of everything (DESIGN §2). Adapters: memory (tests), embedded (files); Kafka
// later.

#include "base/result.h"
#include "base/time.h"
#include "model/ids.h"

#include <functional>
#include <string>
#include <vector>

namespace weir {

/// One stored record: bytes of an envelope, and when the log took it.
struct LogRecord {
  Position position = 0;
  TimeMs append_time = 0;  // stamped by the log, never decreasing from record to record
  std::string bytes;
};

class EventLog {
 public:
  /// First position of the batch, once all of it is on disk.
  using AppendDone = std::function<void(Result<Position>)>;

  virtual ~EventLog() = default;

  /// Appends all of `records` (encoded envelopes), contiguous and in order, or none. `done` is
  /// called exactly once, from the log's executor, after the batch is durable. Errors:
  /// ResourceExhausted (the queue or the disk is full: nothing was appended, try later),
  /// Unavailable (a sync failed: the log is read-only until restart and the batch may or may not be
  /// there: resend with the same message ids).
  virtual void append(std::vector<std::string> records, AppendDone done) = 0;

  /// Records from `from`, at most about `bytes_max` (at least one when there is one). Only durable
  /// records are returned. An empty answer means `from` is the end. NotFound: `from` was trimmed.
  virtual Result<std::vector<LogRecord>> read(Position from, size_t bytes_max) const = 0;

  virtual Position begin() const = 0;  // oldest record kept
  virtual Position end() const = 0;    // one past the newest durable record

  /// `listener` runs after each durable append, on the log's executor; it must not block.
  virtual void on_append(std::function<void()> listener) = 0;

  /// Allows whole files wholly before `before` to be removed. The caller passes
  /// min(retention policy, slowest cursor): unread data is never removed (RELIABILITY P11).
  virtual Status trim(Position before) = 0;

  virtual uint64_t disk_bytes() const = 0;
  /// False after a failed sync; /readyz shows it.
  virtual bool writable() const = 0;
};

}  // namespace weir
