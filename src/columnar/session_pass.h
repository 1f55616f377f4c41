#pragma once
// A pass for questions in which sessions may matter: each group with its events, and with the
// sessions that they make when the question asks for these.

#include "columnar/session_cutter.h"

namespace weir::columnar {

/// A group's sessions, by their first events; events of one are linked by `cutter`.
struct GroupSessions {
  std::span<const Session> all;
  const SessionCutter& cutter;
};

/// What a question does with each group; one per thread.
class SessionSink {
 public:
  virtual ~SessionSink() = default;
  /// With `sessions` the question's own selections begin at bit kSessionBits of a hit's mask, and
  /// there are hits before and after the range.
  virtual void group(uint32_t group, std::span<const Hit> hits, const GroupSessions* sessions,
                     RowReader& reader) = 0;
  virtual uint64_t memory_bytes() const = 0;
};

struct SessionPass {
  const SessionRules* rules = nullptr;  // null: a pass without sessions, which is `plain`
  ScanSpec plain;
  SessionBounds bounds;  // sessions that have an event in [from, to) are complete
  std::vector<const EventSelection*> selections;  // at most 32 - kSessionBits
};

/// Returns rows looked at. Errors are those of scan().
Result<uint64_t> run_pass(const std::shared_ptr<const Snapshot>& snapshot, const SessionPass& pass,
                          const ScanBudget& budget, std::span<Executor* const> helpers,
                          const std::function<SessionSink&()>& make);

}  // namespace weir::columnar
