// Funnels through the question against every possible chain (SEMANTICS FN2–FN9, §15): what the
// matcher's own test does not see, which is how rows, windows, ranges, values, sessions and the
// short cuts of the scan get there.

#include "tests/support/naive_funnel.h"
#include "tests/support/naive_sessions.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::LogEvent;
using testing::NaiveFunnel;
using testing::NaiveFunnelRules;
using testing::Person;
using testing::SeededRandom;

constexpr int kPeople = 100;
constexpr TimeMs kFrom = testing::kFunnelFrom;

TEST(FunnelReference, SmallLogsForEachRule) {
  uint64_t seed = testing::test_seed(5001);
  for (int round = 0; round < testing::rounds_for(kPeople); ++round, ++seed) {
    SeededRandom random(seed);
    BehaviourWorld world(kFrom + 60 * kDayMs);
    testing::LogShape shape{kFrom - kDayMs, 8 * kDayMs, 6 * kHourMs, {"a", "b", "c", "x"},
                            {"p", "q"},     8,          false};
    std::vector<Person> people = testing::random_people(world, random, kPeople, shape);
    for (int n = 0; n < 4; ++n) {
      NaiveFunnelRules rules = testing::random_funnel(random);
      std::vector<int64_t> want(rules.steps.size());
      for (const Person& person : people) {
        int depth = NaiveFunnel(rules, person.log).depth();
        for (int k = 0; k < depth; ++k) ++want[static_cast<size_t>(k)];
      }
      auto answer = world.ask(testing::question(rules));
      ASSERT_TRUE(answer) << answer.error().message;
      std::vector<int64_t> got;
      for (const json::value& step : answer->at("steps").as_array())
        got.push_back(step.at("count").to_number<int64_t>());
      ASSERT_EQ(got, want) << "WEIR_SEED=" << seed << " " << testing::question(rules);
    }
  }
}

/// What session rules say of these logs, one list of events per session.
std::vector<std::vector<LogEvent>> sessions_of(const Person& person,
                                               const testing::NaiveRules& rules) {
  std::vector<std::vector<LogEvent>> out;
  for (auto& session : testing::naive_sessions(person, rules)) out.push_back(std::move(session));
  return out;
}

TEST(FunnelReference, FN1FN9ASessionIsTheWindowAndMayBeWhatIsCounted) {
  uint64_t seed = testing::test_seed(5101);
  for (int round = 0; round < testing::rounds_for(kPeople); ++round, ++seed) {
    SeededRandom random(seed);
    BehaviourWorld world(kFrom + 60 * kDayMs);
    testing::LogShape shape = testing::session_shape(random, kFrom + 2 * kDayMs);
    shape.names = {"a", "b", "c", "x"};
    shape.events_max = 12;
    std::vector<Person> people = testing::random_people(world, random, kPeople, shape);
    for (int n = 0; n < 4; ++n) {
      NaiveFunnelRules rules = testing::random_funnel(random);
      testing::NaiveRules cut = testing::random_rules(random);
      cut.calendar = Calendar::shanghai();
      rules.session = json::to_text(cut.json());
      rules.count_sessions = random.chance(50);
      rules.first_entry &= rules.count_sessions;  // of a session's events alone
      std::vector<int64_t> want(rules.steps.size());
      for (const Person& person : people) {
        int best = 0;
        for (const auto& session : sessions_of(person, cut)) {
          int depth = NaiveFunnel(rules, session).depth();
          best = std::max(best, depth);
          for (int k = 0; rules.count_sessions && k < depth; ++k) ++want[static_cast<size_t>(k)];
        }
        for (int k = 0; !rules.count_sessions && k < best; ++k) ++want[static_cast<size_t>(k)];
      }
      auto answer = world.ask(testing::question(rules));
      ASSERT_TRUE(answer) << answer.error().message << testing::question(rules);
      std::vector<int64_t> got;
      for (const json::value& step : answer->at("steps").as_array())
        got.push_back(step.at("count").to_number<int64_t>());
      ASSERT_EQ(got, want) << "WEIR_SEED=" << seed << " " << testing::question(rules);
    }
  }
}

}  // namespace
}  // namespace weir
