// Rows in chunks are the same events and the same refusals as rows one by one.

#include "collect/import/event_pieces.h"
#include "model/event_chunk.h"
#include "tests/support/import_rig.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace weir::collect {
namespace {

using ::testing::HasSubstr;
using testing::Rig;
using testing::text;

/// What became of a file: records by message id, refusals by what they say.
struct Outcome {
  int code = 0;
  std::string said;
  std::map<std::string, Envelope> events;
  std::vector<std::string> refused;
  size_t chunks = 0, records = 0;
  ImportProgress progress;
};

class EventRows : public ::testing::Test {
 protected:
  std::string write(std::string_view name, std::string_view bytes) {
    std::string path = dir_.path() + "/" + std::string(name);
    EXPECT_TRUE(files_->files().write_atomic(path, bytes));
    return path;
  }
  static Outcome run(Rig& rig, const std::string& file, const std::string& mapping, bool row_by_row,
                     int fail_every = 0, int stop_after = INT32_MAX) {
    testing::ImportEnv env(rig);
    env.http_client.fail_every = fail_every;
    env.http_client.stop_after = stop_after;
    Outcome out;
    ImportOptions options;
    options.file = file;
    options.feed = "events";
    options.mapping = mapping;
    options.row_by_row = row_by_row;
    options.print = options.progress = [&](std::string_view t) { out.said += t; };
    out.code = run_import(options, env);
    collect(rig, out);
    return out;
  }
  static void collect(const Rig& rig, Outcome& out) {
    out.progress = rig.imports.list().at(0);
    for (const Envelope& e : rig.records()) {
      if (e.kind == RecordKind::Quarantine) {
        out.refused.push_back(text(e, "reason") + "|" + text(e, "field") + "|" +
                              text(e, "message"));
      } else if (e.kind == RecordKind::Track) {
        ++out.records;
        Envelope plain = e;
        std::erase_if(plain.properties, [](const Property& p) { return p.name.starts_with('$'); });
        out.events[e.message_id] = plain;
      } else if (e.kind == RecordKind::ImportChunk) {
        ++out.chunks;
        auto chunk = decode_event_chunk(string_property(e.properties, kChunkRows));
        ASSERT_TRUE(chunk);
        for (uint32_t row = 0; row < chunk->rows(); ++row) {
          Envelope single = row_envelope(*chunk, row, e);
          EXPECT_TRUE(out.events.emplace(single.message_id, single).second) << "twice";
        }
      }
    }
    std::ranges::sort(out.refused);
  }
  static std::string describe(const Envelope& e) {
    std::string out = fmt::format("{} {} {} {} {}", e.message_id, e.name, e.event_time, e.source,
                                  static_cast<int>(e.trust));
    for (const Identity& id : e.identities)
      out += fmt::format(" {}/{}/{}", to_string(id.kind), id.scope, id.value);
    std::map<std::string, std::string> properties;
    for (const Property& p : e.properties)
      properties[p.name] = fmt::format("{}:{}", p.value.index(), display_text(p.value));
    for (const auto& [name, value] : properties) out += fmt::format(" {}={}", name, value);
    return out;
  }
  void expect_same(const std::string& file, const std::string& mapping = "") {
    Rig one_by_one, in_chunks;
    Outcome a = run(one_by_one, file, mapping, true), b = run(in_chunks, file, mapping, false);
    EXPECT_EQ(a.code, b.code) << a.said << b.said;
    EXPECT_EQ(a.chunks, 0u);
    EXPECT_GT(b.chunks, 0u) << b.said;
    EXPECT_EQ(b.progress.id, a.progress.id);
    EXPECT_EQ(b.progress.accepted, a.progress.accepted);
    EXPECT_EQ(b.progress.quarantined, a.progress.quarantined);
    EXPECT_EQ(b.progress.rows_done, a.progress.rows_done);
    EXPECT_EQ(b.progress.deduplicated(), a.progress.deduplicated());
    EXPECT_EQ(b.refused, a.refused);
    ASSERT_EQ(b.events.size(), a.events.size());
    for (const auto& [id, event] : a.events) EXPECT_EQ(describe(b.events[id]), describe(event));
  }

