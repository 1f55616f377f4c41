#include "model/event_chunk.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

const std::string kFile = "0123456789abcdef";

EventChunkBuilder some_rows() {
  EventChunkBuilder builder(kFile);
  IdentityRef a{IdentityKind::UserId, "", "u1"};
  std::vector<IdentityRef> both{a, {IdentityKind::OpenId, "wx1", "o1"}};
  builder.start_row(1, 1'772'411'400'000, "visit", {&a, 1});
  builder.set("city", std::string("上海"));
  builder.set("n", int64_t{-5});
  builder.set("ok", true);
  builder.start_row(3, 1'772'411'400'001, "buy", both);
  builder.set("city", std::string(""));
  builder.set("price", 9.5);
  builder.set("skus", StringList{"S1", "S2"});
  builder.set("raw", JsonText{R"({"a":1})"});
  builder.set_message_id("m-3");
  builder.start_row(4, -7, "visit", both);
  builder.set("n", std::string("five"));
  builder.set("gone", std::monostate{});
  return builder;
}

Envelope import_record() {
  Envelope e;
  e.kind = RecordKind::ImportChunk;
  e.trust = Trust::Server;
  e.historical = true;
  e.source = "import:events";
  e.received_time = 1'780'000'000'000;
  return e;
}

TEST(EventChunk, RowsComeBackAsTheRecordsTheyAre) {
  EventChunkBuilder builder = some_rows();
  std::string bytes = builder.take();
  EXPECT_EQ(builder.rows(), 0u);
  auto chunk = decode_event_chunk(bytes);
  ASSERT_TRUE(chunk) << chunk.error().message;
  ASSERT_EQ(chunk->rows(), 3u);
  Envelope first = row_envelope(*chunk, 0, import_record());
  EXPECT_EQ(first.kind, RecordKind::Track);
  EXPECT_EQ(first.message_id, kFile + ":1");
  EXPECT_EQ(first.name, "visit");
  EXPECT_EQ(first.event_time, 1'772'411'400'000);
  EXPECT_EQ(first.received_time, 1'780'000'000'000);
  EXPECT_TRUE(first.historical);
  EXPECT_EQ(first.identities, (std::vector<Identity>{{IdentityKind::UserId, "", "u1"}}));
  EXPECT_EQ(first.properties,
            (Properties{{"city", std::string("上海")}, {"n", int64_t{-5}}, {"ok", true}}));
  Envelope second = row_envelope(*chunk, 1, import_record());
  EXPECT_EQ(second.message_id, "m-3");
  EXPECT_EQ(second.identities.size(), 2u);
  EXPECT_EQ(second.properties, (Properties{{"city", std::string()},
                                           {"price", 9.5},
                                           {"skus", StringList{"S1", "S2"}},
                                           {"raw", JsonText{R"({"a":1})"}}}));
  Envelope third = row_envelope(*chunk, 2, import_record());
  EXPECT_EQ(third.event_time, -7);
  EXPECT_EQ(third.properties, (Properties{{"n", std::string("five")}}));
  EXPECT_EQ(chunk->persons(), 2u) << "the same two identities are one entry";
}

TEST(EventChunk, ABuilderForgetsTheRowsItGaveAway) {
  EventChunkBuilder builder = some_rows();
  builder.take();
  IdentityRef b{IdentityKind::UserId, "", "u2"};
  builder.start_row(5, 0, "visit", {&b, 1});
  std::string bytes = builder.take();
  auto chunk = decode_event_chunk(bytes);
  ASSERT_TRUE(chunk);
  EXPECT_EQ(chunk->rows(), 1u);
  EXPECT_TRUE(chunk->columns.empty());
  EXPECT_TRUE(row_envelope(*chunk, 0, import_record()).properties.empty());
}

TEST(EventChunk, RowsCanBeCopiedFromChunkToChunk) {
  std::string bytes = some_rows().take();
  auto chunk = decode_event_chunk(bytes);
  EventChunkBuilder copy(kFile);
  for (uint32_t row : {2u, 1u}) copy.add(*chunk, row);
  std::string copied = copy.take();
  auto again = decode_event_chunk(copied);
  ASSERT_TRUE(again);
  EXPECT_EQ(row_envelope(*again, 0, import_record()), row_envelope(*chunk, 2, import_record()));
  EXPECT_EQ(row_envelope(*again, 1, import_record()), row_envelope(*chunk, 1, import_record()));
}

TEST(EventChunk, CutOrChangedBytesAreRefusedOrStillSafeToRead) {
  std::string good = some_rows().take();
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(decode_event_chunk(std::string_view(good).substr(0, size))) << size;
  EXPECT_FALSE(decode_event_chunk(good + "x"));
  size_t refused = 0;
  for (size_t i = 0; i < good.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      auto chunk = decode_event_chunk(bad);
      if (!chunk) ++refused;
      for (uint32_t row = 0; chunk && row < chunk->rows(); ++row)
        EXPECT_EQ(row_envelope(*chunk, row, import_record()).kind, RecordKind::Track);
    }
  }
  EXPECT_GT(refused, good.size());
}

}  // namespace
}  // namespace weir
