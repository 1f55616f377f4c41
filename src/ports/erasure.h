#pragma once
// How the identity fold has the keys of an erased person destroyed. Implemented by privacy/.
// Destroying rewrites files, so it runs elsewhere; the fold keeps the request until it is
// confirmed.

#include "model/identity.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weir {

/// A key that sealed values of a person. The generation (the last kKeyGenerationBytes of
/// Sealed::key_id) is part of it: folding an old Erase record again must not destroy the key that
/// the same identity got when the person came back later.
struct PersonalKey {
  Identity identity;
  std::string generation;
  bool operator==(const PersonalKey&) const = default;
};
inline constexpr size_t kKeyGenerationBytes = 4;

class ErasureSink {
 public:
  virtual ~ErasureSink() = default;
  /// Starts destroying `keys`; never blocks. `request` is the log position of the Erase record.
  /// Asking again for a request that is under way or done does nothing harmful.
  virtual void submit(uint64_t request, std::vector<PersonalKey> keys) = 0;
  /// Requests whose keys are gone for good since the last call; those that failed are tried again
  /// by the sink and appear later.
  virtual std::vector<uint64_t> take_done() = 0;
};

}  // namespace weir
