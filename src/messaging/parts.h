#pragma once
// The parts of the fold, shared by the fold itself and by its reads.

#include "messaging/dispatcher.h"
#include "messaging/flow.h"
#include "messaging/messaging.h"

namespace weir::messaging {

struct Messaging::Parts {
  Parts(MessagingOptions o, MessagingDeps d)
      : options(std::move(o)),
        deps(d),
        flow(options, deps),
        dispatcher(deps.env, deps.appender, deps.vault, options.notice_dedupe_ms) {}

  MessagingOptions options;
  MessagingDeps deps;
  Flow flow;
  Dispatcher dispatcher;
  /// Attempt records that were asked for and not folded yet; effect keys per channel. Not state:
  /// after a restart the intents are still planned and ask again, under the same message ids.
  StringMap<StringSet> asked;
  bool went_live = false;

  void reconcile_earlier_life();
  void hand_over();
  void ask();
  Job job_of(const std::string& id, Job::Mode mode) const;
};

}  // namespace weir::messaging
