#pragma once
// The way into the log: clock rules, seal, encode, append, in one place (ports/appender.h).

#include "base/env.h"
#include "base/metrics.h"
#include "pipeline/pipeline.h"
#include "ports/appender.h"
#include "ports/event_log.h"
#include "ports/vault.h"

#include <atomic>
#include <memory>

namespace weir::pipeline {

struct AppenderOptions {
  /// Records in the log that the folds have not seen. Beyond, new ones are refused: answering 429
  /// is better than decisions that come minutes late.
  uint64_t lag_records_max = 200'000;
  /// Batches waiting for the vault: each may wait for a sync of new keys.
  size_t seal_batches_max = 1024;
};

/// Thread-safe. Everything it is given outlives it; the log may answer after it is gone.
class LogAppender : public Appender {
 public:
  LogAppender(EventLog& log, Vault& vault, const Pipeline& pipeline, Env& env, Metrics& metrics,
              AppenderOptions options = {});
  ~LogAppender() override;

  /// Batches that need the vault go through an executor of their own; others are encoded on the
  /// caller's thread. InvalidArgument names the item that breaks a clock rule (check items with
  /// apply_clock_rules first to refuse them one by one).
  void append(std::vector<Envelope> batch, Done done) override;

 private:
  void seal_and_append(std::vector<Envelope> batch, const Done& done);
  void encode_and_append(const std::vector<Envelope>& batch, const Done& done);
  Status admit() const;
  Done measured(size_t records, Done done);

  EventLog& log_;
  Vault& vault_;
  const Pipeline& pipeline_;
  Env& env_;
  const AppenderOptions options_;
  std::atomic<size_t> sealing_{0};
  Counter& appended_;
  Counter& refused_;
  Histogram& duration_;
  std::unique_ptr<Executor> executor_;  // last: its tasks use everything above
};

}  // namespace weir::pipeline
