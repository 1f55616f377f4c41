#pragma once
// How rooms put records into the log: sealed, stamped and encoded in one place. Implemented by
// pipeline/ over EventLog and Vault; used by collect, connectors, messaging and api.

#include "base/result.h"
#include "model/envelope.h"
#include "model/ids.h"

#include <functional>
#include <vector>

namespace weir {

class Appender {
 public:
  using Done = std::function<void(Result<Position>)>;
  virtual ~Appender() = default;
  /// Seals personal values, sets received_time when it is 0, applies the clock rules of SEMANTICS
  /// G8, appends all or nothing. `done` once, after the records are durable, on any thread.
  /// ResourceExhausted: the folds or the log are behind; answer 429 and let the sender retry.
  virtual void append(std::vector<Envelope> batch, Done done) = 0;
};

}  // namespace weir