  std::unique_ptr<Env> files_ = make_real_env();
  weir::testing::TempDir dir_;
};

TEST_F(EventRows, OfCsvWithEverythingThatPeopleWrite) {
  std::string csv =
      "event,time,user_id,openid,city,n,price,ok,tags,at\r\n"
      "visit,2026-03-02 08:30:00,u1,o1,上海,1,1.50,true,a;b,2026-03-02 01:00:00\r\n"
      "visit,2026-03-02 08:30,u1,,\" a, \"\"b\"\" \",12,0.1,0,,\r\n"
      "\"visit\",2026/3/2 8:30,=\"00123\",,'x, 7 ,3,是,x,40513.35\r\n"
      "\r\n"
      "buy,1772411400000,u2,o2,,,-4.25,,,\r\n"
      "buy,1772411400,u2,o2,\"two\nlines\",-3,12345678901234567890,,,\r\n"
      "buy,2026-03-02T08:30:01.250,u3,,x y ,007,1e5,maybe,,\r\n"
      "buy,2026-03-02 08:30:61,u3,,,,,,,\r\n"
      "buy,sometime,u3,,,,,,,\r\n"
      ",2026-03-02 08:30:00,u3,,,,,,,\r\n"
      "$segment_entered,2026-03-02 08:30:00,u3,,,,,,,\r\n"
      "buy,2026-03-02 08:30:00,1.38E+10,,,,,,,\r\n"
      "buy,2026-03-02 08:30:00,,,,,,,,\r\n"
      "buy,2026-03-02 08:30:00,u3\r\n"
      "buy,2026-03-02 08:30:00,u3,,,,,,,,,more\r\n"
      "buy,1972-03-02 08:30:00,u4,,,1.0,5.,,,\r\n"
      "buy,2026-13-02 08:30:00,u4,,,5.5,,,,\r\n"
      "buy,2026-03-02 08:30:00,u4,,5\" pipe,,,,,\r\n"
      "buy,2026-03-02 08:30:00,u5,,last,2,3,1,z,2026-03-02 01:00";
  std::string mapping = write(
      "m.yaml",
      "columns: {event: event, time: time, user_id: user_id, openid: openid}\n"
      "scopes: {openid: wx1}\nproperties: {city: city, n: n, price: price, ok: ok, tags: tags, "
      "at: at}\ntypes: {n: integer, price: number, ok: boolean, tags: list, at: time}\n");
  expect_same(write("e.csv", csv), mapping);
  expect_same(write("f.csv", csv), write("p.yaml",
                                         "columns: {event: event, time: time, user_id: user_id}\n"
                                         "properties: \"*\"\ntime_zone: America/New_York\n"));
}

TEST_F(EventRows, OfJsonLines) {
  std::string lines =
      R"({"event":"visit","time":"2026-03-02T00:30:00Z","user_id":"u1","n":5,"ok":true,"s":"x"}
{"event":"visit","time":1772411400000,"user_id":17,"n":5.5,"ok":null,"s":""}
{"event":"visit","time":"2026-03-02 08:30:00","user_id":"u1","o":{"a":1},"l":["a","b"],"m":[1,"a"]}

  {"time":"2026-03-02 08:30:00","event":"buy","user_id":"u\u0041","s":"\u4e0a\n海","s":"again"}
{"event":"visit","time":"2026-03-02 08:30:00","user_id":{"a":1}}
{"event":5,"time":"2026-03-02 08:30:00","user_id":"u1"}
{"event":"visit","time":1772411400,"user_id":"u1","n":18446744073709551615}
not json
{"event":"visit","user_id":"u1"}
{"event":"visit","time":"2026-03-02 08:30:00","user_id":"u9","unknown":1,"n":-0.0,"s":" blank "})";
  expect_same(write("e.jsonl", lines));
}

TEST_F(EventRows, WithMessageIdsOfTheirOwn) {
  expect_same(write("e.csv",
                    "event,time,user_id,message_id\nv,2026-03-02 08:30:00,u1,m1\n"
                    "v,2026-03-02 08:31:00,u1,\nv,2026-03-02 08:32:00,u2,m3\n"));
}

TEST_F(EventRows, OfOtherEncodings) {
  expect_same(write("bom.csv",
                    "\xef\xbb\xbf"
                    "event,time,user_id,城市\nv,2026-03-02 08:30:00,u1,上海\n"));
  expect_same(
      write("gbk.csv", "event,time,user_id,city\nv,2026-03-02 08:30:00,u1,\xc9\xcf\xba\xa3\n"));
}

TEST_F(EventRows, RowsThatSayMoreOfAPersonAreRecordsOfTheirOwn) {
  Rig rig;
  Outcome out = run(rig,
                    write("e.csv",
                          "event,time,user_id,channel\nvisit,2026-03-02 08:30:00,u1,sms\n"
                          "consent_withdrawn,2026-03-02 08:30:00,u1,sms\n"),
                    "", false);
  EXPECT_EQ(out.chunks, 1u);
  EXPECT_EQ(out.records, 1u);
  EXPECT_EQ(out.progress.accepted, 2u);
}

