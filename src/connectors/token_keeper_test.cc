#include "connectors/token_keeper.h"

#include "connectors/testing.h"

namespace weir::connectors {
namespace {

class TokenKeeperTest : public ::testing::Test {
 protected:
  TokenKeeperTest() {
    auto fetch = [this](TokenKeeper::Force force, TokenKeeper::Fetched fetched) {
      forces.push_back(force);
      pending.push_back(std::move(fetched));
    };
    keeper = std::make_shared<TokenKeeper>(env->clock(), health, fetch);
  }

  void ask() {
    keeper->get([this](Result<std::string> token) { got.push_back(token ? *token : "error"); });
  }
  void answer(std::string value, DurationMs life = 2 * kHourMs) {
    TokenKeeper::Fetched fetched = std::move(pending.back());
    pending.pop_back();
    fetched(TokenKeeper::Token{std::move(value), env->clock().now() + life});
  }
  void answer_error() {
    TokenKeeper::Fetched fetched = std::move(pending.back());
    pending.pop_back();
    fetched(fail(ErrorCode::Unavailable, "down"));
  }

  std::unique_ptr<SimEnv> env = SimEnv::make(1, testing::kStart);
  Metrics metrics;
  std::shared_ptr<HealthKeeper> health =
      std::make_shared<HealthKeeper>(testing::wechat_config(), env->clock(), metrics);
  std::shared_ptr<TokenKeeper> keeper;
  std::vector<TokenKeeper::Force> forces;
  std::vector<TokenKeeper::Fetched> pending;
  std::vector<std::string> got;
};

TEST_F(TokenKeeperTest, FetchesOnceForManyCallers) {
  for (int i = 0; i < 50; ++i) ask();
  EXPECT_EQ(forces.size(), 1u);
  answer("T1");
  EXPECT_EQ(got, std::vector<std::string>(50, "T1"));
  ask();
  EXPECT_EQ(forces.size(), 1u);
  EXPECT_EQ(health->health().token_expires_at, env->clock().now() + 2 * kHourMs);
}

TEST_F(TokenKeeperTest, RenewsAheadOfExpiryWithoutMakingCallersWait) {
  ask();
  answer("T1");
  env->run_for(2 * kHourMs - 4 * kMinuteMs);
  ask();
  EXPECT_EQ(got.back(), "T1");
  EXPECT_EQ(forces.size(), 2u);
  ask();
  EXPECT_EQ(forces.size(), 2u);
  answer("T2");
  ask();
  EXPECT_EQ(got.back(), "T2");
}

TEST_F(TokenKeeperTest, ABurstOfRefusalsCostsOneFetch) {
  ask();
  answer("T1");
  keeper->refuse("T1");
  ask();
  keeper->refuse("T1");
  ask();
  EXPECT_EQ(forces.size(), 2u);
  answer("T2");
  keeper->refuse("T1");  // a late refusal of the old token
  ask();
  EXPECT_EQ(got.back(), "T2");
  EXPECT_EQ(forces.size(), 2u);
}

TEST_F(TokenKeeperTest, ForcesANewTokenWhenTheRefusedOneComesAgain) {
  ask();
  answer("T1");
  keeper->refuse("T1");
  ask();
  answer("T1");
  ASSERT_EQ(forces.size(), 3u);
  EXPECT_EQ(forces.back(), TokenKeeper::Force::Yes);
  answer("T2");
  EXPECT_EQ(got.back(), "T2");
}

TEST_F(TokenKeeperTest, BacksOffAfterAFailure) {
  ask();
  answer_error();
  ask();
  EXPECT_EQ(got, (std::vector<std::string>{"error", "error"}));
  EXPECT_EQ(forces.size(), 1u);
  env->run_for(kSecondMs);
  ask();
  EXPECT_EQ(forces.size(), 2u);
  answer_error();
  env->run_for(kSecondMs);
  ask();
  EXPECT_EQ(forces.size(), 2u);  // two seconds now
}

}  // namespace
}  // namespace weir::connectors
