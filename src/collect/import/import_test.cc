// `weir import` from the file to the folds, with calls that get lost.

#include "model/event_chunk.h"
#include "tests/support/import_rig.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::collect {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Rig;
using testing::text;

class Import : public ::testing::Test {
 protected:
  std::string write(std::string_view name, std::string_view bytes) {
    std::string path = dir_.path() + "/" + std::string(name);
    EXPECT_TRUE(env_.files().write_atomic(path, bytes));
    return path;
  }
  int run(const std::string& file, std::string_view feed, const std::string& mapping = "",
          bool dry_run = false) {
    ImportOptions options;
    options.file = file;
    options.feed = feed;
    options.mapping = mapping;
    options.dry_run = dry_run;
    out_.clear();
    options.print = [this](std::string_view t) { out_ += t; };
    options.progress = [this](std::string_view t) { progress_ += t; };
    return run_import(options, env_);
  }
  ImportProgress last() { return rig_.imports.list().at(0); }

  Rig rig_;
  testing::ImportEnv env_{rig_};
  weir::testing::TempDir dir_;
  std::string out_, progress_;
};

constexpr std::string_view kOrders =
    "order_no,member_no,pay_time,sku,qty,price\n"
    "A1,m1,2026-03-02 08:30,S1,2,19.90\n"
    "A2,m2,2026-03-02 09:00,S2,1,5\n"
    "A1,m1,2026-03-02 08:30,S2,-1,5.00\n"
    "A3,,2026-03-02 10:00,S1,1,1\n"
    "A4,m4,sometime,S1,1,1\n"
    "A5,m5,2026-03-02 11:00,S1,1,1.38E+10\n"
    "合计,,,,,\n";

TEST_F(Import, OrdersAreGroupedSplitIntoSoldAndTakenBackAndAccountedFor) {
  EXPECT_EQ(run(write("o.csv", kOrders), "orders"), 0) << progress_;
  EXPECT_THAT(out_, HasSubstr("7 rows = 3 accepted + 0 deduplicated + 4 quarantined"));
  auto tracks = rig_.of_kind(RecordKind::Track);
  ASSERT_EQ(tracks.size(), 3u);
  EXPECT_EQ(text(tracks[0], "order_id"), "A2");
  EXPECT_EQ(tracks[1].name, "order_paid");
  EXPECT_EQ(tracks[1].message_id, "order:A1");
  EXPECT_EQ(tracks[1].source, "import:orders");
  EXPECT_EQ(tracks[1].trust, Trust::Server);
  EXPECT_TRUE(tracks[1].historical);
  EXPECT_EQ(tracks[1].event_time, 1'772'411'400'000);
  EXPECT_THAT(tracks[1].identities, ElementsAre(Identity{IdentityKind::UserId, "", "m1"}));
  EXPECT_EQ(int_property(tracks[1].properties, "amount_fen"), 3980);
  EXPECT_EQ(text(tracks[1], "currency"), "CNY");
  EXPECT_EQ(std::get<JsonText>(*find_property(tracks[1].properties, "items")).text,
            R"([{"sku_id":"S1","quantity":2,"unit_price":"19.9"}])");
  EXPECT_EQ(tracks[2].name, "order_refunded");
  EXPECT_EQ(int_property(tracks[2].properties, "amount_fen"), 500);
  auto kept = rig_.of_kind(RecordKind::Quarantine);
  std::vector<std::string> reasons;
  for (const Envelope& e : kept) reasons.push_back(text(e, "reason") + " " + text(e, "field"));
  EXPECT_THAT(reasons, ElementsAre("no_identity ", "bad_time pay_time", "bad_number price",
                                   "bad_time pay_time"));
  EXPECT_THAT(text(kept[1], "message"), HasSubstr("row 5"));
}

TEST_F(Import, TheSameFileAgainIsAlreadyDone) {
  std::string file = write("o.csv", kOrders);
  run(file, "orders");
  size_t appended = rig_.appender.appended;
  EXPECT_EQ(run(file, "orders"), 0);
  EXPECT_EQ(rig_.appender.appended, appended);
}

TEST_F(Import, ALongerExportAddsOnlyWhatIsNew) {
  run(write("o.csv", kOrders), "orders");
  std::string longer = std::string(kOrders) + "A6,m6,2026-03-03 08:00,S1,1,2\n";
  EXPECT_EQ(run(write("o2.csv", longer), "orders"), 0);
  EXPECT_THAT(out_, HasSubstr("8 rows = 1 accepted + 3 deduplicated + 4 quarantined"));
}

