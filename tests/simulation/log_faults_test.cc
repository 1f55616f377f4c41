// What the embedded log makes of torn tails, damage, failing disks and power cuts (RELIABILITY
// P1–P5).

#include "adapters/embedded/log/event_log.h"
#include "adapters/embedded/log/log_format.h"
#include "base/sim_env.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using embedded::EmbeddedEventLog;
using embedded::EventLogOptions;

constexpr TimeMs kStart = 1'770'000'000'000;
const std::string kDir = "/data/log";

EventLogOptions options_of(uint64_t file_bytes) {
  EventLogOptions options;
  options.dir = kDir;
  options.file_bytes_max = file_bytes;
  options.cache_bytes_max = 0;  // every read goes to the files
  options.disk_reserve_bytes = 0;
  return options;
}

std::string record_text(uint64_t number) {
  return "record " + std::to_string(number) +
         std::string(number % 200, static_cast<char>('a' + number % 26));
}

Result<std::unique_ptr<EmbeddedEventLog>> open_log(SimEnv& env, uint64_t file_bytes) {
  return EmbeddedEventLog::open(env, options_of(file_bytes));
}

/// Appends records `from`… to `to`, one batch each, and lets them settle. Returns how many were
/// acked.
uint64_t append_all(SimEnv& env, EventLog& log, uint64_t from, uint64_t to) {
  uint64_t acked = 0;
  for (uint64_t i = from; i < to; ++i) {
    log.append({record_text(i)}, [&](Result<Position> r) { acked += r ? 1 : 0; });
    env.run_ready();
  }
  return acked;
}

/// Reads everything; on an error, `clean` is false. Wrong bytes are a failure in any case.
std::vector<std::string> read_all(const EventLog& log, bool& clean) {
  std::vector<std::string> out;
  clean = true;
  for (Position next = log.begin();;) {
    auto records = log.read(next, 10'000);
    if (!records) {
      clean = false;
      return out;
    }
    if (records->empty()) return out;
    for (LogRecord& r : *records) {
      EXPECT_EQ(r.position, next++);
      out.push_back(std::move(r.bytes));
    }
  }
}

using Files = std::map<std::string, std::string>;

Files copy_of(SimEnv& env) {
  Files files;
  auto names = env.files().list(kDir).value();
  for (const std::string& name : names) {
    files[name] = env.files().read_all(kDir + "/" + name).value();
  }
  return files;
}

std::unique_ptr<SimEnv> world_with(const Files& files, uint64_t seed) {
  auto env = SimEnv::make(seed, kStart);
  EXPECT_TRUE(env->files().make_dirs(kDir));
  for (const auto& [name, bytes] : files) {
    auto file = env->files().open(kDir + "/" + name, OpenMode::Create).value();
    EXPECT_TRUE(file->append(bytes));
    EXPECT_TRUE(file->sync());
  }
  EXPECT_TRUE(env->files().sync_dir(kDir));
  return env;
}

TEST(LogTail, OpensWhereverItWasCut) {
  auto env = SimEnv::make(1, kStart);
  auto log = open_log(*env, 1 << 30).value();
  Files early = copy_of(*env);  // its mark promises nothing yet
  ASSERT_EQ(append_all(*env, *log, 0, 900), 900u);
  Files files = copy_of(*env);
  files["synced"] = early["synced"];
  std::string name = embedded::log_file_name(0);
  ASSERT_TRUE(files.contains(name)) << "the first frame made the first file";
  const std::string whole = files[name];
  ASSERT_GT(whole.size(), size_t{80 << 10});
  Position last_end = 0;
  for (size_t size = whole.size() - (64 << 10); size <= whole.size(); ++size) {
    files[name] = whole.substr(0, size);
    auto cut = world_with(files, size);
    auto opened = open_log(*cut, 1 << 30);
    ASSERT_TRUE(opened) << "cut at " << size << ": " << opened.error().message;
    ASSERT_GE((*opened)->end(), last_end);
    last_end = (*opened)->end();
    if (size % 257 != 0) continue;  // reading all is slow: now and then
    bool clean = false;
    auto records = read_all(**opened, clean);
    ASSERT_TRUE(clean);
    for (size_t i = 0; i < records.size(); ++i) ASSERT_EQ(records[i], record_text(i));
    ASSERT_EQ(append_all(*cut, **opened, records.size(), records.size() + 1), 1u);
  }
  EXPECT_EQ(last_end, 900u);
}

TEST(LogTail, IsNeverCutBelowTheMark) {
  auto env = SimEnv::make(1, kStart);
  auto log = open_log(*env, 1 << 30).value();
  append_all(*env, *log, 0, 100);
  ASSERT_TRUE(log->close());
  Files files = copy_of(*env);
  std::string& newest = files[embedded::log_file_name(0)];
  newest.resize(newest.size() - 1);
  auto cut = world_with(files, 2);
  auto opened = open_log(*cut, 1 << 30);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::DataLoss);
  EXPECT_EQ(copy_of(*cut)[embedded::log_file_name(0)], newest) << "nothing may be changed";
}

