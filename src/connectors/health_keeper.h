#pragma once
// What one connector knows about its own health. Thread-safe.

#include "connectors/connectors.h"

#include <mutex>

namespace weir::connectors {

class HealthKeeper {
 public:
  /// More calls in flight than this would leave more unknown outcomes after a crash
  /// (RELIABILITY 2.4).
  static constexpr uint64_t kInFlightMax = 256;

  HealthKeeper(const ConnectorConfig& config, Clock& clock, Metrics& metrics);

  /// False when too many sends are in flight; otherwise one is counted until send_ended().
  bool send_started();
  void send_ended(const DeliveryOutcome& outcome);

  void call_succeeded();
  /// The platform or our credentials are at fault, not a recipient. `what` = code and call.
  void call_failed(std::string_view what);
  void token_fetched(TimeMs expires_at);
  void callback_accepted();
  void callback_refused(std::string_view what);

  ConnectorHealth health() const;

 private:
  static constexpr int kDownAfter = 5;  // failures in a row

  Clock& clock_;
  Counter& ok_;
  Counter& errors_;
  Counter& callbacks_;
  Counter& refused_;
  mutable std::mutex mutex_;
  ConnectorHealth health_;
  int failures_in_row_ = 0;
};

}  // namespace weir::connectors
