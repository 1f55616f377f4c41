#include "columnar/session_pass.h"

#include <deque>

namespace weir::columnar {
namespace {

class Plain : public GroupOperator {
 public:
  explicit Plain(SessionSink& sink) : sink_(sink) {}
  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override {
    sink_.group(group, hits, nullptr, reader);
  }
  uint64_t memory_bytes() const override { return sink_.memory_bytes(); }

 private:
  SessionSink& sink_;
};

class InSessions : public SessionOperator {
 public:
  InSessions(SessionSink& sink, const SessionRules& rules, TimeMs known_from, TimeMs from)
      : SessionOperator(rules, known_from, from), sink_(sink) {}
  uint64_t memory_bytes() const override { return sink_.memory_bytes(); }

 protected:
  void sessions(uint32_t group, std::span<const Hit> hits, std::span<const Session> sessions,
                RowReader& reader) override {
    GroupSessions of{sessions, cutter()};
    sink_.group(group, hits, &of, reader);
  }

 private:
  SessionSink& sink_;
};

}  // namespace

Result<uint64_t> run_pass(const std::shared_ptr<const Snapshot>& snapshot, const SessionPass& pass,
                          const ScanBudget& budget, std::span<Executor* const> helpers,
                          const std::function<SessionSink&()>& make) {
  if (pass.rules == nullptr) {
    std::deque<Plain> operators;
    return scan(snapshot, pass.plain, budget, helpers,
                [&]() -> GroupOperator& { return operators.emplace_back(make()); });
  }
  std::deque<InSessions> operators;
  return scan_sessions(snapshot, *pass.rules, pass.bounds, pass.selections, pass.plain.groups,
                       budget, helpers, [&](TimeMs known_from) -> SessionOperator& {
                         return operators.emplace_back(make(), *pass.rules, known_from,
                                                       pass.bounds.from);
                       });
}

}  // namespace weir::columnar