/// One seeded mutation of one file; false when it changed nothing.
bool mutate(Files& files, SimEnv& env, std::string& what) {
  auto pick = files.begin();
  std::advance(pick, static_cast<ptrdiff_t>(env.random().below(files.size())));
  auto& [name, bytes] = *pick;
  if (name == "lock") return false;
  std::string before = bytes;
  Random& random = env.random();
  uint64_t at = bytes.empty() ? 0 : random.below(bytes.size());
  switch (random.below(7)) {
    case 0:
      what = "bit";
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
      break;
    case 1:
      what = "zeroed sector";
      at -= at % 512;
      for (size_t i = at; i < std::min<size_t>(at + 512, bytes.size()); ++i) bytes[i] = 0;
      break;
    case 2:
      what = "garbage sector";
      at -= at % 512;
      for (size_t i = at; i < std::min<size_t>(at + 512, bytes.size()); ++i) {
        bytes[i] = static_cast<char>(random.next());
      }
      break;
    case 3:
      what = "truncated";
      bytes.resize(at);
      break;
    case 4:
      what = "cut out";
      bytes.erase(at, 1 + random.below(600));
      break;
    case 5: {
      what = "swapped sectors";
      size_t other = random.below(bytes.size());
      at -= at % 512, other -= other % 512;
      for (size_t i = 0; i < 512 && std::max(at, other) + i < bytes.size(); ++i) {
        std::swap(bytes[at + i], bytes[other + i]);
      }
      break;
    }
    default:
      what = "removed";
      what += " " + name;
      files.erase(pick);
      return true;
  }
  what += " of " + name + " at " + std::to_string(at);
  return bytes != before;
}

TEST(LogDamage, IsAlwaysFoundAndNeverReadAsGood) {
  auto env = SimEnv::make(5, kStart);
  auto log = open_log(*env, 6000).value();
  append_all(*env, *log, 0, 400);
  ASSERT_TRUE(log->close());
  const Files good = copy_of(*env);
  ASSERT_GT(good.size(), 6u);
  int mutations = 0, found_at_open = 0;
  for (uint64_t seed = 1; mutations < 3000; ++seed) {
    auto dice = SimEnv::make(seed, kStart);
    Files files = good;
    std::string what;
    if (!mutate(files, *dice, what)) continue;
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + what);
    ++mutations;
    auto hurt = world_with(files, seed);
    Files before = copy_of(*hurt);
    auto opened = open_log(*hurt, 6000);
    if (!opened) {
      ASSERT_EQ(opened.error().code, ErrorCode::DataLoss) << opened.error().message;
      Files after = copy_of(*hurt);
      after.erase("lock"), before.erase("lock");
      ASSERT_EQ(after, before) << "damaged data was changed";
      ++found_at_open;
      continue;
    }
    ASSERT_FALSE((*opened)->verify()) << "verify found nothing";
    bool clean = false;
    auto records = read_all(**opened, clean);
    ASSERT_FALSE(clean) << "everything could be read";
    for (size_t i = 0; i < records.size(); ++i) ASSERT_EQ(records[i], record_text(i));
  }
  EXPECT_GT(found_at_open, 0);
}

