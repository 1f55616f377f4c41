// What every StateStore promises (ports/state_store.h), asked of every adapter.

#include "adapters/embedded/state/state_store.h"
#include "adapters/memory/memory.h"
#include "tests/support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace weir {
namespace {

using embedded::open_rocks_state_store;
using embedded::RocksMode;
using testing::TempDir;

class World {
 public:
  virtual ~World() = default;
  virtual StateStore& store() = 0;
  /// Loses what is not durable, as a kill of the process does.
  virtual void crash() = 0;
};

class MemoryWorld : public World {
 public:
  StateStore& store() override { return store_; }
  void crash() override { store_.lose_unflushed(); }

 private:
  memory::MemoryStateStore store_;
};

template <RocksMode kMode>
class RocksWorld : public World {
 public:
  RocksWorld() { open(); }
  StateStore& store() override { return *store_; }
  void crash() override {
    // A copy of the directory as it is now is what a killed process leaves.
    std::filesystem::path copy = dir_.path() + "/copy" + std::to_string(++copies_);
    std::filesystem::copy(current_, copy, std::filesystem::copy_options::recursive);
    store_.reset();
    current_ = copy;
    open();
  }

 private:
  void open() {
    auto opened = open_rocks_state_store(current_.string(), kMode);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = *std::move(opened);
  }
  TempDir dir_;
  std::filesystem::path current_ = dir_.path() + "/state";
  int copies_ = 0;
  std::unique_ptr<StateStore> store_;
};

using MakeWorld = std::unique_ptr<World> (*)();
template <class W>
std::unique_ptr<World> make_world() {
  return std::make_unique<W>();
}

class StateStoreContract : public ::testing::TestWithParam<std::pair<const char*, MakeWorld>> {
 protected:
  using Rows = std::map<std::string, std::string>;
  std::unique_ptr<World> world_ = GetParam().second();
  StateStore& store() { return world_->store(); }

  void put(const Rows& rows) {
    WriteBatch batch;
    for (const auto& [key, value] : rows) batch.put(key, value);
    ASSERT_TRUE(store().write(batch));
  }
  Rows scan(std::string_view prefix) {
    Rows rows;
    std::string last;
    EXPECT_TRUE(store().scan(prefix, [&](std::string_view key, std::string_view value) {
      EXPECT_LT(last, key) << "keys come in byte order";
      last = std::string(key);
      rows.emplace(key, value);
      return true;
    }));
    return rows;
  }
};

INSTANTIATE_TEST_SUITE_P(
    Adapters, StateStoreContract,
    ::testing::Values(std::pair("Memory", &make_world<MemoryWorld>),
                      std::pair("RocksFoldState", &make_world<RocksWorld<RocksMode::FoldState>>),
                      std::pair("RocksSynced", &make_world<RocksWorld<RocksMode::Synced>>)),
    [](const auto& param) { return param.param.first; });

TEST_P(StateStoreContract, GivesBackWhatWasWritten) {
  std::string odd("\0\xff\n", 3);
  put({{"a", "1"}, {odd, odd}, {"empty", ""}});
  EXPECT_EQ(store().get("a").value(), "1");
  EXPECT_EQ(store().get(odd).value(), odd);
  EXPECT_EQ(store().get("empty").value(), "");
  EXPECT_EQ(store().get("missing").value(), std::nullopt);
  auto many = store().get_many({"missing", "a", odd}).value();
  EXPECT_THAT(many, ::testing::ElementsAre(std::nullopt, "1", odd));
}

TEST_P(StateStoreContract, LaterOperationsOfABatchWin) {
  WriteBatch batch;
  batch.put("k", "1");
  batch.erase("k");
  batch.put("k", "2");
  batch.put("gone", "x");
  batch.erase("gone");
  ASSERT_TRUE(store().write(batch));
  EXPECT_EQ(store().get("k").value(), "2");
  EXPECT_EQ(store().get("gone").value(), std::nullopt);
  ASSERT_TRUE(store().write(WriteBatch()));
}

TEST_P(StateStoreContract, ScansAPrefixInOrder) {
  put({{"a", "0"},
       {"ab", "1"},
       {"ab\xff", "2"},
       {"ab\xff\xff", "3"},
       {"ac", "4"},
       {"\xff\xff", "5"}});
  EXPECT_EQ(scan("ab"), (Rows{{"ab", "1"}, {"ab\xff", "2"}, {"ab\xff\xff", "3"}}));
  EXPECT_EQ(scan("\xff"), (Rows{{"\xff\xff", "5"}}));
  EXPECT_EQ(scan("").size(), 6u);
  EXPECT_TRUE(scan("nothing").empty());
  int visits = 0;
  ASSERT_TRUE(store().scan("a", [&](auto, auto) { return ++visits < 2; }));
  EXPECT_EQ(visits, 2);
}

TEST_P(StateStoreContract, KeepsWhatWasFlushed) {
  put({{"a", "1"}, {"b", "1"}});
  ASSERT_TRUE(store().flush());
  world_->crash();
  EXPECT_EQ(scan(""), (Rows{{"a", "1"}, {"b", "1"}}));
  ASSERT_TRUE(store().verify());
}

TEST_P(StateStoreContract, HoldsAPrefixOfTheBatchesAfterACrash) {
  for (int i = 0; i < 50; ++i) {
    put({{"first", std::to_string(i)}, {"second", std::to_string(i)}});
    if (i == 20) {
      ASSERT_TRUE(store().flush());
    }
  }
  world_->crash();
  auto first = store().get("first").value();
  ASSERT_TRUE(first.has_value());
  EXPECT_GE(std::stoi(*first), 20);
  EXPECT_EQ(store().get("second").value(), first) << "a batch is all or nothing";
}

TEST_P(StateStoreContract, PurgeKeepsTheRest) {
  put({{"v1", "x"}, {"v2", "y"}, {"w", "z"}});
  WriteBatch batch;
  batch.erase("v1");
  ASSERT_TRUE(store().write(batch));
  ASSERT_TRUE(store().purge("v"));
  world_->crash();
  EXPECT_EQ(scan(""), (Rows{{"v2", "y"}, {"w", "z"}}));
}

std::string all_bytes(const std::string& dir) {
  std::string bytes;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(in), {});
  }
  return bytes;
}

