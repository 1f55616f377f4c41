#include "collect/quarantine/quarantine.h"

#include "tests/support/collect_rig.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::collect {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Rig;
using testing::text;

constexpr std::string_view kBadOrder =
    R"({"type":"track","userId":"u1","messageId":"o1","event":"Order Completed","properties":{"order_id":"o1"}})";

void send_bad(Rig& rig, std::string_view id = "o1", size_t padding = 0) {
  rig.post(
      "/v1/batch",
      fmt::format(
          R"({{"writeKey":"wk_demo","sentAt":"2026-11-22T16:55:39Z","batch":[{{"type":"track","userId":"u1",
      "messageId":"{}","event":"Order Completed","properties":{{"order_id":"o1","phone":"13800138000","pad":"{}"}}}}]}})",
          id, std::string(padding, 'x')));
}

Status replay(Rig& rig, const std::string& id) {
  Status result = fail(ErrorCode::Internal, "no answer");
  rig.collect.replay(id, [&](Status s) { result = std::move(s); });
  return result;
}

TEST(Quarantine, KeepsTheReasonAndASealedPayload) {
  Rig rig;
  send_bad(rig);
  QuarantinePage page = rig.quarantine.list(10, "");
  ASSERT_EQ(page.items.size(), 1u);
  const QuarantineItem& item = page.items[0];
  EXPECT_EQ(page.total, 1u);
  EXPECT_EQ(item.protocol, "segment");
  EXPECT_EQ(item.source, "web");
  EXPECT_EQ(item.reason, reason::kMissing);
  EXPECT_EQ(item.field, "properties.total");
  EXPECT_EQ(item.received_time, testing::kNow);
  for (const Envelope& e : rig.records()) {
    std::string bytes;
    encode(e, bytes);
    EXPECT_THAT(bytes, Not(HasSubstr("13800138000"))) << "the log never holds the payload in clear";
  }
}

TEST(Quarantine, TheConsoleSeesAMaskedPayload) {
  Rig rig;
  send_bad(rig);
  std::string shown;
  rig.collect.show(rig.quarantine.list(1, "").items[0].id,
                   [&](Result<std::string> r) { shown = r ? *r : r.error().message; });
  EXPECT_THAT(shown, HasSubstr(R"("order_id":"o1")"));
  EXPECT_THAT(shown, HasSubstr(R"("phone":"***")"));
  EXPECT_THAT(shown, Not(HasSubstr("13800138000")));
}