TEST(LogDamage, BeforeAWholeFrameIsNotATornTail) {
  auto env = SimEnv::make(6, kStart);
  auto log = open_log(*env, 1 << 30).value();
  Files early = copy_of(*env);  // its mark promises nothing yet
  append_all(*env, *log, 0, 50);
  Files good = copy_of(*env);
  good["synced"] = early["synced"];
  std::string name = embedded::log_file_name(0);
  size_t last_frame = good[name].size() - embedded::kFrameHeaderBytes - 1 - record_text(49).size();
  for (size_t at = embedded::kFileHeaderBytes; at < last_frame; at += 3) {
    Files files = good;
    files[name][at] = static_cast<char>(files[name][at] ^ 1);
    auto hurt = world_with(files, at);
    auto opened = open_log(*hurt, 1 << 30);
    ASSERT_FALSE(opened) << "flipped at " << at;
    ASSERT_EQ(opened.error().code, ErrorCode::DataLoss);
    ASSERT_EQ(copy_of(*hurt)[name], files[name]) << "damaged data was changed";
  }
}

TEST(LogDamage, AStaleBlockOfAnotherHistoryBreaksTheChain) {
  auto env = SimEnv::make(8, kStart);
  {
    auto log = open_log(*env, 1 << 30).value();
    append_all(*env, *log, 0, 3);
  }
  Files common = copy_of(*env);
  std::string name = embedded::log_file_name(0);
  std::string histories[2];
  for (int i = 0; i < 2; ++i) {
    auto world = world_with(common, 1);
    auto log = open_log(*world, 1 << 30).value();
    char fill = i == 0 ? 'a' : 'b';
    for (int record = 0; record < 2; ++record) {
      log->append({std::string(100, fill)}, [](auto) {});
      world->run_ready();
    }
    histories[i] = copy_of(*world)[name];
  }
  ASSERT_EQ(histories[0].size(), histories[1].size());
  size_t frame = embedded::kFrameHeaderBytes + 1 + 100;
  Files spliced = common;
  spliced[name] = histories[0].substr(0, histories[0].size() - frame) +
                  histories[1].substr(histories[1].size() - frame);
  auto world = world_with(spliced, 2);
  EXPECT_FALSE(open_log(*world, 1 << 30)) << "each frame is whole, but they were never neighbours";
}

TEST(LogDamage, IsNotHiddenByRecordsThatLookLikeFrames) {
  auto env = SimEnv::make(9, kStart);
  auto log = open_log(*env, 1 << 30).value();
  append_all(*env, *log, 0, 3);
  std::string frame = env->files().read_all(kDir + "/" + embedded::log_file_name(0)).value();
  auto other = SimEnv::make(10, kStart);
  auto target = open_log(*other, 1 << 30).value();
  Files early = copy_of(*other);
  append_all(*other, *target, 0, 3);
  target->append({frame.substr(embedded::kFileHeaderBytes)}, [](auto) {});  // another log's frames
  other->run_ready();
  Files files = copy_of(*other);
  files["synced"] = early["synced"];
  std::string& bytes = files[embedded::log_file_name(0)];
  bytes.resize(bytes.size() - 1);
  auto torn = world_with(files, 3);
  auto opened = open_log(*torn, 1 << 30);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ((*opened)->end(), 3u);
}

