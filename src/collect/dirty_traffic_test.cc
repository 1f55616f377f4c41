// Hostile and damaged bodies (collection-protocols §12.3, RELIABILITY E1): nothing crashes, every
// answer is one the SDK understands, and what was received is accounted for.

#include "base/crypto.h"
#include "base/gzip.h"
#include "base/url.h"
#include "tests/support/collect_rig.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

namespace weir::collect {
namespace {

using testing::Rig;

std::string nested(size_t depth, std::string_view open, std::string_view close) {
  std::string text;
  for (size_t i = 0; i < depth; ++i) text += open;
  text += "1";
  for (size_t i = 0; i < depth; ++i) text += close;
  return text;
}

std::vector<std::string> hostile_values() {
  return {nested(100, "[", "]"),
          nested(1'000'000, "[", "]"),
          nested(100'000, R"({"a":)", "}"),
          "NaN",
          "Infinity",
          "-",
          "1e999",
          "-1e-999",
          "99999999999999999999999",
          "0x10",
          "'a'",
          R"("\ud800")",
          R"("\u0000")",
          "\"\xff\xfe\"",
          "\"\xed\xa0\x80\"",
          "{\"a\":1,\"a\":2}",
          "{\"a\"}",
          "[1,]",
          "{",
          "\"",
          "\\",
          std::string(1, '\0'),
          "tru",
          "null",
          "\"" + std::string(10 << 20, 'x') + "\"",
          R"({"":1})",
          "[" + std::string(100'000, '[')};
}

uint64_t accounted(Rig& rig) {
  uint64_t sum = 0;
  for (std::string_view protocol : {"segment", "sensors", "posthog"}) {
    for (std::string_view source : {"web", "erp", "posthog", "sensors", "unknown"}) {
      auto labels = fmt::format(R"(protocol="{}",source="{}")", protocol, source);
      uint64_t received = rig.metric("weir_collect_received_total", labels), settled = 0;
      for (std::string_view outcome : {"accepted", "quarantined", "not_stored"}) {
        settled += rig.metric("weir_collect_items_total",
                              fmt::format(R"({},outcome="{}")", labels, outcome));
      }
      EXPECT_EQ(received, settled) << labels;
      sum += received;
    }
  }
  return sum;
}

void send_everywhere(Rig& rig, const std::string& value) {
  std::vector<std::pair<std::string, std::string>> requests = {
      {"/v1/batch",
       fmt::format(
           R"({{"writeKey":"wk_demo","batch":[{},{{"type":"track","userId":"u","event":"x","properties":{{"p":{}}}}},{{"type":"identify","userId":{},"traits":{}}}]}})",
           value, value, value, value)},
      {"/v1/track",
       fmt::format(R"({{"writeKey":"wk_demo","userId":"u","event":{},"timestamp":{}}})", value,
                   value)},
      {"/v1/alias", fmt::format(R"({{"writeKey":{},"userId":{},"previousId":1}})", value, value)},
      {"/batch/",
       fmt::format(
           R"({{"api_key":"phc_demo","sent_at":{0},"batch":[{{"event":{0},"distinct_id":{0},"properties":{0},"timestamp":{0}}}]}})",
           value)},
      {"/e/",
       fmt::format(R"([{{"token":"phc_demo","event":"x","distinct_id":"u","$set":{0}}},{0}])",
                   value)},
      {"/sa?token=t",
       "data_list=" +
           percent_encode(crypto::base64(fmt::format(
               R"([{{"type":"track","event":"x","distinct_id":{0},"time":{0},"identities":{0},"properties":{{"p":{0}}}}},{0}])",
               value)))},
      {"/sa?token=t", "data=" + percent_encode(crypto::base64(gzip(value)))},
      {"/v1/batch", value},
      {"/batch/", value},
      {"/sa?token=t", value},
  };
  const std::set<int> understood = {200, 400, 401, 413};
  for (auto& [path, body] : requests) {
    int status = rig.post(path, body).status;
    EXPECT_TRUE(understood.contains(status)) << path << " " << status;
    EXPECT_TRUE(status == 200 || !path.starts_with("/sa")) << status;
  }
}

TEST(DirtyTraffic, HostileValuesInEveryPlaceAreAnsweredAndAccountedFor) {
  Rig rig;
  rig.appender.keep = false;
  for (const std::string& value : hostile_values()) send_everywhere(rig, value);
  EXPECT_GT(accounted(rig), 100u);
}

TEST(DirtyTraffic, RandomDamageToGoodRequestsIsAnsweredAndAccountedFor) {
  const uint64_t seed = 20261122;
  SCOPED_TRACE(fmt::format("seed {}", seed));
  auto env = SimEnv::make(seed, 0);
  Random& random = env->random();
  std::vector<std::pair<std::string, std::string>> good = {
      {"/v1/batch",
       R"({"writeKey":"wk_demo","sentAt":"2026-11-22T16:55:39Z","batch":[{"type":"track","userId":"u","event":"x","properties":{"a":[1,{"b":"c"}],"s":"汉字\n"}},{"type":"identify","anonymousId":"a","traits":{"phone":"13800138000"}}]})"},
      {"/batch/",
       R"({"api_key":"phc_demo","batch":[{"event":"$identify","distinct_id":"u","properties":{"$set":{"k":1.5}}}]})"},
      {"/sa?token=t",
       "data_list=" +
           percent_encode(crypto::base64(
               gzip(R"([{"type":"track","event":"x","distinct_id":"u","properties":{}}])"))) +
           "&gzip=1"},
      {"/v1/batch", gzip(R"({"writeKey":"wk_demo","batch":[{"type":"page","userId":"u"}]})")},
  };
  Rig rig;
  rig.appender.keep = false;
  for (int i = 0; i < 20'000; ++i) {
    auto [path, body] = good[random.below(good.size())];
    for (uint64_t n = 1 + random.below(4); n > 0; --n) {
      size_t at = random.below(body.size());
      switch (random.below(4)) {
        case 0: body[at] = static_cast<char>(random.below(256)); break;
        case 1: body.erase(at, 1 + random.below(8)); break;
        case 2:
          body.insert(at, body.substr(random.below(body.size()), 1 + random.below(16)));
          break;
        default: body.resize(at + 1); break;
      }
      if (body.empty()) body = "{";
    }
    int status = rig.post(path, body).status;
    ASSERT_TRUE(status == 200 || status == 400 || status == 401 || status == 413) << status;
  }
  accounted(rig);
}

TEST(DirtyTraffic, RequestsOfTooManyItemsOrValuesAreRefusedWhole) {
  Rig rig;
  std::string ones = "1";
  for (int i = 0; i < 10'000; ++i) ones += ",1";
  std::string segment = R"({"writeKey":"wk_demo","batch":[)" + ones + "]}";
  EXPECT_EQ(rig.post("/v1/batch", segment).status, 413);
  EXPECT_EQ(rig.post("/batch/", R"({"api_key":"phc_demo","batch":[)" + ones + "]}").status, 413);
  EXPECT_TRUE(rig.records().empty());
  EXPECT_EQ(rig.post("/sa?token=t", "data_list=" + crypto::base64("[" + ones + "]")).status, 200);
  EXPECT_EQ(rig.records().size(), 1u);

  std::string values = "0";
  for (int i = 0; i < 1'000'001; ++i) values += ",1";
  std::string one =
      R"({"writeKey":"wk_demo","userId":"u","event":"x","properties":{"l":[)" + values + "]}}";
  EXPECT_EQ(rig.post("/v1/batch", gzip(one), {{"authorization", "Basic d2tfZGVtbzo="}}).status,
            413);
}

TEST(DirtyTraffic, ManyRefusedItemsOfOneRequestShareARecord) {
  Rig rig;
  std::string items;
  for (int i = 0; i < 1000; ++i) items += fmt::format("{}{{\"n\":{}}}", i == 0 ? "" : ",", i);
  HttpResponse answer = rig.post("/v1/batch", R"({"writeKey":"wk_demo","batch":[)" + items + "]}");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.get("x-weir-quarantined"), "1000");
  EXPECT_EQ(rig.records().size(), 200u);
  accounted(rig);
}

TEST(DirtyTraffic, ALostAnswerAndAResendLeaveOneCopy) {
  Rig rig;
  std::string body =
      R"({"writeKey":"wk_demo","batch":[{"type":"track","userId":"u","event":"x","messageId":"m"},{"type":"track"}]})";
  rig.appender.lose_answer = true;
  HttpRequest request;
  request.method = "POST";
  request.target = "/v1/batch";
  request.body = body;
  bool answered = false;
  rig.collect.handle(request, [&](HttpResponse) { answered = true; });
  EXPECT_FALSE(answered) << "never before it is durable";
  EXPECT_EQ(rig.post("/v1/batch", body).status, 200);
  EXPECT_EQ(rig.of_kind(RecordKind::Track).size(), 1u);
  EXPECT_EQ(rig.of_kind(RecordKind::Quarantine).size(), 1u);
}

}  // namespace
}  // namespace weir::collect
