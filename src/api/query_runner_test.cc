#include "api/query_runner.h"

#include "base/sim_env.h"
#include "ports/answers_attribution.h"
#include "ports/answers_chain.h"
#include "ports/answers_distribution.h"
#include "ports/answers_interval.h"
#include "ports/answers_lookalike.h"
#include "ports/answers_portrait.h"
#include "ports/answers_segment_changes.h"
#include "ports/answers_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::api {
namespace {

using ::testing::ElementsAre;

/// Answers at once and writes down whom; can do something in the middle of a question.
// The kinds of questions that these tests do not ask.
#define WEIR_EMPTY(kind, name)                                                  \
  Result<kind##Answer> name(const kind##Query&, const QueryControl&) override { \
    return kind##Answer{};                                                      \
  }
#define WEIR_EMPTY_DRILL(kind)                                                                    \
  Result<DrillAnswer> drill(const kind##Query&, const DrillCell&, const QueryControl&) override { \
    return DrillAnswer{};                                                                         \
  }

class FakeAnalytics : public Analytics {
 public:
  Result<TrendsAnswer> trends(const TrendsQuery& query, const QueryControl& control) override {
    asked.push_back(query.series[0].name);
    if (during) during(control);
    if (control.cancelled->load()) return fail(ErrorCode::Unavailable, "the query was cancelled");
    return TrendsAnswer{};
  }
  WEIR_EMPTY(Funnel, funnel)
  WEIR_EMPTY(Retention, retention)
  WEIR_EMPTY(People, people)
  WEIR_EMPTY(Attribution, attribution)
  WEIR_EMPTY(Distribution, distribution)
  WEIR_EMPTY(Interval, interval)
  WEIR_EMPTY(FullChain, full_chain)
  WEIR_EMPTY(Ltv, ltv)
  WEIR_EMPTY(Portrait, portrait)
  WEIR_EMPTY(Property, property)
  WEIR_EMPTY(Purchases, purchases)
  WEIR_EMPTY(Repurchase, repurchase)
  WEIR_EMPTY(Rfm, rfm)
  WEIR_EMPTY(SegmentChanges, segment_changes)
  Result<LookalikeSample> lookalike_sample(const LookalikeQuery&, const QueryControl&) override {
    return LookalikeSample{};
  }
  Result<LookalikePeople> lookalike_people(const LookalikeQuery&, const LookalikeModel&, uint64_t,
                                           const QueryControl&) override {
    return LookalikePeople{};
  }
  WEIR_EMPTY(Stages, stages)
  WEIR_EMPTY(Lifecycle, lifecycle)
  WEIR_EMPTY(Stickiness, stickiness)
  WEIR_EMPTY(Sessions, sessions)
  WEIR_EMPTY(Paths, paths)
  WEIR_EMPTY_DRILL(Trends)
  WEIR_EMPTY_DRILL(Funnel)
  WEIR_EMPTY_DRILL(Attribution)
  WEIR_EMPTY_DRILL(Distribution)
  WEIR_EMPTY_DRILL(Interval)
  WEIR_EMPTY_DRILL(FullChain)
  WEIR_EMPTY_DRILL(Ltv)
  WEIR_EMPTY_DRILL(Portrait)
  WEIR_EMPTY_DRILL(Property)
  WEIR_EMPTY_DRILL(Repurchase)
  WEIR_EMPTY_DRILL(Rfm)
  WEIR_EMPTY_DRILL(Stages)
  WEIR_EMPTY_DRILL(Retention)
  WEIR_EMPTY_DRILL(Lifecycle)
  WEIR_EMPTY_DRILL(Stickiness)
  WEIR_EMPTY_DRILL(Sessions)
  WEIR_EMPTY_DRILL(Paths)
  Result<TimelinePage> timeline(const TimelineQuery&) override { return TimelinePage{}; }
  Result<std::vector<EventSchema>> schema() override { return std::vector<EventSchema>{}; }
  uint64_t event_count() const override { return 0; }
  uint64_t disk_bytes() const override { return 0; }
  uint64_t data_version() const override { return asked.size(); }

  std::vector<std::string> asked;
  std::function<void(const QueryControl&)> during;
};

struct QueryRunnerTest : ::testing::Test {
  std::unique_ptr<SimEnv> env = SimEnv::make(3, 1772380800000);
  FakeAnalytics port;
  analytics::Analyst analyst{port, *env, Calendar::shanghai()};
  Metrics metrics;
  std::unique_ptr<QueryRunner> runner;
  std::vector<std::string> answers;  // "name:ok" or "name:<code>", in the order in which they came

  void start(QueryLimits limits) {
    runner = std::make_unique<QueryRunner>(*env, analyst, metrics, limits);
    env->run_ready();
  }
  /// Asks a question that is called `name`, which is also its id.
  std::string ask(const std::string& owner, const std::string& name) {
    json::object query{{"kind", "trends"},
                       {"query_id", name},
                       {"range", json::object{{"last", 7}, {"unit", "day"}}},
                       {"series", json::array{json::object{{"name", name}, {"event", "view"}}}}};
    return runner->answer(std::move(query), owner, [this, name](Result<json::value> answer) {
      answers.push_back(name + ":" + (answer ? "ok" : std::string(to_string(answer.error().code))));
    });
  }
};

