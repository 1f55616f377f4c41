#pragma once
// Journeys, coupons and messaging joined over a log in memory, under a virtual clock, in small
// steps between which the process can be restarted or killed.

#include "base/sim_env.h"
#include "journey/journey.h"
#include "messaging/messaging.h"
#include "plays/plays.h"
#include "tests/scenarios/journey/people.h"
#include "tests/scenarios/journey/vendors.h"
#include "tests/support/fold_harness.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir::testing {

/// What happens to the process at a given step.
enum class Trouble {
  None,
  Restart,  // state is saved, then the process ends: what was under way is lost
  Kill,     // the process dies: state of the last save, the rest is folded again from the log
};

class World {
 public:
  struct Options {
    TimeMs start = 0;
    messaging::MessagingOptions messaging;
    journey::JourneyOptions journey;
    Trouble trouble = Trouble::None;
    int trouble_at = -1;  // number of the step before which it happens
    int save_every = 7;   // steps between saves
  };

  explicit World(Options options);
  ~World();

  /// Appends a record at the current instant and lets everything it causes happen.
  void append(Envelope record);
  /// Moves the clock, minute by minute and timer by timer.
  void advance(TimeMs to);
  TimeMs now() { return env_->clock().now(); }

  People people;
  Vendors& vendors() { return *vendors_; }
  journey::JourneyFold& journeys() { return *process_->journeys; }
  messaging::Messaging& messages() { return *process_->messages; }
  plays::CouponFold& coupons() { return *process_->coupons; }
  int steps() const { return step_; }

 private:
  struct Logged {
    Envelope record;
    TimeMs time;
  };
  class LogAppender;
  class ClearVault;
  struct Process {
    std::unique_ptr<plays::CouponFold> coupons;
    std::unique_ptr<journey::JourneyFold> journeys;
    std::unique_ptr<messaging::Messaging> messages;
    std::vector<std::unique_ptr<ScriptedChannel>> channels;
    std::unique_ptr<FoldHarness> harness;
    size_t cursor = 0;
  };

  void start_process();
  void recover();
  void settle();
  /// Lets the vendors' answers arrive one by one; false when trouble came or more are on the way.
  bool vendors_answer();
  /// Counts a step and lets trouble happen before it. False when there was trouble.
  bool step();
  void save();
  void fold_next();

  Options options_;
  std::unique_ptr<SimEnv> env_;
  std::unique_ptr<Vendors> vendors_;
  std::unique_ptr<LogAppender> appender_;
  std::unique_ptr<ClearVault> vault_;
  std::vector<Logged> log_;
  std::unique_ptr<Process> process_;

  MapStateStore store_;  // what was saved last
  FoldHarness::Snapshot saved_{};
  size_t saved_cursor_ = 0;
  int step_ = 0;
};

}  // namespace weir::testing
