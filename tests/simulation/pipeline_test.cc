// The fold driver over both logs in the simulated world: once and only once, whatever is killed
// when.

#include "pipeline/pipeline.h"
#include "adapters/embedded/log/event_log.h"
#include "adapters/memory/memory.h"
#include "base/sim_env.h"
#include "pipeline/appender.h"
#include "pipeline/state_hash.h"
#include "tests/simulation/test_folds.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using memory::MemoryStateStore;
using testing::CountingFold;
using testing::OrderFold;

constexpr TimeMs kStart = 1'770'000'000'000;

Envelope event(std::string name, std::string id) {
  Envelope e;
  e.source = "web";
  e.message_id = std::move(id);
  e.name = std::move(name);
  e.event_time = kStart;
  e.received_time = kStart;
  return e;
}

std::string bytes_of(const Envelope& envelope) {
  std::string out;
  encode(envelope, out);
  return out;
}

/// One process: everything that dies in a kill.
struct Process {
  Process(SimEnv& env, EventLog& log, StateStore& store, pipeline::Options options = {})
      : pipeline(pipeline::Pipeline::make(log, store, env, {&counting, &order}, metrics, options)) {
  }

  Metrics metrics;
  CountingFold counting;
  OrderFold order;
  std::unique_ptr<pipeline::Pipeline> pipeline;
};

/// A world with a log in memory.
class PipelineTest : public ::testing::Test {
 protected:
  void start() {
    process_ = std::make_unique<Process>(*env_, log_, store_, options_);
    auto started = process_->pipeline->start([this] { ++lives_; });
    ASSERT_TRUE(started) << started.error().message;
    env_->run_ready();
  }
  void append(const std::vector<Envelope>& batch) {
    std::vector<std::string> records;
    for (const Envelope& envelope : batch) records.push_back(bytes_of(envelope));
    append_bytes(std::move(records));
  }
  void append_bytes(std::vector<std::string> records) {
    log_.append(std::move(records), [](Result<Position> r) { ASSERT_TRUE(r); });
    env_->run_ready();
  }
  CountingFold& fold() { return process_->counting; }
  uint64_t counter(std::string_view name) { return process_->metrics.counter(name).value(); }

  std::unique_ptr<SimEnv> env_ = SimEnv::make(11, kStart);
  memory::MemoryEventLog log_{*env_};
  MemoryStateStore store_;
  pipeline::Options options_;
  int lives_ = 0;
  std::unique_ptr<Process> process_;
};

TEST_F(PipelineTest, FollowsTheLogOnceItIsLive) {
  append({event("view", "1")});
  start();
  EXPECT_EQ(lives_, 1);
  EXPECT_TRUE(process_->pipeline->live());
  EXPECT_EQ(fold().count("event/view"), 1);
  EXPECT_FALSE(fold().live_seen()) << "what was in the log at start is recovery";
  append({event("view", "2"), event("view", "3")});
  EXPECT_EQ(fold().count("event/view"), 3);
  EXPECT_TRUE(fold().live_seen());
  EXPECT_EQ(process_->pipeline->lag(), 0u);
}

TEST_F(PipelineTest, FoldsADuplicateOnceAndCountsAnotherBody) {
  start();
  append({event("view", "1"), event("view", "1")});
  append({event("buy", "1"), event("view", "2")});
  Envelope other_source = event("view", "1");
  other_source.source = "app";
  append({other_source});
  EXPECT_EQ(fold().count("event/view"), 3);
  EXPECT_EQ(fold().count("event/buy"), 0);
  EXPECT_EQ(counter("weir_duplicates_total"), 2u);
  EXPECT_EQ(counter("weir_dup_conflict_total"), 1u);
}

