#pragma once
// The hand-over between the fold and the world. Fold side: what to ask and what to deliver.
// Executor side: appending Attempt records, opening sealed addresses, calling connectors, appending
// Outcomes. Bounded by the caller: at most `in_flight_max` keys per channel are here at any time.

#include "base/env.h"
#include "ports/appender.h"
#include "ports/sending.h"
#include "ports/vault.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::messaging {

/// One planned attempt that asks to start.
struct Ask {
  std::string effect_key;
  uint32_t round = 0;
};

struct Job {
  /// Deliver: commit just happened. Reconcile: an earlier life of the process may have delivered
  /// it.
  enum class Mode : uint8_t { Deliver, Reconcile };
  Mode mode = Mode::Deliver;
  Delivery delivery;
  std::optional<Sealed> address;  // opened for the call only
  Channel* channel = nullptr;     // null when no connector has it any more
  TimeMs sending_at = 0;
  int redeliveries = 0;
};

class Dispatcher {
 public:
  Dispatcher(Env& env, Appender& appender, Vault& vault, DurationMs notice_dedupe_ms);
  ~Dispatcher();

  void ask(std::vector<Ask> asks);
  void run(std::vector<Job> jobs);
  /// Effect keys whose Attempt could not be appended since the last call: ask again.
  std::vector<std::string> take_refused();
  void stop();

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace weir::messaging
