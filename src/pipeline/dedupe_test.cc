#include "pipeline/dedupe.h"

#include "tests/support/map_state_store.h"

#include <gtest/gtest.h>

namespace weir::pipeline {
namespace {

constexpr TimeMs kStart = 1'770'000'000'000;

Envelope message(std::string id, std::string body = "") {
  Envelope e;
  e.source = "web";
  e.message_id = std::move(id);
  e.properties = {{"body", std::move(body)}};
  return e;
}

TEST(Dedupe, TellsNewFromDuplicateFromAnotherBody) {
  Dedupe dedupe;
  EXPECT_EQ(dedupe.check(message("1", "a"), kStart), Seen::New);
  EXPECT_EQ(dedupe.check(message("1", "a"), kStart), Seen::Duplicate);
  EXPECT_EQ(dedupe.check(message("1", "b"), kStart), Seen::OtherBody);
  EXPECT_EQ(dedupe.check(message("2", "a"), kStart), Seen::New);
}

TEST(Dedupe, DoesNotMixSourceAndId) {
  Dedupe dedupe;
  Envelope a = message("bc"), b = message("c");
  a.source = "a";
  b.source = "ab";
  EXPECT_EQ(dedupe.check(a, kStart), Seen::New);
  EXPECT_EQ(dedupe.check(b, kStart), Seen::New);
}

TEST(Dedupe, IgnoresTimesAndTheNoiseOfSealedValues) {
  Dedupe dedupe;
  Envelope first = message("1"), second = message("1");
  first.properties.push_back({"phone", Sealed{"key", "phone", "token", "noise 1"}});
  second.properties.push_back({"phone", Sealed{"key", "phone", "token", "noise 2"}});
  second.received_time = second.event_time = 5;
  EXPECT_EQ(dedupe.check(first, kStart), Seen::New);
  EXPECT_EQ(dedupe.check(second, kStart), Seen::Duplicate);
}

TEST(Dedupe, KeepsSevenWholeDaysAcrossRestartsAndForgetsTheRest) {
  testing::MapStateStore store;
  for (int day = 0; day < 20; ++day) {
    Dedupe dedupe;  // a restart every day
    ASSERT_TRUE(dedupe.load(store));
    for (int i = 0; i < 10; ++i) {
      std::string id = std::to_string(day) + "/" + std::to_string(i);
      EXPECT_EQ(dedupe.check(message(id), kStart + day * kDayMs), Seen::New);
      WriteBatch batch;
      dedupe.save(batch);
      ASSERT_TRUE(store.write(batch));
    }
    if (day >= 7) {
      std::string week_old = std::to_string(day - 7) + "/3";
      EXPECT_EQ(dedupe.check(message(week_old), kStart + day * kDayMs), Seen::Duplicate);
    }
    EXPECT_LE(dedupe.size(), 80u);
  }
  EXPECT_LE(store.rows().size(), 80u) << "rows of forgotten days are gone";
}

TEST(Dedupe, ReportsDamagedRows) {
  testing::MapStateStore store;
  WriteBatch batch;
  batch.put(std::string("cD\0\0\0\1\0\0\0\0\0\0\0\0", 14), "odd");
  ASSERT_TRUE(store.write(batch));
  Dedupe dedupe;
  auto loaded = dedupe.load(store);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::DataLoss);
}

}  // namespace
}  // namespace weir::pipeline