TEST_F(PipelineTest, RemembersMessagesForSevenDaysAndAcrossRestarts) {
  start();
  append({event("view", "1")});
  ASSERT_TRUE(process_->pipeline->stop());
  env_->run_for(6 * kDayMs);
  start();
  append({event("view", "1")});
  EXPECT_EQ(fold().count("event/view"), 1);
  env_->run_for(4 * kDayMs);
  append({event("view", "other")});  // brings log time forward
  append({event("view", "1")});
  EXPECT_EQ(fold().count("event/view"), 3) << "a duplicate after more than a week is a new message";
}

TEST_F(PipelineTest, FiresATimerByATickWhenNothingElseHappens) {
  start();
  append({event("cart", "c1")});
  env_->run_for(kMinuteMs - 1);
  EXPECT_EQ(fold().count("timer/c1"), 0);
  env_->run_for(2000);
  EXPECT_EQ(fold().count("timer/c1"), 1);
  EXPECT_EQ(fold().count("early/c1"), 0);
  EXPECT_EQ(fold().count("event/reminded"), 1);
  EXPECT_EQ(log_.end(), 2u) << "one tick";
  env_->run_for(kHourMs);
  EXPECT_EQ(log_.end(), 2u) << "no timer, no tick";
}

TEST_F(PipelineTest, FiresATimerBeforeTheRecordThatBringsTimeForward) {
  start();
  append({event("cart", "c1")});
  env_->kill_process();  // the ticker is gone: only a record can bring time
  env_->run_for(kHourMs);
  memory::MemoryEventLog log(*env_);
  std::vector<std::string> records;
  Process later(*env_, log, store_);
  log.append({bytes_of(event("cart", "c1"))}, [](auto) {});
  env_->run_ready();
  ASSERT_TRUE(later.pipeline->start([] {}));
  env_->run_ready();
  log.append({bytes_of(event("paid", "c2"))}, [](auto) {});
  env_->run_for(kMinuteMs);
  log.append({bytes_of(event("paid", "c1"))}, [](auto) {});
  env_->run_ready();
  EXPECT_EQ(later.counting.count("timer/c1"), 1);
}

TEST_F(PipelineTest, CancelsATimer) {
  start();
  append({event("cart", "c1")});
  append({event("paid", "c1")});  // the same message id is a duplicate: nothing is cancelled
  env_->run_for(2 * kMinuteMs);
  EXPECT_EQ(fold().count("timer/c1"), 1);
}

TEST_F(PipelineTest, EndsLoopsOfFacts) {
  start();
  append({event("flood", "f")});
  EXPECT_LE(fold().count("event/flood"), 1001);
  EXPECT_GT(counter("weir_facts_dropped_total"), 0u);
  append({event("burst", "b")});
  EXPECT_EQ(fold().count("event/spark"), 1000);
  append({event("view", "1")});
  EXPECT_EQ(fold().count("event/view"), 1);
}

TEST_F(PipelineTest, TellsEveryFoldAboutMergesAndErasures) {
  start();
  append({event("join", "1"), event("forget", "2")});
  EXPECT_EQ(fold().count("merge/2>1"), 1);
  EXPECT_EQ(fold().count("erase/3"), 1);
}

TEST_F(PipelineTest, KeepsWhatCannotBeFoldedAndGoesOn) {
  start();
  append_bytes({"no envelope", bytes_of(event("boom", "1")), bytes_of(event("view", "2"))});
  EXPECT_EQ(fold().count("event/view"), 1);
  std::vector<pipeline::DeadLetter> letters;
  process_->pipeline->run([&] { letters = process_->pipeline->dead_letters(); });
  env_->run_ready();
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].position, 0u);
  EXPECT_EQ(letters[0].reason, "undecodable");
  EXPECT_EQ(letters[1].reason, "fold counting threw");
}

TEST_F(PipelineTest, AnswersQuestionsBetweenBatches) {
  options_.batch_records_max = 10;
  start();
  std::vector<Envelope> batch;
  for (int i = 0; i < 1000; ++i) batch.push_back(event("view", std::to_string(i)));
  append(batch);
  int seen = -1;
  process_->pipeline->run([&] { seen = fold().count("event/view"); });
  env_->run_ready();
  EXPECT_EQ(seen, 1000);
  EXPECT_GE(fold().batches(), 100);
}

