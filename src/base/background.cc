#include "base/background.h"

#include "base/log.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace weir {
namespace {

constexpr int kNice = 10;  // a tenth of the weight of an ordinary thread

void give_way() {
  pid_t thread = ::gettid();
  if (thread == ::getpid()) return;
  // Batch threads do not preempt others when they wake. Without either the work is only less
  // polite, so a refusal is no error.
  sched_param parameters{};
  bool lowered = ::sched_setscheduler(thread, SCHED_BATCH, &parameters) == 0;
  lowered = ::setpriority(PRIO_PROCESS, static_cast<id_t>(thread), kNice) == 0 && lowered;
  if (!lowered) log::warn("background_priority_refused");
}

}  // namespace

std::unique_ptr<Executor> make_background_executor(Env& env, std::string_view name) {
  std::unique_ptr<Executor> executor = env.make_executor(name);
  executor->post(give_way);
  return executor;
}

}  // namespace weir
