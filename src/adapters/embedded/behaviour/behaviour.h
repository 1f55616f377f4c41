#pragma once
// The embedded Analytics adapter: the behaviour store of src/columnar fed by a fold, read by
// questions.
//
// The fold stores every event under the identity it came with. Who that is, is a mapping of
// identities to profiles that is applied when events are read; the fold keeps it in step with the
// identity fold, which runs before it. Rows older than the last checkpoint are in parts: when the
// log is replayed from an earlier cursor they are recognised by their position and not added again.

#include "adapters/embedded/behaviour/outside.h"
#include "base/env.h"
#include "ports/analytics.h"
#include "ports/checkpoint.h"
#include "ports/fold.h"
#include "ports/people.h"

#include <memory>
#include <string>
#include <vector>

namespace weir::embedded {

struct BehaviourOptions {
  const IdentityReader& identities;  // outlives the store
  uint32_t head_rows_max = 200000;   // then rows move into a part without waiting for a checkpoint
  int query_helpers = 1;             // threads that help the asking one
  DurationMs keep_ms = 0;            // older events are removed by and by; 0 = never
  /// Names that "$any_active" stands for (TR5); empty = every person-initiated event.
  std::vector<std::string> active_events = {};
};

/// Threads: the fold, the history reader and the checkpoint belong to the fold executor; questions
/// may come from any other thread.
class Behaviour : public Analytics, public HistoryReader {
 public:
  /// DataLoss: the store in `dir` is damaged; it is not touched.
  static Result<std::unique_ptr<Behaviour>> open(Env& env, const std::string& dir,
                                                 const BehaviourOptions& options);

  /// The fold named "behaviour": after identity and profile, before those that read history.
  virtual Fold& fold() = 0;
  virtual CheckpointParticipant& participant() = 0;
  /// Lets questions ask about people, segments and log records. Call before the first question;
  /// until then such questions are answered with FailedPrecondition.
  virtual void connect(std::unique_ptr<Outside> outside) = 0;
};

/// Reads every byte of the store in `dir` back and checks it; a directory without a store is fine.
Status verify_behaviour_dir(FileSystem& files, const std::string& dir);

}  // namespace weir::embedded