TEST(LogDisk, AFailedSyncEndsWritingButNotReading) {
  for (int64_t n = 1; n <= 120; ++n) {
    SCOPED_TRACE("sync " + std::to_string(n));
    auto env = SimEnv::make(static_cast<uint64_t>(n), kStart);
    auto log = open_log(*env, 3000).value();
    env->file_faults().fail_sync_after = n;
    uint64_t acked = 0;
    for (uint64_t i = 0; i < 100; ++i) {
      uint64_t now = append_all(*env, *log, acked, acked + 1);
      if (now == 0 && !log->writable()) break;
      acked += now;
    }
    bool failed = !log->writable();
    if (failed) {
      EXPECT_EQ(append_all(*env, *log, acked, acked + 5), 0u) << "nothing is acknowledged after";
      bool clean = false;
      EXPECT_EQ(read_all(*log, clean).size(), acked);
      EXPECT_TRUE(clean);
    }
    log.reset();
    env->file_faults() = {};
    auto again = open_log(*env, 3000);
    ASSERT_TRUE(again) << again.error().message;
    bool clean = false;
    auto records = read_all(**again, clean);
    ASSERT_TRUE(clean);
    ASSERT_GE(records.size(), acked);
    for (size_t i = 0; i < acked; ++i) ASSERT_EQ(records[i], record_text(i));
  }
}

TEST(LogDisk, AFullDiskRefusesAndHeals) {
  for (int64_t n = 0; n <= 120; ++n) {
    SCOPED_TRACE("write " + std::to_string(n));
    auto env = SimEnv::make(static_cast<uint64_t>(n), kStart);
    auto log = open_log(*env, 3000).value();
    env->file_faults().fail_append_after = n;
    std::vector<std::string> acked;
    uint64_t refused = 0;
    for (uint64_t i = 0; i < 100; ++i) {
      log->append({record_text(i)}, [&](Result<Position> r) {
        if (r) {
          EXPECT_EQ(*r, acked.size());
          acked.push_back(record_text(i));
        } else {
          EXPECT_EQ(r.error().code, ErrorCode::ResourceExhausted) << r.error().message;
          ++refused;
        }
      });
      env->run_ready();
    }
    EXPECT_TRUE(log->writable());
    EXPECT_LE(refused, 1u);
    env->file_faults() = {};
    ASSERT_TRUE(log->close());
    log.reset();
    auto again = open_log(*env, 3000);
    ASSERT_TRUE(again) << again.error().message;
    bool clean = false;
    EXPECT_EQ(read_all(**again, clean), acked);
  }
}

/// The code of the answer to one append; nothing when it was taken.
std::optional<ErrorCode> refusal(SimEnv& env, EventLog& log, std::vector<std::string> batch) {
  std::optional<ErrorCode> code;
  log.append(std::move(batch), [&](Result<Position> r) {
    if (!r) code = r.error().code;
  });
  env.run_ready();
  return code;
}

TEST(LogLimits, ARecordThatWouldEatTheReserveIsRefused) {
  auto env = SimEnv::make(1, kStart);
  EventLogOptions options = options_of(1 << 20);
  options.disk_reserve_bytes = env->files().free_bytes("/").value() + 1;
  auto log = EmbeddedEventLog::open(*env, options).value();
  EXPECT_EQ(refusal(*env, *log, {"x"}), ErrorCode::ResourceExhausted);
  EXPECT_TRUE(log->writable()) << "space may come back";
}

TEST(LogLimits, AFullQueueRefusesAndTheRestIsStored) {
  auto env = SimEnv::make(1, kStart);
  EventLogOptions options = options_of(1 << 20);
  options.queue_bytes_max = 1000;
  auto log = EmbeddedEventLog::open(*env, options).value();
  int taken = 0, refused = 0;
  for (int i = 0; i < 30; ++i) {
    log->append({std::string(100, 'x')}, [&](Result<Position> r) {
      r ? ++taken : ++refused;
      if (!r) {
        EXPECT_EQ(r.error().code, ErrorCode::ResourceExhausted);
      }
    });
  }
  env->run_ready();
  EXPECT_EQ(taken, 9);
  EXPECT_EQ(refused, 21);
  EXPECT_EQ(log->end(), 9u);
  EXPECT_EQ(refusal(*env, *log, {"x"}), std::nullopt) << "the queue is empty again";
}