std::string many_events(size_t n) {
  std::string csv = "event,time,user_id,phone,amount\n";
  for (size_t i = 0; i < n; ++i) {
    csv += i % 10 == 9
               ? fmt::format("visit,bad,u{},,1\n", i)
               : fmt::format("visit,2026-03-02 08:30,u{},138001{:05},{}\n", i % 7, i % 7, i);
  }
  return csv;
}

TEST_F(Import, LostCallsAndLostAnswersNeitherLoseNorDoubleRows) {
  env_.http_client.fail_every = 3;
  EXPECT_EQ(run(write("e.csv", many_events(5000)), "events"), 0) << progress_;
  EXPECT_EQ(rig_.of_kind(RecordKind::Track).size(), 4500u);
  EXPECT_EQ(last().accepted, 4500u);
  EXPECT_EQ(last().quarantined, 500u);
  EXPECT_EQ(rig_.appender.duplicates, 0u);
}

TEST_F(Import, ResumesAfterAKillAlsoOfTheServer) {
  std::string file = write("e.csv", many_events(5000));
  env_.http_client.stop_after = 5;  // start and four chunks
  EXPECT_EQ(run(file, "events"), 1);
  EXPECT_THAT(progress_, HasSubstr("again to continue"));
  EXPECT_EQ(last().state, "running");
  EXPECT_EQ(last().next_item, 2000u);

  // A new server knows only what the folds have.
  rig_.folds.save(rig_.store);
  Rig second;
  for (const Envelope& e : rig_.records()) second.appender.append({e}, [](Result<Position>) {});
  testing::ImportEnv env(second);
  ImportOptions options;
  options.file = file;
  options.feed = "events";
  options.print = options.progress = [&](std::string_view t) { out_ += t; };
  EXPECT_EQ(run_import(options, env), 0) << out_;
  EXPECT_THAT(out_, HasSubstr("resuming after item 2000"));
  EXPECT_EQ(second.imports.list().at(0).accepted, 4500u);
  EXPECT_EQ(second.imports.list().at(0).quarantined, 500u);
  EXPECT_EQ(second.of_kind(RecordKind::Track).size(), 4500u);
  EXPECT_EQ(second.appender.duplicates, 0u);
}

TEST_F(Import, ADryRunCountsPeopleAndWritesNothing) {
  rig_.people.known = {"u1", "t13800100002"};
  std::string file = write("e.csv", many_events(1000));
  EXPECT_EQ(run(file, "events", "", true), 0) << progress_;
  EXPECT_EQ(rig_.appender.batches, 0u);
  EXPECT_THAT(out_,
              HasSubstr("1000 rows would become 1000 records; 100 rows would be quarantined"));
  EXPECT_THAT(out_, HasSubstr("persons: 5 new, 2 already known (merged)"));
  EXPECT_THAT(out_, HasSubstr("bad_time: 100 rows"));
  EXPECT_THAT(out_, HasSubstr("row 10, column \"time\": bad_time"));
  EXPECT_EQ(run(file, "events", "", true), 0) << "and again";
  EXPECT_THAT(out_, HasSubstr("persons: 5 new, 2 already known (merged)"));
}

TEST_F(Import, ProfilesOfAGbkFileBecomeTraitsWithPhoneAndLevel) {
  std::string mapping = write(
      "m.yaml",
      "as: profiles\nencoding: gbk\ncolumns: {user_id: no, phone: tel}\n"
      "traits: {level: lv, tags: tags, birthday: day}\ntypes: {level: integer, tags: list}\n");
  std::string csv =
      "no,tel,lv,tags,day\nm1,+86 "
      "138-0013-8000,3,\xd0\xc2\xbf\xcd;vip,1990-01-01\nm2,138****8000,x,,\n,,1,,\n";
  EXPECT_EQ(run(write("p.csv", csv), "profiles", mapping), 0) << progress_ << out_;
  auto people = rig_.of_kind(RecordKind::Identify);
  ASSERT_EQ(people.size(), 1u);
  EXPECT_THAT(people[0].identities, ElementsAre(Identity{IdentityKind::UserId, "", "m1"},
                                                Identity{IdentityKind::Phone, "", "13800138000"}));
  EXPECT_THAT(people[0].traits,
              ElementsAre(TraitChange{TraitOp::Set, "level", int64_t{3}},
                          TraitChange{TraitOp::Set, "tags", StringList{"新客", "vip"}},
                          TraitChange{TraitOp::Set, "birthday", std::string("1990-01-01")}));
  auto kept = rig_.of_kind(RecordKind::Quarantine);
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(text(kept[0], "field"), "lv");
  EXPECT_EQ(text(kept[1], "reason"), reason::kNoIdentity);
}

