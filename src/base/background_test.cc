#include "base/background.h"

#include "base/real_env.h"
#include "base/sim_env.h"

#include <gtest/gtest.h>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <future>

namespace weir {
namespace {

TEST(BackgroundExecutor, GivesWayToOthers) {
  auto env = make_real_env();
  auto executor = make_background_executor(*env, "background");
  std::promise<std::pair<int, int>> found;
  executor->post([&] {
    found.set_value(
        {::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())), ::sched_getscheduler(0)});
  });
  auto [nice, policy] = found.get_future().get();
  EXPECT_EQ(nice, 10);
  EXPECT_EQ(policy, SCHED_BATCH);
  executor->stop();
}

TEST(BackgroundExecutor, LeavesTheMainThreadOfASimulationAlone) {
  auto env = SimEnv::make(1, 0);
  int before = ::getpriority(PRIO_PROCESS, 0);
  auto executor = make_background_executor(*env, "background");
  env->run_ready();
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), before);
}

}  // namespace
}  // namespace weir