TEST(RocksStateStore, SyncedWritesNeedNoFlush) {
  RocksWorld<RocksMode::Synced> world;
  WriteBatch batch;
  batch.put("v", "key");
  ASSERT_TRUE(world.store().write(batch));
  world.crash();
  EXPECT_EQ(world.store().get("v").value(), "key");
}

TEST(RocksStateStore, LeavesNoByteOfADeletedValueAfterPurge) {
  TempDir dir;
  for (RocksMode mode : {RocksMode::Synced, RocksMode::FoldState}) {
    std::string path = dir.path() + (mode == RocksMode::Synced ? "/vault" : "/state");
    auto store = open_rocks_state_store(path, mode).value();
    WriteBatch keys;
    for (int i = 0; i < 500; ++i) {
      keys.put("v" + std::to_string(i), "secret-key-" + std::to_string(i) + "-marker");
    }
    ASSERT_TRUE(store->write(keys));
    ASSERT_TRUE(store->flush());
    WriteBatch again;
    again.put("v7",
              "secret-key-7-marker-second");  // an older version in a table, this one in the WAL
    ASSERT_TRUE(store->write(again));
    WriteBatch shred;
    shred.erase("v7");
    ASSERT_TRUE(store->write(shred));
    ASSERT_TRUE(store->purge("v"));
    std::string bytes = all_bytes(path);
    EXPECT_EQ(bytes.find("secret-key-7-marker"), std::string::npos);
    EXPECT_EQ(store->get("v8").value(), "secret-key-8-marker");
  }
}

TEST(RocksStateStore, IsOpenedByOneProcessOnly) {
  TempDir dir;
  auto first = open_rocks_state_store(dir.path(), RocksMode::FoldState);
  ASSERT_TRUE(first);
  auto second = open_rocks_state_store(dir.path(), RocksMode::FoldState);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::FailedPrecondition) << second.error().message;
}

TEST(RocksStateStore, FindsDamageAndDoesNotRepairIt) {
  TempDir dir;
  std::string path = dir.path() + "/state";
  {
    auto store = open_rocks_state_store(path, RocksMode::FoldState).value();
    WriteBatch batch;
    for (int i = 0; i < 20'000; ++i) {
      batch.put("key" + std::to_string(i), "value " + std::to_string(i * 7919));
    }
    ASSERT_TRUE(store->write(batch));
    ASSERT_TRUE(store->flush());
    ASSERT_TRUE(store->verify());
  }
  int tables = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.path().extension() != ".sst") continue;
    ++tables;
    std::fstream table(entry.path(), std::ios::binary | std::ios::in | std::ios::out);
    table.seekg(1000);
    int byte = table.get();
    table.seekp(1000);
    table.put(static_cast<char>(byte ^ 4));
  }
  ASSERT_GT(tables, 0);
  auto opened = open_rocks_state_store(path, RocksMode::FoldState);
  if (!opened) {
    EXPECT_EQ(opened.error().code, ErrorCode::DataLoss);
    return;
  }
  Status verified = (*opened)->verify();
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, ErrorCode::DataLoss);
}

}  // namespace
}  // namespace weir
