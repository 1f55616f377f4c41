#pragma once
// How other threads read resident state: the question runs on the fold executor, between batches.

#include <functional>

namespace weir {

class Gate {
 public:
  virtual ~Gate() = default;
  /// Runs `question` on the fold executor soon. It must be short (well under a millisecond per
  /// person touched, in chunks) and must not block: ingest waits behind it.
  virtual void run(std::function<void()> question) = 0;
};

}  // namespace weir
