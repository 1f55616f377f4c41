#pragma once
// Which records of the log are old enough to go: the first position of every hour of log time.

#include "base/time.h"
#include "model/ids.h"
#include "ports/state_store.h"

#include <map>
#include <set>

namespace weir::pipeline {

class Retention {
 public:
  /// 0 keeps the log for ever: rules can change and history can follow (DESIGN §1).
  explicit Retention(DurationMs keep_ms) : keep_ms_(keep_ms) {}

  Status load(const StateStore& store);
  void save(WriteBatch& batch);
  void note(Position position, TimeMs now);
  /// Records before this may go; forgets the hours that end before it.
  Position removable(TimeMs now);

 private:
  const DurationMs keep_ms_;
  Position removable_ = 0;
  std::map<uint32_t, Position> hours_;
  std::set<uint32_t> changed_;
};

}  // namespace weir::pipeline
