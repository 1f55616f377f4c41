// Segments asked as one pass over everybody's history: the examples of SEMANTICS §9, and the same
// answer as the evaluator that runs for one person per event.

#include "ports/person_subject.h"
#include "tests/support/behaviour_world.h"
#include "tests/support/d1.h"
#include "tests/support/seeded_random.h"

#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

using testing::BehaviourWorld;

std::set<std::string> asked(BehaviourWorld& world, const std::string& def, TimeMs as_of) {
  auto answer = world.ask(R"({"kind":"segment","limit":1000,"as_of":)" + std::to_string(as_of) +
                          R"(,"def":)" + def + "}");
  EXPECT_TRUE(answer) << answer.error().message << " " << def;
  std::set<std::string> out;
  if (!answer) return out;
  for (const json::value& p : answer->at("profiles").get_array())
    out.insert(std::string(json::view(p.get_string())));
  EXPECT_EQ(answer->at("count").to_number<size_t>(), out.size());
  return out;
}

std::set<std::string> ids(BehaviourWorld& world, const std::vector<std::string>& names) {
  std::set<std::string> out;
  for (const std::string& name : names) out.insert(profile_id_text(world.profile_of(name)));
  return out;
}

TEST(SegmentQuestion, GivesTheExamplesOfD1) {
  TimeMs as_of = testing::shanghai_time("2026-03-10T00:00:00");
  BehaviourWorld world(as_of);
  testing::post_d1(world);
  EXPECT_EQ(
      asked(world, R"({"sequence":{"steps":[{"event":"cart"},{"event":"pay"}],"within":"P1D"}})",
            as_of),
      ids(world, {"u1", "u4", "u5", "u6"}));
  EXPECT_EQ(
      asked(
          world,
          R"({"sequence":{"steps":[{"event":"cart"},{"event":"pay"}],"within":"P1D","then_not":true}})",
          as_of),
      ids(world, {"u2", "u3"}));
  EXPECT_EQ(asked(world, R"({"not_done":{"event":"chat"}})", as_of),
            ids(world, {"u2", "u3", "u4", "u5", "u6"}));
  EXPECT_EQ(
      asked(world,
            R"({"done":{"event":"pay","agg":"sum","prop":"event.amt","op":"gte","value":9900}})",
            as_of),
      ids(world, {"u1", "u2", "u5"}));
  EXPECT_EQ(asked(world, R"({"and":[]})", as_of).size(), 6u);
  EXPECT_TRUE(asked(world, R"({"or":[]})", as_of).empty());
}

class RandomSegments {
 public:
  explicit RandomSegments(uint64_t seed) : random_(seed), world_(kNow) {}

  void run() {
    for (int i = 0; i < 40; ++i) post();
    if (random_.chance(50)) {
      ASSERT_TRUE(world_.checkpoint());
    }
    for (int i = 0; i < 15; ++i) post();
    for (int i = 0; i < 25; ++i) {
      std::string def = node(3);
      std::set<std::string> expected = one_by_one(def);
      EXPECT_EQ(asked(world_, def, kNow), expected) << def;
    }
  }

 private:
  static constexpr TimeMs kNow = 1772380800000 + 9 * kDayMs;  // 2026-03-11 00:00 in Shanghai

  std::string name() { return "u" + std::to_string(random_.below(6)); }
  std::string event() { return std::string(1, static_cast<char>('a' + random_.below(3))); }

  void post() {
    std::string who = name();
    if (random_.chance(10))
      world_.set_trait(who, "city", Value(std::string(random_.chance(50) ? "杭州" : "上海")));
    Properties properties;
    if (random_.chance(70)) properties.push_back({"n", Value(int64_t{random_.below(4)})});
    if (random_.chance(50))
      properties.push_back({"s", Value("s" + std::to_string(random_.below(3)))});
    // Few instants, so that equal times are usual.
    TimeMs time = kNow - 10 * kDayMs + random_.below(60) * int64_t{4} * kHourMs;
    if (time > kNow) time = kNow;
    world_.post(who, event(), time, std::move(properties));
  }

  std::string window() {
    switch (random_.below(5)) {
      case 0: return R"("ever")";
      case 1: return R"({"last":3,"unit":"day"})";
      case 2: return R"({"past":4,"unit":"day"})";
      case 3: return R"({"rolling":"PT60H"})";
      default: return R"({"from":"2026-03-02","to":"2026-03-07"})";
    }
  }
  std::string filter() {
    switch (random_.below(4)) {
      case 0: return R"({"prop":"event.s","op":"eq","value":"s1"})";
      case 1: return R"({"prop":"event.n","op":"gte","value":2})";
      case 2: return R"({"not":{"prop":"event.s","op":"in","value":["s0","s2"]}})";
      default: return "null";
    }
  }
  std::string leaf() {
    uint32_t kind = random_.below(5);
    if (kind == 0) return R"({"profile":{"prop":"profile.city","op":"eq","value":"杭州"}})";
    if (kind == 1) {
      std::string steps = R"({"event":")" + event() + R"(","filter":)" + filter() +
                          R"(},{"event":")" + event() + R"("})";
      bool then_not = random_.chance(40);
      if (!then_not && random_.chance(30)) steps += R"(,{"event":")" + event() + R"("})";
      return R"({"sequence":{"steps":[)" + steps + R"(],"then_not":)" +
             (then_not ? "true" : "false") + (random_.chance(70) ? R"(,"within":"PT40H")" : "") +
             R"(,"window":)" + window() + "}}";
    }
    if (kind == 2)
      return R"({"not_done":{"event":")" + event() + R"(","window":)" + window() + "}}";
    static const char* kAggs[] = {"count", "days", "sum", "avg", "min", "max", "distinct"};
    std::string agg = kAggs[random_.below(7)];
    std::string prop = agg == "count" || agg == "days" ? "" : R"(,"prop":"event.n")";
    static const char* kOps[] = {"gte", "lt", "eq"};
    return R"({"done":{"event":")" + event() + R"(","agg":")" + agg + "\"" + prop + R"(,"op":")" +
           kOps[random_.below(3)] + R"(","value":)" + std::to_string(random_.below(4)) +
           R"(,"filter":)" + filter() + R"(,"window":)" + window() + "}}";
  }
  std::string node(int depth) {
    if (depth == 0 || random_.chance(40)) return leaf();
    if (random_.chance(20)) return R"({"not":)" + node(depth - 1) + "}";
    std::string out = random_.chance(50) ? R"({"and":[)" : R"({"or":[)";
    for (uint32_t n = random_.below(3) + 1; n > 0; --n) out += node(depth - 1) + (n > 1 ? "," : "");
    return out + "]}";
  }

  std::set<std::string> one_by_one(const std::string& def) {
    Calendar calendar = Calendar::shanghai();
    Condition condition = *parse_condition(*json::parse(def), "def", calendar);
    PersonReaders readers{&world_, nullptr, nullptr, &world_.behaviour()};
    std::set<std::string> out;
    for (ProfileOrdinal profile : world_.live_profiles(ProfileOrdinal(0), 100)) {
      if (evaluate(condition, PersonSubject(profile, readers), kNow, calendar).value)
        out.insert(profile_id_text(profile));
    }
    return out;
  }

  testing::SeededRandom random_;
  BehaviourWorld world_;
};

TEST(SegmentQuestion, AgreesWithTheEvaluatorOfOnePersonOnRandomDefinitions) {
  uint64_t first = testing::test_seed(1);
  for (uint64_t seed = first; seed < first + 400; ++seed) {
    SCOPED_TRACE("WEIR_SEED=" + std::to_string(seed));
    RandomSegments(seed).run();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace weir
