#include "connectors/health_keeper.h"

#include "connectors/config.h"

#include <fmt/format.h>

namespace weir::connectors {
namespace {

std::string label(const ConnectorConfig& config, std::string_view outcome) {
  return fmt::format("connector=\"{}\",outcome=\"{}\"", config.id, outcome);
}

}  // namespace

std::string_view to_string(ConnectorState state) {
  switch (state) {
    case ConnectorState::Unknown: return "unknown";
    case ConnectorState::Healthy: return "healthy";
    case ConnectorState::Degraded: return "degraded";
    case ConnectorState::Down: return "down";
  }
  return "unknown";
}

HealthKeeper::HealthKeeper(const ConnectorConfig& config, Clock& clock, Metrics& metrics)
    : clock_(clock),
      ok_(metrics.counter("weir_connector_calls_total", label(config, "ok"))),
      errors_(metrics.counter("weir_connector_calls_total", label(config, "error"))),
      callbacks_(metrics.counter("weir_connector_callbacks_total", label(config, "accepted"))),
      refused_(metrics.counter("weir_connector_callbacks_total", label(config, "refused"))) {
  health_.id = config.id;
  health_.kind = kind_of(config);
  health_.instance = instance_of(config);
  health_.name = config.name.empty() ? config.id : config.name;
  health_.base_url = config.base_url;
  health_.webhook_path = webhook_path(config);
}

bool HealthKeeper::send_started() {
  std::lock_guard lock(mutex_);
  if (health_.in_flight >= kInFlightMax) return false;
  ++health_.in_flight;
  health_.last_send_at = clock_.now();
  return true;
}

void HealthKeeper::send_ended(const DeliveryOutcome& outcome) {
  std::lock_guard lock(mutex_);
  --health_.in_flight;
  switch (outcome.state) {
    case DeliveryState::Accepted: ++health_.sent; break;
    case DeliveryState::Failed: ++health_.failed; break;
    case DeliveryState::Unknown: ++health_.unknown; break;
  }
}

void HealthKeeper::call_succeeded() {
  ok_.add();
  std::lock_guard lock(mutex_);
  failures_in_row_ = 0;
  health_.state = ConnectorState::Healthy;
}

void HealthKeeper::call_failed(std::string_view what) {
  errors_.add();
  std::lock_guard lock(mutex_);
  health_.last_error = what;
  bool down = ++failures_in_row_ >= kDownAfter;
  health_.state = down ? ConnectorState::Down : ConnectorState::Degraded;
}

void HealthKeeper::token_fetched(TimeMs expires_at) {
  std::lock_guard lock(mutex_);
  health_.token_expires_at = expires_at;
}

void HealthKeeper::callback_accepted() {
  callbacks_.add();
  std::lock_guard lock(mutex_);
  ++health_.callbacks;
  health_.last_callback_at = clock_.now();
}

void HealthKeeper::callback_refused(std::string_view what) {
  refused_.add();
  std::lock_guard lock(mutex_);
  ++health_.callbacks_refused;
  health_.last_error = fmt::format("callback refused: {}", what);
}

ConnectorHealth HealthKeeper::health() const {
  std::lock_guard lock(mutex_);
  return health_;
}

}  // namespace weir::connectors