TEST_F(PipelineTest, AnswersQuestionsAskedBeforeTheStateWasLoaded) {
  start();
  append({event("view", "1")});
  ASSERT_TRUE(process_->pipeline->stop());
  process_ = std::make_unique<Process>(*env_, log_, store_);
  int seen = -1;
  process_->pipeline->run([&] { seen = fold().count("event/view"); });
  env_->run_ready();
  EXPECT_EQ(seen, -1);
  ASSERT_TRUE(process_->pipeline->start([] {}));
  env_->run_ready();
  EXPECT_EQ(seen, 1);
}

TEST_F(PipelineTest, CheckpointsByTimeAndAtStop) {
  start();
  append({event("view", "1")});
  EXPECT_EQ(process_->pipeline->durable_cursor(), 0u);
  env_->run_for(options_.checkpoint_ms + 100);
  EXPECT_EQ(process_->pipeline->durable_cursor(), 1u);
  append({event("view", "2")});
  ASSERT_TRUE(process_->pipeline->stop());
  EXPECT_EQ(process_->pipeline->durable_cursor(), 2u);
  store_.lose_unflushed();
  process_ = std::make_unique<Process>(*env_, log_, store_, options_);
  ASSERT_TRUE(process_->pipeline->start([] {}));
  EXPECT_EQ(process_->pipeline->cursor(), 2u) << "nothing has to be folded again";
  EXPECT_EQ(fold().count("event/view"), 2);
}

/// Fails every other write.
class ShakyStore : public MemoryStateStore {
 public:
  Status write(const WriteBatch& batch) override {
    if (++writes_ % 2 == 1) return fail(ErrorCode::ResourceExhausted, "no space left");
    return MemoryStateStore::write(batch);
  }

 private:
  int writes_ = 0;
};

TEST_F(PipelineTest, WritesAgainWhatAFullDiskRefused) {
  ShakyStore shaky;
  Process process(*env_, log_, shaky);
  ASSERT_TRUE(process.pipeline->start([] {}));
  for (int i = 0; i < 20; ++i) {
    append({event("cart", std::to_string(i))});
    env_->run_for(options_.checkpoint_ms + 50);
  }
  env_->run_for(2 * kMinuteMs);
  EXPECT_EQ(process.pipeline->durable_cursor(), log_.end());
  MemoryStateStore fresh;
  Process again(*env_, log_, fresh);
  ASSERT_TRUE(again.pipeline->start([] {}));
  env_->run_ready();
  ASSERT_TRUE(again.pipeline->stop());
  EXPECT_EQ(pipeline::state_hash(shaky).value(), pipeline::state_hash(fresh).value());
}

class Participant : public CheckpointParticipant {
 public:
  std::function<Status()> begin_checkpoint(Position at) override {
    return [this, at]() -> Status {
      if (fail_next) {
        fail_next = false;
        return fail(ErrorCode::Unavailable, "not now");
      }
      cursor = at;
      return {};
    };
  }
  void end_checkpoint() override { ++ended; }
  bool fail_next = false;
  Position cursor = 0;
  int ended = 0;
};

TEST_F(PipelineTest, WaitsForItsParticipants) {
  Participant participant;
  participant.fail_next = true;
  process_ = std::make_unique<Process>(*env_, log_, store_);
  process_->pipeline->add_participant(participant);
  ASSERT_TRUE(process_->pipeline->start([] {}));
  append({event("view", "1")});
  env_->run_for(options_.checkpoint_ms + 100);
  EXPECT_EQ(process_->pipeline->durable_cursor(), 0u);
  env_->run_for(options_.checkpoint_ms + 100);
  EXPECT_EQ(process_->pipeline->durable_cursor(), 1u);
  EXPECT_EQ(participant.cursor, 1u);
  EXPECT_EQ(participant.ended, 2) << "also after the one that failed";
}