TEST(Quarantine, MaskingErrsTowardsHiding) {
  EXPECT_EQ(mask_payload(R"({"time":1795366540000,"x":"call 138 0013 8000 now","n":42})"),
            R"({"time":179********00,"x":"call 138 **** **00 now","n":42})");
  EXPECT_EQ(mask_payload(R"({"mail":"tom@b.cn","userName":"王小明","a":["b"]})"),
            R"({"mail":"t***@b.cn","userName":"***","a":["b"]})");
  EXPECT_EQ(mask_payload(R"({"day":"2011-12-09 15:24:00","tel":"021-5888 8888"})"),
            R"({"day":"2011-12-09 15:24:00","tel":"021-**** **88"})");
  EXPECT_THAT(mask_payload("data=eyJ"), HasSubstr("8 bytes"));
  EXPECT_EQ(mask_payload(R"({"broken":"never ends)"), R"({"broken":"never ends)");
}

TEST(Quarantine, AReplayUnderNewRulesAppendsTheEventAsOfItsTimeAndReleasesIt) {
  Rig rig;
  // A source that was not configured yet.
  rig.post("/sa?token=wk_server", "data=");  // nothing
  Refusal refusal{
      std::string(reason::kUnknownSource),
      "token",
      "m",
      R"([{"type":"track","event":"x","distinct_id":"u","time":1795366530000,"properties":{}}])",
      "wk_server",
      {}};
  auto records =
      quarantine_records(std::span(&refusal, 1), {"sensors", "", testing::kNow, 0}, rig.vault);
  ASSERT_TRUE(records);
  rig.appender.append(*records, [](Result<Position>) {});
  rig.env->run_for(3 * kDayMs);
  std::string id = rig.quarantine.list(1, "").items[0].id;
  ASSERT_TRUE(replay(rig, id));
  EXPECT_EQ(rig.quarantine.list(10, "").total, 0u);
  ASSERT_EQ(rig.of_kind(RecordKind::Track).size(), 1u);
  EXPECT_EQ(rig.of_kind(RecordKind::Track)[0].event_time, 1'795'366'530'000);
  EXPECT_EQ(rig.of_kind(RecordKind::Track)[0].source, "erp");
  EXPECT_EQ(rig.of_kind(RecordKind::Released)[0].name, id);
  EXPECT_EQ(replay(rig, id).error().code, ErrorCode::NotFound);
}

TEST(Quarantine, WhatIsStillWrongStaysAndSaysSo) {
  Rig rig;
  send_bad(rig);
  std::string id = rig.quarantine.list(1, "").items[0].id;
  Status again = replay(rig, id);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(again.error().field, "properties.total");
  EXPECT_EQ(rig.quarantine.list(1, "").total, 1u);
  Status gone = fail(ErrorCode::Internal, "");
  rig.collect.discard(id, [&](Status s) { gone = std::move(s); });
  EXPECT_TRUE(gone);
  EXPECT_EQ(rig.quarantine.list(1, "").total, 0u);
}

TEST(Quarantine, TheSameInputTwiceIsOneRow) {
  Rig rig;
  send_bad(rig);
  send_bad(rig);
  EXPECT_EQ(rig.quarantine.list(10, "").total, 1u);
}

TEST(Quarantine, ListsNewestFirstInPages) {
  Rig rig;
  for (int i = 0; i < 5; ++i) send_bad(rig, fmt::format("m{}", i));
  QuarantinePage first = rig.quarantine.list(2, "");
  QuarantinePage second = rig.quarantine.list(2, first.next_cursor);
  QuarantinePage third = rig.quarantine.list(2, second.next_cursor);
  EXPECT_EQ(first.total, 5u);
  EXPECT_GT(first.items[0].position, first.items[1].position);
  EXPECT_GT(first.items[1].position, second.items[0].position);
  ASSERT_EQ(third.items.size(), 1u);
  EXPECT_EQ(third.next_cursor, "");
}

TEST(Quarantine, OldestPayloadsThenOldestRowsGoWhenItIsFullAndAreCounted) {
  Rig rig({.rows_max = 4, .payload_bytes_max = 1500});
  for (int i = 0; i < 6; ++i) send_bad(rig, fmt::format("m{}", i), 300);
  QuarantinePage page = rig.quarantine.list(10, "");
  EXPECT_EQ(page.total, 4u);
  EXPECT_EQ(rig.quarantine.rows_dropped(), 2u);
  EXPECT_GT(rig.quarantine.payloads_dropped(), 0u);
  EXPECT_EQ(rig.quarantine.received(), 6u);
  EXPECT_FALSE(page.items.front().payload_dropped);
  EXPECT_TRUE(page.items.back().payload_dropped);
  EXPECT_EQ(rig.quarantine.payload(page.items.back().id).error().code, ErrorCode::NotFound);
}

std::vector<std::string> destroyed(Rig& rig) {
  rig.folds.end_batch();
  std::vector<std::string> owners;
  for (const auto& [request, keys] : rig.keys.submitted) {
    for (const PersonalKey& key : keys) {
      EXPECT_EQ(key.generation, "gen1");
      owners.push_back(key.identity.value);
    }
  }
  return owners;
}

TEST(Quarantine, EachPayloadHasAKeyOfItsOwnThatGoesWhenTheItemLeaves) {
  Rig rig;
  for (int i = 0; i < 3; ++i) send_bad(rig, fmt::format("m{}", i));
  EXPECT_THAT(destroyed(rig), ::testing::IsEmpty());
  std::string id = rig.quarantine.list(3, "").items[1].id;
  rig.collect.discard(id, [](const Status& s) { EXPECT_TRUE(s); });
  EXPECT_THAT(destroyed(rig), ::testing::ElementsAre(payload_owner(id)));
  // Unconfirmed: asked for again after a restart, until it is done.
  rig.folds.save(rig.store);
  weir::testing::RecordingErasureSink later;
  Quarantine again(later);
  ASSERT_TRUE(again.load(rig.store));
  again.on_batch_end();
  ASSERT_EQ(later.submitted.size(), 1u);
  EXPECT_EQ(later.submitted, rig.keys.submitted);
  later.done = {later.submitted[0].first};
  again.on_batch_end();
  WriteBatch batch;
  again.save(batch);
  ASSERT_TRUE(rig.store.write(batch));
  Quarantine last(later);
  ASSERT_TRUE(last.load(rig.store));
  last.on_batch_end();
  EXPECT_EQ(later.submitted.size(), 1u);
}

TEST(Quarantine, KeysOfPayloadsGivenUpForRoomGoToo) {
  Rig rig({.rows_max = 4, .payload_bytes_max = 1500});
  for (int i = 0; i < 6; ++i) send_bad(rig, fmt::format("m{}", i), 300);
  std::set<std::string> waiting;
  for (const QuarantineItem& item : rig.quarantine.list(10, "").items) {
    if (!item.payload_dropped) waiting.insert(payload_owner(item.id));
  }
  std::vector<std::string> gone = destroyed(rig);
  EXPECT_EQ(gone.size() + waiting.size(), 6u);
  for (const std::string& owner : gone) EXPECT_FALSE(waiting.contains(owner));
}

TEST(Quarantine, TheSameInputAfterItLeftWaitsAgain) {
  Rig rig;
  send_bad(rig);
  std::string id = rig.quarantine.list(1, "").items[0].id;
  rig.collect.discard(id, [](const Status& s) { EXPECT_TRUE(s); });
  rig.env->run_for(1);
  send_bad(rig);
  ASSERT_EQ(rig.quarantine.list(1, "").total, 1u) << "no key that nobody will ever destroy";
  EXPECT_EQ(rig.quarantine.list(1, "").items[0].id, id);
}

TEST(Quarantine, FindsWhatMentionsAPersonOnEveryPage) {
  Rig rig;
  for (int i = 0; i < 450; ++i) {
    rig.post("/v1/batch",
             fmt::format(R"({{"writeKey":"wk_demo","batch":[{{"type":"track","userId":"u{}"}}]}})",
                         i % 3 == 0 ? "7" : fmt::format("8{}", i)));
    rig.env->run_for(1);
  }
  std::vector<std::string> found;
  rig.collect.find_mentions(
      {{IdentityKind::UserId, "", "u81"}, {IdentityKind::UserId, "", "u8449"}},
      [&](Result<std::vector<std::string>> ids) { found = ids.value(); });
  ASSERT_EQ(found.size(), 2u) << "the oldest and the newest";
  EXPECT_EQ(rig.quarantine.get(found[0])->reason, reason::kMissing);
}

TEST(Quarantine, StateSurvivesARestart) {
  Rig rig;
  send_bad(rig, "m1");
  send_bad(rig, "m2");
  rig.folds.save(rig.store);
  Quarantine again(rig.keys);
  ASSERT_TRUE(again.load(rig.store));
  QuarantinePage before = rig.quarantine.list(10, ""), after = again.list(10, "");
  ASSERT_EQ(after.items.size(), 2u);
  EXPECT_EQ(after.items[1].id, before.items[1].id);
  EXPECT_EQ(again.received(), 2u);
  auto payload = again.payload(after.items[0].id);
  ASSERT_TRUE(payload);
  EXPECT_THAT(*rig.vault.open(*payload), HasSubstr("13800138000"));
}

TEST(Quarantine, ATooLongPayloadIsCutAndNotReplayed) {
  Rig rig;
  send_bad(rig, "m1", 70 << 10);
  QuarantineItem item = rig.quarantine.list(1, "").items[0];
  EXPECT_TRUE(item.payload_cut);
  EXPECT_EQ(replay(rig, item.id).error().code, ErrorCode::FailedPrecondition);
}

}  // namespace
}  // namespace weir::collect
