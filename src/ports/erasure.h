#pragma once
// How the identity fold has the keys of an erased person destroyed. Implemented by privacy/.
// Destroying rewrites files, so it runs elsewhere; the fold keeps the request until it is
// confirmed.

#include "model/identity.h"

#include <cstdint>
#include <vector>

namespace weir {

class ErasureSink {
 public:
  virtual ~ErasureSink() = default;
  /// Starts destroying the keys of `identities`; never blocks. `request` is the log position of the
  /// Erase record. Asking again for a request that is under way or done does nothing harmful.
  virtual void submit(uint64_t request, std::vector<Identity> identities) = 0;
  /// Requests whose keys are gone for good since the last call; those that failed are tried again
  /// by the sink and appear later.
  virtual std::vector<uint64_t> take_done() = 0;
};

}  // namespace weir