TEST_F(PipelineTest, TrimsTheLogOnlyBelowTheDurableCursorAndTheAge) {
  options_.log_keep_ms = 2 * kHourMs;
  start();
  for (int hour = 0; hour < 10; ++hour) {
    append({event("view", std::to_string(hour))});
    env_->run_for(kHourMs);
  }
  EXPECT_GT(log_.begin(), 5u);
  EXPECT_LE(log_.begin(), 8u);
  ASSERT_TRUE(process_->pipeline->stop());
  start();
  EXPECT_EQ(fold().count("event/view"), 10);
}

TEST_F(PipelineTest, RefusesAStateThatIsAheadOfItsLog) {
  start();
  append({event("view", "1")});
  ASSERT_TRUE(process_->pipeline->stop());
  memory::MemoryEventLog empty(*env_);
  Process other(*env_, empty, store_);
  auto started = other.pipeline->start([] {});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::DataLoss);
}

/// Counts down at every step of the process and then kills it there.
struct Fuse {
  SimEnv& env;
  int steps_left;  // < 0 = never
  void step() {
    if (steps_left > 0 && --steps_left == 0) env.kill_process();
  }
};

/// The memory store of a process that may be killed before or after each of its operations.
class FusedStore : public MemoryStateStore {
 public:
  explicit FusedStore(Fuse& fuse) : fuse_(fuse) {}
  Status write(const WriteBatch& batch) override {
    fuse_.step();
    if (fuse_.steps_left == 0) return fail(ErrorCode::Unavailable, "killed");
    Status written = MemoryStateStore::write(batch);
    fuse_.step();
    return written;
  }
  Status flush() override {
    if (fuse_.steps_left == 0) return fail(ErrorCode::Unavailable, "killed");
    Status flushed = MemoryStateStore::flush();
    fuse_.step();
    return flushed;
  }

 private:
  Fuse& fuse_;
};

/// A load with duplicates and timers, over the embedded log in simulated files.
class KillTest {
 public:
  explicit KillTest(uint64_t seed) : env_(SimEnv::make(seed, kStart)), draw_(seed) {}

  /// Runs `tasks` steps of load between kills until everything was sent and settled.
  void run(int messages, int kills, bool cut_power) {
    for (int life = 0; life <= kills; ++life) {
      start();
      bool last = life == kills;
      if (last) {
        send_until(messages);
        env_->run_for(5 * kMinuteMs);
        ASSERT_TRUE(process_->pipeline->stop());
        ASSERT_TRUE(log_->close());
        break;
      }
      send_until(messages * (life + 1) / (kills + 1));
      env_->run_for(static_cast<DurationMs>(draw(3000)));
      kill(cut_power);
    }
  }

  /// Kills once, at the n-th step of the first life. False when the load ended before that.
  bool run_with_fuse(int messages, int steps) {
    fuse_.steps_left = steps;
    start();
    send_until(messages);
    env_->run_for(3 * kMinuteMs);
    bool blown = fuse_.steps_left == 0;
    fuse_.steps_left = -1;
    kill(draw(2) == 0);
    run(messages, 0, false);
    return blown;
  }

  void check(int messages) {
    CountingFold& fold = process_->counting;
    for (const std::string& id : acked_) {
      EXPECT_EQ(fold.count("folded/web/" + id), 1) << id;
      EXPECT_EQ(fold.count("timer/" + id), 1) << id;
      EXPECT_EQ(fold.count("early/" + id), 0) << id;
    }
    EXPECT_EQ(acked_.size(), static_cast<size_t>(messages));
    EXPECT_EQ(fold.count("event/reminded"), messages);
    expect_same_state_when_folded_at_once();
  }

 private:
  uint64_t draw(uint64_t bound) {
    draw_ = draw_ * 6364136223846793005ull + 1442695040888963407ull;
    return (draw_ >> 33) % bound;
  }