TEST_F(Import, JsonLinesKeepTheirTypes) {
  std::string lines =
      R"({"event":"visit","time":"2026-03-02T00:30:00Z","user_id":"u1","n":5,"ok":true,"o":{"a":1}})";
  EXPECT_EQ(run(write("e.jsonl", lines + "\n"), "events"), 0) << progress_;
  const Envelope record = rig_.of_kind(RecordKind::ImportChunk).at(0);
  auto chunk = decode_event_chunk(string_property(record.properties, kChunkRows));
  ASSERT_TRUE(chunk);
  ASSERT_EQ(chunk->rows(), 1u);
  const Envelope e = row_envelope(*chunk, 0, record);
  EXPECT_EQ(*find_property(e.properties, "n"), Value(int64_t{5}));
  EXPECT_EQ(*find_property(e.properties, "o"), Value(JsonText{R"({"a":1})"}));
}

TEST_F(Import, BadMappingsAreSaidBeforeAnythingIsSent) {
  std::string file = write("o.csv", kOrders);
  struct Case {
    std::string yaml, words;
  };
  for (const Case& c :
       {Case{"columns: {order_id: nope}", "no column \"nope\""},
        Case{"columns: {order_id: order_no}", "need a column for \"time\""},
        Case{"colums: {}", "not a key of a mapping"},
        Case{"as: events\ncolumns: {}", "the import for orders"},
        Case{"columns: {order_id: order_no, time: pay_time, quantity: qty, unit_price: price}",
             "identifies a person"},
        Case{"time_zone: Mars/Base\ncolumns: {}", "Mars/Base"}}) {
    progress_.clear();
    EXPECT_EQ(run(file, "orders", write("m.yaml", c.yaml)), 2) << c.yaml;
    EXPECT_THAT(progress_, HasSubstr(c.words));
  }
  EXPECT_EQ(run(file, "people"), 2);
  EXPECT_EQ(run(dir_.path() + "/none.csv", "orders"), 2);
  EXPECT_EQ(rig_.appender.batches, 0u);
}

TEST_F(Import, TheServiceKeepsItsOrder) {
  auto call = [&](std::string method, std::string target, std::string body) {
    HttpRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = std::move(body);
    HttpResponse answer;
    rig_.collect.imports().handle(request, [&](HttpResponse r) { answer = std::move(r); });
    return answer;
  };
  EXPECT_EQ(call("POST", "/api/imports", R"({"as":"orders"})").status, 400);
  HttpResponse started =
      call("POST", "/api/imports", R"({"as":"events","checksum":"c","rows":2,"file":"f"})");
  std::string id = json::optional_string(json::parse(started.body)->get_object(), "id");
  std::string items = "/api/imports/" + id + "/items";
  std::string item =
      R"({"row":1,"message_id":"m","name":"x","ids":[{"kind":"user_id","value":"u"}]})";
  EXPECT_EQ(call("POST", items, R"({"from_item":5,"rows_done":6,"items":[)" + item + "]}").status,
            409);
  EXPECT_EQ(call("POST", items, R"({"from_item":0,"rows_done":7,"items":[)" + item + "]}").status,
            400);
  EXPECT_EQ(call("POST", items, "{").status, 400);
  EXPECT_EQ(call("POST", items, R"({"from_item":0,"rows_done":1,"items":[)" + item + "]}").status,
            200);
  EXPECT_EQ(call("POST", "/api/imports/" + id + "/finish", "{}").status, 409);
  EXPECT_EQ(call("POST", "/api/imports/nope/items", "{}").status, 404);
  EXPECT_EQ(call("DELETE", "/api/imports", "").status, 405);
  EXPECT_THAT(call("GET", "/api/imports", "").body,
              HasSubstr(R"("file":"f","as":"events","state":"running","rows":2)"));
  rig_.appender.failure = Error{ErrorCode::ResourceExhausted, "behind", ""};
  EXPECT_EQ(call("POST", items, R"({"from_item":1,"rows_done":2,"items":[)" + item + "]}").status,
            429);
}

}  // namespace
}  // namespace weir::collect