TEST_F(EventRows, AMappingWithPhoneNumbersGoesRowByRow) {
  Rig rig;
  Outcome out =
      run(rig, write("e.csv", "event,time,phone\nv,2026-03-02 08:30:00,13800138000\n"), "", false);
  EXPECT_EQ(out.chunks, 0u);
  EXPECT_EQ(out.records, 1u);
}

std::string many_rows(size_t n) {
  std::string csv = "event,time,user_id,amount\n";
  for (size_t i = 0; i < n; ++i) {
    csv += i % 10 == 9 ? fmt::format("visit,bad,u{},1\n", i)
                       : fmt::format("visit,2026-03-02 08:30:00,u{},{}\n", i % 700, i);
  }
  return csv;
}

TEST_F(EventRows, LostCallsAndLostAnswersNeitherLoseNorDoubleRows) {
  Rig rig;
  Outcome out = run(rig, write("e.csv", many_rows(50'000)), "", false, 3);
  EXPECT_EQ(out.code, 0) << out.said;
  EXPECT_EQ(out.events.size(), 45'000u);
  EXPECT_EQ(out.progress.accepted, 45'000u);
  EXPECT_EQ(out.progress.quarantined, 5'000u);
  EXPECT_EQ(rig.appender.duplicates, 0u);
  EXPECT_THAT(out.said, HasSubstr("row 10, column \"time\": bad_time"));
}

TEST_F(EventRows, AnImportThatWasCutGoesOnWhereItWas) {
  Rig rig;
  std::string file = write("e.csv", many_rows(50'000));
  EXPECT_EQ(run(rig, file, "", false, 0, 3).code, 1);
  EXPECT_EQ(rig.imports.list().at(0).next_item, 2 * PieceFile::kPieceRows);
  Outcome out = run(rig, file, "", false);
  EXPECT_EQ(out.code, 0);
  EXPECT_THAT(out.said, HasSubstr("resuming after item 32768"));
  EXPECT_EQ(out.events.size(), 45'000u);
  EXPECT_EQ(rig.appender.duplicates, 0u);
}

TEST_F(EventRows, AnImportBegunRowByRowGoesOnInChunks) {
  Rig rig;
  std::string file = write("e.csv", many_rows(3'000));
  EXPECT_EQ(run(rig, file, "", true, 0, 4).code, 1);
  Outcome out = run(rig, file, "", false);
  EXPECT_EQ(out.code, 0);
  EXPECT_EQ(out.records, 1'350u);
  EXPECT_EQ(out.events.size(), 2'700u);
  EXPECT_EQ(out.progress.accepted, 2'700u);
}

TEST_F(EventRows, TheServerBelievesNoChunk) {
  Rig rig;
  auto call = [&](std::string target, std::string body) {
    HttpRequest request;
    request.method = "POST";
    request.target = std::move(target);
    request.body = std::move(body);
    HttpResponse answer;
    rig.collect.imports().handle(request, [&](HttpResponse r) { answer = std::move(r); });
    return answer;
  };
  HttpResponse started =
      call("/api/imports", R"({"as":"events","checksum":"c","rows":9,"file":"f"})");
  std::string id = json::optional_string(json::parse(started.body)->get_object(), "id");
  auto post = [&](std::string file, std::string name, IdentityRef who, std::string property) {
    EventChunkBuilder builder(std::move(file));
    builder.start_row(1, 1'772'411'400'000, name, {&who, 1});
    builder.set(property, std::string("x"));
    PieceRows rows;
    rows.rows_done = 1;
    rows.chunks.push_back(builder.take());
    return call("/api/imports/" + id + "/rows", rows.body());
  };
  const std::string file = "0123456789abcdef";
  IdentityRef good{IdentityKind::UserId, "", "u1"};
  EXPECT_EQ(post("nofile", "v", good, "p").status, 400);
  EXPECT_EQ(post(file, "$segment_entered", good, "p").status, 400);
  EXPECT_EQ(post(file, "", good, "p").status, 400);
  EXPECT_EQ(post(file, "v", {IdentityKind::UserId, "", "u\n1"}, "p").status, 400);
  EXPECT_EQ(post(file, "v", {static_cast<IdentityKind>(77), "", "u1"}, "p").status, 400);
  EXPECT_EQ(post(file, "v", {IdentityKind::Phone, "", "+86 138-0013-8000"}, "p").status, 400);
  EXPECT_EQ(post(file, "v", good, "").status, 400);
  EXPECT_EQ(call("/api/imports/" + id + "/rows", "no body of ours").status, 400);
  EXPECT_EQ(rig.appender.batches, 0u);
  EXPECT_EQ(post(file, "v", good, "p").status, 200);
}

}  // namespace
}  // namespace weir::collect