  void start() {
    embedded::EventLogOptions options;
    options.dir = "/data/log";
    options.file_bytes_max = 3000;
    options.cache_bytes_max = 500;
    auto log = embedded::EmbeddedEventLog::open(*env_, options);
    ASSERT_TRUE(log) << log.error().message;
    log_ = *std::move(log);
    pipeline::Options small;
    small.batch_records_max = 1 + draw(5);
    small.checkpoint_ms = 1 + static_cast<DurationMs>(draw(500));
    process_ = std::make_unique<Process>(*env_, *log_, store_, small);
    process_->counting.at_step([this] { fuse_.step(); });
    auto started = process_->pipeline->start([] {});
    ASSERT_TRUE(started) << started.error().message;
    // What was not acknowledged before the kill is sent again, as a client would.
    for (const std::string& id : std::exchange(in_flight_, {})) send(id);
  }

  void send(const std::string& id) {
    in_flight_.insert(id);
    int copies = 1 + static_cast<int>(draw(3));  // clients repeat themselves
    for (int i = 0; i < copies; ++i) {
      log_->append({bytes_of(event("cart", id))}, [this, id](Result<Position> r) {
        if (!r) return;
        in_flight_.erase(id);
        acked_.insert(id);
      });
    }
  }
  void send_until(int target) {
    while (sent_ < target) {
      send("m" + std::to_string(sent_++));
      if (draw(3) == 0) env_->run_for(static_cast<DurationMs>(draw(40)));
    }
  }
  void kill(bool cut_power) {
    env_->kill_process();
    process_.reset();
    log_.reset();
    if (!cut_power) return;
    constexpr PowerCut kModes[] = {PowerCut::DropUnsynced, PowerCut::KeepUnsynced,
                                   PowerCut::TearUnsynced};
    env_->power_cut(kModes[draw(3)]);
    store_.lose_unflushed();
  }

  void expect_same_state_when_folded_at_once() {
    Hash128 killed = pipeline::state_hash(store_).value();
    for (int replay = 0; replay < 3; ++replay) {
      auto log = embedded::EmbeddedEventLog::open(*env_, {.dir = "/data/log"});
      log_.reset();
      ASSERT_FALSE(log) << "the first one still holds the lock";
      log = embedded::EmbeddedEventLog::open(*env_, {.dir = "/data/log"});
      ASSERT_TRUE(log) << log.error().message;
      MemoryStateStore fresh;
      Process process(*env_, **log, fresh);
      ASSERT_TRUE(process.pipeline->start([] {}));
      env_->run_ready();
      ASSERT_TRUE(process.pipeline->stop());
      EXPECT_EQ(pipeline::state_hash(fresh).value(), killed);
      log_ = *std::move(log);
    }
  }

  std::unique_ptr<SimEnv> env_;
  uint64_t draw_;
  Fuse fuse_{*env_, -1};
  FusedStore store_{fuse_};
  std::unique_ptr<embedded::EmbeddedEventLog> log_;
  std::unique_ptr<Process> process_;
  std::set<std::string> in_flight_, acked_;
  int sent_ = 0;
};

TEST(PipelineKills, LeaveTheSameStateAsNoKill) {
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    KillTest test(seed);
    test.run(40, 6, false);
    test.check(40);
    if (::testing::Test::HasFailure()) break;
  }
}

TEST(PipelineKills, AtEveryStepLeaveTheSameState) {
  int blown = 0;
  for (int steps = 1;; ++steps) {
    SCOPED_TRACE("killed at step " + std::to_string(steps));
    KillTest test(static_cast<uint64_t>(steps));
    if (!test.run_with_fuse(40, steps)) break;
    ++blown;
    test.check(40);
    if (::testing::Test::HasFailure()) break;
  }
  EXPECT_GT(blown, 60);
}

TEST(PipelineKills, AndPowerCutsLeaveTheSameState) {
  for (uint64_t seed = 1001; seed <= 1150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    KillTest test(seed);
    test.run(40, 6, true);
    test.check(40);
    if (::testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace weir
