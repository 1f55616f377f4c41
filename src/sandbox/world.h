#pragma once
// What the parts of the sandbox share: people, ledger, chance, and an agenda of things to come. All
// of it under the Sandbox's one lock.

#include "sandbox/ledger.h"
#include "sandbox/person.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace weir::sandbox {

/// Counters shown by GET /_sandbox/health.
struct Totals {
  int64_t actions = 0, calls = 0;
  int64_t callbacks = 0, callbacks_refused = 0, callbacks_dropped = 0;
  int64_t forged = 0, forged_accepted = 0;
  int64_t events = 0, events_refused = 0, events_dropped = 0;
  int64_t lost_replies = 0, late_commits = 0, agenda_dropped = 0;
};

class World {
 public:
  /// `run` takes a function and runs it under the lock; it must ignore it when the Sandbox is gone.
  using RunLocked = std::function<void(std::function<void()>)>;

  World(Env& env_in, SandboxOptions options_in, RunLocked run)
      : env(env_in),
        options(std::move(options_in)),
        profile(options.profile),
        dice(options.seed),
        people(options, dice),
        run_locked_(std::move(run)) {}

  Env& env;
  SandboxOptions options;
  Profile profile;
  Dice dice;
  People people;
  Ledger ledger;
  Totals totals;

  TimeMs now() { return env.clock().now(); }
  int64_t now_seconds() { return now() / kSecondMs; }

  /// Runs `task` under the lock once `delay` has passed. Past the limit it is dropped and counted.
  void later(DurationMs delay, std::function<void()> task);
  /// Time of the first thing on the agenda; INT64_MAX when there is none.
  TimeMs next_due() const;
  /// Takes the first thing that is due by now off the agenda; empty when there is none.
  std::function<void()> take_due(TimeMs time);

  /// An outbound call; `done` runs under the lock.
  void call(std::string url, HttpRequest request, DurationMs timeout_ms, HttpClient::Done done);
  /// Runs after the lock is released: answers and calls, which may come back at once.
  void after_unlock(std::function<void()> task) { outbox_.push_back(std::move(task)); }
  std::vector<std::function<void()>> take_outbox() { return std::move(outbox_); }

 private:
  static constexpr size_t kAgendaMax = 500'000;

  RunLocked run_locked_;
  std::multimap<TimeMs, std::function<void()>> agenda_;  // equal times keep their order
  std::vector<std::function<void()>> outbox_;
};

}  // namespace weir::sandbox