TEST(LogLimits, ABatchLargerThanAFrameIsTheCallersMistake) {
  auto env = SimEnv::make(1, kStart);
  auto log = open_log(*env, 1 << 30).value();
  std::string large(embedded::kFramePayloadBytesMax, 'x');
  EXPECT_EQ(refusal(*env, *log, {large}), ErrorCode::InvalidArgument);
  large.resize(large.size() - 10);
  EXPECT_EQ(refusal(*env, *log, {large}), std::nullopt);
  EXPECT_EQ(log->read(0, 1).value().front().bytes, large);
}

TEST(LogLimits, ClosingFinishesWhatIsQueuedAndRefusesTheRest) {
  auto env = SimEnv::make(1, kStart);
  auto log = open_log(*env, 1 << 30).value();
  int taken = 0;
  for (int i = 0; i < 10; ++i) {
    log->append({std::string(300'000, 'x')}, [&](Result<Position> r) { taken += r ? 1 : 0; });
  }
  ASSERT_TRUE(log->close());
  EXPECT_EQ(taken, 10);
  EXPECT_EQ(refusal(*env, *log, {"late"}), ErrorCode::Unavailable);
  EXPECT_EQ(log->end(), 10u);
}

/// Appends from several clients at once, cuts the power at a seeded moment, and looks what is left.
void cut_power_once(uint64_t seed) {
  auto env = SimEnv::make(seed, kStart);
  Random& dice = env->random();
  std::vector<std::string> sent;
  std::vector<std::string> acked;  // by position
  for (int life = 0; life < 4; ++life) {
    auto opened = open_log(*env, 1000 + dice.below(4000));
    ASSERT_TRUE(opened) << opened.error().message;
    auto log = *std::move(opened);
    bool clean = false;
    std::vector<std::string> kept = read_all(*log, clean);
    ASSERT_TRUE(clean);
    ASSERT_GE(kept.size(), acked.size()) << "acknowledged records are lost";
    for (size_t i = 0; i < acked.size(); ++i) ASSERT_EQ(kept[i], acked[i]);
    ASSERT_TRUE(log->verify());
    acked = kept;  // whole unacknowledged records that stayed are durable now
    uint64_t batches = dice.below(40);
    for (uint64_t b = 0; b < batches; ++b) {
      std::vector<std::string> batch;
      for (uint64_t i = 0, n = 1 + dice.below(5); i < n; ++i) {
        sent.push_back(std::to_string(sent.size()) + std::string(dice.below(300), 'x'));
        batch.push_back(sent.back());
      }
      log->append(batch, [&acked, batch](Result<Position> r) {
        if (!r) return;
        if (acked.size() < *r + batch.size()) acked.resize(*r + batch.size());
        std::copy(batch.begin(), batch.end(), acked.begin() + static_cast<ptrdiff_t>(*r));
      });
      if (dice.below(3) == 0) env->run_ready();
    }
    if (dice.below(2) == 0) {
      env->file_faults().fail_sync_after = static_cast<int64_t>(dice.below(4));
    }
    env->run_ready();
    env->file_faults() = {};
    env->kill_process();
    log.reset();
    constexpr PowerCut kModes[] = {PowerCut::DropUnsynced, PowerCut::KeepUnsynced,
                                   PowerCut::TearUnsynced};
    env->power_cut(kModes[dice.below(3)]);
  }
}

TEST(LogPowerCut, LosesNothingAcknowledgedAndLeavesNoHoles) {
  for (uint64_t seed = 1; seed <= 800; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    cut_power_once(seed);
    if (::testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace weir
