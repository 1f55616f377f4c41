// Lookalike segments (SG9): the people who act like the seeds are taken, seeds never are, the same
// question gives the same people, and a model that knows nothing says so.

#include "tests/support/behaviour_world.h"
#include "tests/support/seeded_random.h"

#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

using testing::BehaviourWorld;

constexpr TimeMs kNow = 1772380800000 + 30 * kDayMs;

std::string name(int i) {
  return "u" + std::to_string(i);
}

/// 250 seeds; of 1,250 others the first 100 act like them: they view often and pay.
class World {
 public:
  explicit World(bool telling) : world_(kNow) {
    testing::SeededRandom random(7);
    for (int i = 0; i < 1500; ++i) {
      if (i < 250) world_.set_member(name(i), "seeds");
      world_.identity_of(name(i));
      bool like = telling ? i < 350 && !random.chance(10) : random.chance(30);
      for (uint32_t n = like ? 6 + random.below(6) : random.below(3); n > 0; --n)
        world_.post(name(i), "view", kNow - (1 + random.below(20)) * kDayMs - i);
      if (like)
        world_.post(name(i), "order_paid", kNow - 5 * kDayMs - i,
                    {{"amount_fen", int64_t{9900}}, {"order_id", name(i)}});
    }
  }
  json::object ask(const std::string& more) {
    auto a = world_.ask(R"({"kind":"lookalike","segment":"seeds")" + more + "}");
    EXPECT_TRUE(a) << a.error().message;
    return a ? a->get_object() : json::object();
  }
  std::vector<std::string> people(const json::object& answer) {
    json::object of{{"query_hash", answer.at("query_hash")}};
    auto a = world_.ask_json(json::object{{"kind", "drill"}, {"of", of}, {"limit", 1000}});
    EXPECT_TRUE(a) << a.error().message;
    std::vector<std::string> out;
    if (!a) return out;
    for (const json::value& p : a->at("persons").get_array())
      out.emplace_back(json::view(p.at("profile_id").get_string()));
    return out;
  }
  BehaviourWorld& world() { return world_; }

 private:
  BehaviourWorld world_;
};

TEST(Lookalike, TakesThoseWhoActLikeTheSeedsAndNoSeed) {
  World w(true);
  json::object answer = w.ask(R"(,"count":100)");
  EXPECT_EQ(answer.at("seeds").to_number<int>(), 250);
  EXPECT_EQ(answer.at("candidates").to_number<int>(), 1250);
  EXPECT_GT(answer.at("auc").to_number<double>(), 0.8);
  EXPECT_TRUE(answer.at("warnings").get_array().empty());
  std::vector<std::string> found = w.people(answer);
  ASSERT_EQ(found.size(), 100u);
  int right = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string id = profile_id_text(w.world().profile_of(name(i)));
    bool taken = std::find(found.begin(), found.end(), id) != found.end();
    EXPECT_FALSE(taken && i < 250) << id;
    right += taken && i < 350 ? 1 : 0;
  }
  EXPECT_GE(right, 85);  // nine in ten of the hundred act like seeds
  EXPECT_EQ(w.people(w.ask(R"(,"count":100)")), found);
  EXPECT_EQ(w.people(w.ask(R"(,"share":0.1)")).size(), 125u);
}

TEST(Lookalike, SaysSoWhenItCannotTellTheSeedsFromOthers) {
  World w(false);
  json::object answer = w.ask("");
  EXPECT_LT(answer.at("auc").to_number<double>(), 0.6);
  EXPECT_EQ(answer.at("warnings").get_array().size(), 1u);
}

TEST(Lookalike, RefusesTooFewSeedsAndWhatItCannotRead) {
  BehaviourWorld world(kNow);
  world.set_member("u1", "few");
  auto field = [&](const std::string& query) {
    auto answer = world.ask(query);
    return answer ? std::string("answered") : answer.error().field;
  };
  EXPECT_EQ(field(R"({"kind":"lookalike","segment":"few"})"), "segment");
  EXPECT_EQ(field(R"({"kind":"lookalike"})"), "segment");
  EXPECT_EQ(field(R"({"kind":"lookalike","segment":"few","share":2})"), "share");
  EXPECT_EQ(field(R"({"kind":"lookalike","segment":"few","share":0.1,"count":3})"), "count");
}

}  // namespace
}  // namespace weir
