#pragma once
// Re-resolution as operators ask for it (ADR 0011): what other rules would change, and changing it
// while everything else goes on. One at a time. Works in pieces through the gate, so that ingest
// never waits long.

#include "api/definitions.h"
#include "api/services.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir::api {

class IdentityResolver {
 public:
  explicit IdentityResolver(Services& services) : s_(services) {}

  struct Job {
    std::string id;  // "" for a preview
    Operator who;
    std::string phase = "looking";  // "applying", "done", "failed", "cancelled"
    TimeMs started = 0;
    identity::Replay::Progress progress{0, 1};  // of the phase
    uint64_t joined = 0, split = 0;
    std::string error;
    bool cancel = false;
  };
  /// The one that runs, else the one that ran last since the start. Fold executor.
  const Job* job() const { return job_.get(); }
  bool cancel(const std::string& id);

  using Found = std::function<void(const identity::Difference&)>;
  /// Calls `then` on the fold executor with what `rules` would change.
  void preview(identity::IdentityRules rules, Found then);
  /// FailedPrecondition while another one runs. Makes `rules` the newest version and moves
  /// everybody who is somebody else by them.
  Status apply(Operator who, const identity::IdentityRules& rules, std::string id);
  /// Goes on with the resolution that a stop or a crash cut short. Fold executor, once all of the
  /// log was folded.
  void resume();

 private:
  void look(std::shared_ptr<identity::Replay> replay, std::shared_ptr<Job> job, Found then);
  void round(std::shared_ptr<Job> job, int rounds_left);
  void move(std::shared_ptr<Job> job, std::shared_ptr<std::vector<identity::ResolutionPart>> parts,
            size_t next, int rounds_left);
  void finish(std::shared_ptr<Job> job, std::string phase, std::string error = {});
  void put_mark(const Job& job, identity::ResolutionMark mark, std::function<void(Status)> then);

  Services& s_;
  std::shared_ptr<Job> job_;
};

}  // namespace weir::api
