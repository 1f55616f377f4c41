#pragma once
// A checkpoint makes what was folded so far durable, so that a restart replays only what came
// after. Stores that keep files of their own beside the StateStore (the behaviour store) take part
// in it.

#include "base/result.h"
#include "model/ids.h"

namespace weir {

class CheckpointParticipant {
 public:
  virtual ~CheckpointParticipant() = default;

  /// Makes everything folded from records below `cursor` durable before it returns. Called on the
  /// fold executor BEFORE the batch with the folds' state and the cursor is written, so after a
  /// crash the participant may be ahead of the cursor: it must ignore records it already holds when
  /// they are folded again. On an error the checkpoint is skipped and tried again later; nothing is
  /// lost, because the log is trimmed only below a cursor that is durable.
  virtual Status checkpoint(Position cursor) = 0;
};

}  // namespace weir
