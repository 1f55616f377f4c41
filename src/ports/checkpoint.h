#pragma once
// A checkpoint makes what was folded so far durable, so that a restart replays only what came
// after. Stores that keep files of their own beside the StateStore (the behaviour store) take part
// in it.

#include "base/result.h"
#include "model/ids.h"

#include <functional>

namespace weir {

class CheckpointParticipant {
 public:
  virtual ~CheckpointParticipant() = default;

  /// On the fold executor, when the folds' state is gathered. What it returns makes everything
  /// folded from records below `cursor` durable; it runs on another thread while folding goes on,
  /// BEFORE the gathered state is written, so after a crash the participant may be ahead of the
  /// state: it must ignore records it already holds when they are folded again. On an error the
  /// state is not written and the next checkpoint tries again; nothing is lost, because the log is
  /// trimmed only below a cursor that is durable.
  virtual std::function<Status()> begin_checkpoint(Position cursor) = 0;
  /// On the fold executor, after the checkpoint that was begun has ended, well or not.
  virtual void end_checkpoint() {}
};

}  // namespace weir
