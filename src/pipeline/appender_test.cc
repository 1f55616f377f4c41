#include "pipeline/appender.h"

#include "base/sim_env.h"

#include <gtest/gtest.h>

namespace weir::pipeline {
namespace {

constexpr TimeMs kStart = 1'770'000'000'000;

/// Takes everything at once.
class InstantLog : public EventLog {
 public:
  void append(std::vector<std::string> batch, AppendDone done) override {
    Position first = records.size();
    for (std::string& record : batch) records.push_back(std::move(record));
    done(first);
  }
  Result<std::vector<LogRecord>> read(Position, size_t) const override { return {}; }
  Position begin() const override { return 0; }
  Position end() const override { return records.size(); }
  void on_append(std::function<void()>) override {}
  Status trim(Position) override { return {}; }
  uint64_t disk_bytes() const override { return 0; }
  bool writable() const override { return healthy; }

  std::vector<std::string> records;
  bool healthy = true;
};

/// Seals the property "phone".
class PhoneVault : public Vault {
 public:
  Status seal(std::span<Envelope> batch) override {
    if (broken) return fail(ErrorCode::Unavailable, "the key store is down");
    for (Envelope& e : batch) set_property(e.properties, "phone", Sealed{"k", "phone", "t", "c"});
    return {};
  }
  bool needs_seal(const Envelope& e) const override { return find_property(e.properties, "phone"); }
  Result<std::vector<Sealed>> seal_texts(std::span<const TextToSeal> texts) override {
    return std::vector<Sealed>(texts.size());
  }
  Result<std::string> open(const Sealed&) const override { return ""; }
  Result<std::string> token(IdentityKind, std::string_view) const override { return ""; }
  std::string masked(const Sealed&) const override { return ""; }
  Status destroy_keys(std::span<const Identity>) override { return {}; }
  bool broken = false;
};

class LaggingPipeline : public Pipeline {
 public:
  void add_participant(CheckpointParticipant&) override {}
  Status start(std::function<void()>) override { return {}; }
  Status stop() override { return {}; }
  bool live() const override { return true; }
  Position cursor() const override { return 0; }
  Position durable_cursor() const override { return 0; }
  uint64_t lag() const override { return behind; }
  std::optional<Error> halted() const override { return std::nullopt; }
  void run(std::function<void()>) override {}
  std::vector<DeadLetter> dead_letters() const override { return {}; }
  void checkpoint(std::function<void(Status)>) override {}
  uint64_t behind = 0;
};

class AppenderTest : public ::testing::Test {
 protected:
  Result<Position> append(std::vector<Envelope> batch) {
    std::optional<Result<Position>> answer;
    appender_.append(std::move(batch), [&](Result<Position> r) { answer = std::move(r); });
    env_->run_ready();
    EXPECT_TRUE(answer.has_value());
    return *answer;
  }
  Envelope stored(size_t i) { return decode_envelope(log_.records.at(i)).value(); }

  std::unique_ptr<SimEnv> env_ = SimEnv::make(3, kStart);
  InstantLog log_;
  PhoneVault vault_;
  LaggingPipeline pipeline_;
  Metrics metrics_;
  LogAppender appender_{log_, vault_, pipeline_, *env_, metrics_, {.lag_records_max = 100}};
};

TEST_F(AppenderTest, StampsTheTimeOfArrival) {
  Envelope e;
  e.event_time = kStart - kHourMs;
  EXPECT_EQ(append({e, e}).value(), 0u);
  EXPECT_EQ(log_.records.size(), 2u);
  EXPECT_EQ(stored(1).received_time, kStart);
  EXPECT_EQ(stored(1).event_time, kStart - kHourMs);
}

TEST_F(AppenderTest, NothingPersonalReachesTheLogInClear) {
  Envelope e;
  set_property(e.properties, "phone", "13800138000");
  ASSERT_TRUE(append({e}));
  EXPECT_TRUE(std::holds_alternative<Sealed>(*find_property(stored(0).properties, "phone")));
  EXPECT_EQ(log_.records[0].find("13800138000"), std::string::npos);
  vault_.broken = true;
  auto refused = append({e});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
  EXPECT_EQ(log_.records.size(), 1u) << "what could not be sealed is not stored";
}

TEST_F(AppenderTest, RefusesAllWhenOneItemBreaksAClockRule) {
  Envelope old;
  old.event_time = kStart - 400 * kDayMs;
  auto refused = append({Envelope(), old});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(refused.error().message.find("item 1"), std::string::npos);
  EXPECT_TRUE(log_.records.empty());
}

TEST_F(AppenderTest, RefusesWhenTheFoldsAreBehindOrTheLogIsReadOnly) {
  pipeline_.behind = 101;
  EXPECT_EQ(append({Envelope()}).error().code, ErrorCode::ResourceExhausted);
  pipeline_.behind = 100;
  EXPECT_TRUE(append({Envelope()}));
  log_.healthy = false;
  EXPECT_EQ(append({Envelope()}).error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace weir::pipeline