TEST_F(QueryRunnerTest, OwnersTakeTurns) {
  start({.running_max = 1, .running_per_owner_max = 1});
  for (const char* name : {"a1", "a2", "a3", "a4"}) ask("ann", name);
  ask("bob", "b1");
  ask("bob", "b2");
  ask("eve", "e1");
  env->run_ready();
  // a1 ran at once; then everybody once before anybody twice.
  EXPECT_THAT(port.asked, ElementsAre("a1", "a2", "b1", "e1", "a3", "b2", "a4"));
  EXPECT_EQ(answers.size(), 7u);
  EXPECT_TRUE(runner->list().empty());
}

TEST_F(QueryRunnerTest, OneOwnerLeavesRoomForOthers) {
  start({.running_max = 3, .running_per_owner_max = 2});
  for (const char* name : {"a1", "a2", "a3", "a4"}) ask("ann", name);
  const Gauge& waiting = metrics.gauge("weir_queries_waiting");
  EXPECT_EQ(waiting.value(), 2) << "two of three places";
  ask("bob", "b1");
  EXPECT_EQ(waiting.value(), 2) << "the third is free for somebody else";
  ask("eve", "e1");
  EXPECT_EQ(waiting.value(), 3);
  env->run_ready();
  EXPECT_EQ(answers.size(), 6u);
  EXPECT_EQ(waiting.value(), 0);
}

TEST_F(QueryRunnerTest, TooManyWaitingAreRefusedAndTheRestIsAnswered) {
  start(
      {.running_max = 1, .running_per_owner_max = 1, .waiting_max = 3, .waiting_per_owner_max = 2});
  for (const char* name : {"a1", "a2", "a3"}) ask("ann", name);
  EXPECT_TRUE(answers.empty());
  ask("ann", "a4");
  EXPECT_THAT(answers, ElementsAre("a4:resource_exhausted"));
  ask("bob", "b1");
  ask("eve", "e1");
  EXPECT_THAT(answers, ElementsAre("a4:resource_exhausted", "e1:resource_exhausted"));
  env->run_ready();
  EXPECT_EQ(answers.size(), 6u);
  EXPECT_EQ(metrics.counter("weir_queries_total", "outcome=\"refused\"").value(), 2u);
}

TEST_F(QueryRunnerTest, CancelsWhatWaitsAtOnceAndWhatRunsWhenItLooks) {
  start({.running_max = 1, .running_per_owner_max = 1});
  ask("ann", "a1");
  ask("ann", "a2");
  ask("ann", "a3");
  EXPECT_TRUE(runner->cancel("a2"));
  EXPECT_THAT(answers, ElementsAre("a2:unavailable"));
  EXPECT_FALSE(runner->cancel("a2"));
  EXPECT_FALSE(runner->cancel("unknown"));
  port.during = [&](const QueryControl& control) {
    port.during = nullptr;
    EXPECT_FALSE(control.cancelled->load());
    EXPECT_TRUE(runner->cancel("a1"));
    EXPECT_TRUE(control.cancelled->load());
  };
  env->run_ready();
  EXPECT_THAT(answers, ElementsAre("a2:unavailable", "a1:unavailable", "a3:ok"));
}

TEST_F(QueryRunnerTest, AnIdNamesOneLiveQuestion) {
  start({.running_max = 1, .running_per_owner_max = 1});
  EXPECT_EQ(ask("ann", "x"), "x");
  ask("bob", "x");
  EXPECT_THAT(answers, ElementsAre("x:already_exists"));
  env->run_ready();
  ask("bob", "x");
  env->run_ready();
  EXPECT_THAT(answers, ElementsAre("x:already_exists", "x:ok", "x:ok"));
  std::string generated = runner->answer({{"kind", "nothing"}}, "ann", [](auto) {});
  EXPECT_TRUE(generated.starts_with("qr_"));
}

TEST_F(QueryRunnerTest, EveryQuestionHasABudgetAndSaysHowFarItIs) {
  start({.running_max = 1, .running_per_owner_max = 1, .time_max_ms = 1234, .memory_max = 99});
  port.during = [&](const QueryControl& control) {
    EXPECT_EQ(control.time_max_ms, 1234);
    EXPECT_EQ(control.memory_max, 99u);
    control.progress->passes = 2;
    control.progress->total = 200;
    control.progress->done = 50;
    QueryState state = runner->list().at(0);
    EXPECT_EQ(state.kind, "trends");
    EXPECT_TRUE(state.running);
    EXPECT_EQ(state.passes, 2u);
    EXPECT_EQ(state.share, 0.25);
  };
  ask("ann", "a1");
  EXPECT_FALSE(runner->list().at(0).running);
  env->run_ready();
  EXPECT_THAT(answers, ElementsAre("a1:ok"));
}

TEST_F(QueryRunnerTest, StoppingAnswersWhatWaits) {
  start({.running_max = 1, .running_per_owner_max = 1});
  ask("ann", "a1");
  ask("ann", "a2");
  runner.reset();
  EXPECT_EQ(answers.size(), 2u);
}

}  // namespace
}  // namespace weir::api
