#include "base/gzip.h"
#include "tests/support/collect_rig.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::collect {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Rig;
using testing::text;

constexpr std::string_view kSuccess = R"({"success":true})";

std::string batch(std::string_view items) {
  return fmt::format(R"({{"writeKey":"wk_demo","batch":[{}]}})", items);
}
std::string track(std::string_view event, std::string_view properties = "{}",
                  std::string_view id = "m1") {
  return fmt::format(
      R"({{"type":"track","userId":"u1","event":"{}","messageId":"{}","properties":{}}})", event,
      id, properties);
}

TEST(Segment, EveryRouteAndShortFormTakesItsKindOfMessage) {
  Rig rig;
  std::string_view body =
      R"({"writeKey":"wk_demo","userId":"u1","anonymousId":"a1","previousId":"a1","groupId":"g1",
      "event":"x","name":"home","traits":{"city":"杭州"},"messageId":")";
  std::vector<std::pair<std::string, RecordKind>> routes = {
      {"/v1/track", RecordKind::Track},       {"/v1/t", RecordKind::Track},
      {"/v1/identify", RecordKind::Identify}, {"/v1/i", RecordKind::Identify},
      {"/v1/page", RecordKind::Page},         {"/v1/p/", RecordKind::Page},
      {"/v1/screen", RecordKind::Screen},     {"/v1/s", RecordKind::Screen},
      {"/v1/group", RecordKind::Group},       {"/v1/g", RecordKind::Group},
      {"/v1/alias", RecordKind::Alias},       {"/v1/a", RecordKind::Alias}};
  for (const auto& [path, kind] : routes) {
    HttpResponse answer =
        rig.post(path, std::string(body) + path + R"("})", {{"content-type", "text/plain"}});
    EXPECT_EQ(answer.body, kSuccess) << path;
    EXPECT_EQ(rig.records().back().kind, kind) << path;
  }
  EXPECT_EQ(rig.records().size(), routes.size());
  EXPECT_EQ(rig.post("/v1/b", batch(track("x"))).body, kSuccess);
  EXPECT_TRUE(rig.collect.owns("/v1/batch"));
  EXPECT_FALSE(rig.collect.owns("/v1/other"));
}

TEST(Segment, AMissingOrUnknownWriteKeyIs401AndNothingIsKept) {
  Rig rig;
  for (std::string_view body :
       {R"({"batch":[]})", R"({"writeKey":"nope","batch":[{"type":"track"}]})", "{", ""}) {
    HttpResponse answer = rig.post("/v1/batch", std::string(body));
    EXPECT_EQ(answer.status, 401) << body;
    EXPECT_THAT(answer.body, HasSubstr("write key"));
  }
  EXPECT_EQ(rig.post("/v1/batch", batch(track("x")), {{"authorization", "Basic bm9wZTo="}}).status,
            401);
  EXPECT_EQ(rig.appender.batches, 0u);
}

TEST(Segment, ABadItemIsKeptInQuarantineAndTheOthersAreTaken) {
  Rig rig;
  HttpResponse answer =
      rig.post("/v1/batch", batch(track("good") + "," + R"({"type":"track","userId":"u1"})" + "," +
                                  R"({"type":"track","event":"nobody"})" + ",7," +
                                  track("also good", "{}", "m2")));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, kSuccess);
  EXPECT_EQ(answer.headers.get("x-weir-quarantined"), "3");
  EXPECT_EQ(rig.of_kind(RecordKind::Track).size(), 2u);
  auto kept = rig.of_kind(RecordKind::Quarantine);
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(text(kept[0], "reason"), reason::kMissing);
  EXPECT_EQ(text(kept[0], "field"), "event");
  EXPECT_EQ(text(kept[1], "reason"), reason::kNoIdentity);
  EXPECT_EQ(text(kept[2], "reason"), reason::kBadType);
  EXPECT_EQ(rig.metric("weir_collect_received_total", R"(protocol="segment",source="web")"), 5u);
  EXPECT_EQ(rig.metric("weir_collect_items_total",
                       R"(protocol="segment",source="web",outcome="accepted")"),
            2u);
  EXPECT_EQ(rig.metric("weir_collect_items_total",
                       R"(protocol="segment",source="web",outcome="quarantined")"),
            3u);
}

TEST(Segment, OneItemThatIsNotJsonDoesNotCostTheBatch) {
  for (std::string_view broken :
       {R"({"type":"track","userId":"u1","event":"half \ud83d"})",
        R"({"type":"track","userId":"u1","event":"x","properties":{"a":NaN}})",
        R"({"type":"track","userId":"u1","event":"x","properties":{"a":1e999}})",
        R"({"type":"track",,})"}) {
    Rig rig;
    HttpResponse answer =
        rig.post("/v1/batch", batch(track("before") + "," + std::string(broken) + "," +
                                    track("after", R"({"s":"a, [b] {c} \" d"})", "m2")));
    EXPECT_EQ(answer.status, 200) << broken;
    EXPECT_EQ(rig.of_kind(RecordKind::Track).size(), 2u) << broken;
    EXPECT_EQ(rig.of_kind(RecordKind::Quarantine).size(), 1u) << broken;
  }
}

TEST(Segment, ABodyThatIsNotJsonAtAllIs400AndKept) {
  Rig rig;
  HttpResponse answer =
      rig.post("/v1/batch", "this is no JSON", {{"authorization", "Basic d2tfZGVtbzo="}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr(R"("code":"bad_json")"));
  EXPECT_EQ(rig.of_kind(RecordKind::Quarantine).size(), 1u);
  answer = rig.post("/v1/batch", R"({"writeKey":"wk_demo"})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr(R"("field":"batch")"));
}

TEST(Segment, OrderCompletedBecomesOrderPaidWithExactMoney) {
  Rig rig;
  rig.post(
      "/v1/track",
      R"({"writeKey":"wk_server","userId":"u1","messageId":"o1","event":"Order Completed","properties":{
      "order_id":50314027,"total":1234.55,"currency":"CNY","coupon":"ABC","products":[
      {"product_id":"p1","sku":"S-1","name":"茶","price":19.9,"quantity":2},{"product_id":"p2","quantity":1}]}})");
  ASSERT_EQ(rig.records().size(), 1u);
  const Envelope& e = rig.records()[0];
  EXPECT_EQ(e.name, "order_paid");
  EXPECT_EQ(e.trust, Trust::Server);
  EXPECT_EQ(text(e, "order_id"), "50314027");
  EXPECT_EQ(int_property(e.properties, "amount_fen"), 123455);
  EXPECT_EQ(*find_property(e.properties, "sku_ids"), Value(StringList({"S-1", "p2"})));
  EXPECT_THAT(std::get<JsonText>(*find_property(e.properties, "items")).text,
              HasSubstr(R"("title":"茶")"));
  EXPECT_EQ(find_property(e.properties, "products"), nullptr);
  EXPECT_EQ(text(e, "coupon"), "ABC");
}

TEST(Segment, AnOrderWithoutAmountIsNotCountedAsZero) {
  Rig rig;
  rig.post("/v1/batch",
           batch(track("Order Completed", R"({"order_id":"o1"})") + "," +
                 track("Order Completed", R"({"order_id":"o1","total":"about 10"})", "m2") + "," +
                 track("order_paid", R"({"order_id":"o1","amount_fen":1990})", "m3")));
  auto kept = rig.of_kind(RecordKind::Quarantine);
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(text(kept[0], "field"), "properties.total");
  EXPECT_EQ(text(kept[1], "reason"), reason::kBadNumber);
  ASSERT_EQ(rig.of_kind(RecordKind::Track).size(), 1u);
  EXPECT_EQ(int_property(rig.of_kind(RecordKind::Track)[0].properties, "amount_fen"), 1990);
}

TEST(Segment, TimesAreCorrectedByTheClockOfTheSender) {
  Rig rig;
  // The device is a day behind.
  rig.post("/v1/batch", R"({"writeKey":"wk_demo","sentAt":"2026-11-21T16:55:40Z","batch":[
      {"type":"track","userId":"u","event":"x","messageId":"1","timestamp":"2026-11-21T16:55:30Z"}]})");
  EXPECT_EQ(rig.records()[0].event_time, testing::kNow - 10'000);
  rig.post(
      "/v1/batch",
      batch(
          R"({"type":"track","userId":"u","event":"x","messageId":"2","timestamp":"2020-01-01T00:00:00Z"},
      {"type":"track","userId":"u","event":"x","messageId":"3","timestamp":"yesterday"},
      {"type":"track","userId":"u","event":"x","messageId":"4","timestamp":1795366540},
      {"type":"track","userId":"u","event":"x","messageId":"5","timestamp":-5})"));
  auto kept = rig.of_kind(RecordKind::Quarantine);
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(text(kept[0], "reason"), reason::kTooOld);
  EXPECT_EQ(text(kept[1], "reason"), reason::kBadTime);
  EXPECT_EQ(text(kept[2], "reason"), reason::kBadTime);
  EXPECT_EQ(rig.of_kind(RecordKind::Track).back().event_time, testing::kNow)
      << "seconds are recognised";
}

TEST(Segment, WhatWeirConcludesIsNotBelievedFromOutside) {
  Rig rig;
  rig.post("/v1/batch", batch(track("$segment_entered") + "," + track("$pageview", "{}", "m2")));
  ASSERT_EQ(rig.of_kind(RecordKind::Quarantine).size(), 1u);
  EXPECT_EQ(text(rig.of_kind(RecordKind::Quarantine)[0], "reason"), reason::kReservedName);
  EXPECT_EQ(rig.of_kind(RecordKind::Track).size(), 1u);
}

TEST(Segment, ValuesKeepTheirTypes) {
  Rig rig;
  rig.post("/v1/batch",
           batch(track("x", R"({"i":9007199254740993,"d":1.5,"b":true,"n":null,"s":"","l":["a","b"],
      "m":["a",1],"o":{"k":[1]},"e":[]})")));
  const Properties& p = rig.records()[0].properties;
  EXPECT_EQ(*find_property(p, "i"), Value(int64_t{9007199254740993}));
  EXPECT_EQ(*find_property(p, "d"), Value(1.5));
  EXPECT_EQ(*find_property(p, "b"), Value(true));
  EXPECT_EQ(find_property(p, "n"), nullptr) << "missing is not a value";
  EXPECT_EQ(*find_property(p, "s"), Value(std::string()));
  EXPECT_EQ(*find_property(p, "l"), Value(StringList({"a", "b"})));
  EXPECT_EQ(*find_property(p, "m"), Value(JsonText{R"(["a",1])"}));
  EXPECT_EQ(*find_property(p, "o"), Value(JsonText{R"({"k":[1]})"}));
}

TEST(Segment, NullTraitsAreUnsetAndPhoneAndEmailIdentify) {
  Rig rig;
  rig.post(
      "/v1/identify",
      R"({"writeKey":"wk_demo","userId":42,"traits":{"phone":"+86 138-0013-8000","Email":"A@B.cn",
      "mobile":"138****8000","plan":null}})");
  const Envelope& e = rig.records()[0];
  EXPECT_THAT(e.identities, ElementsAre(Identity{IdentityKind::UserId, "", "42"},
                                        Identity{IdentityKind::Phone, "", "13800138000"},
                                        Identity{IdentityKind::Email, "", "a@b.cn"}));
  EXPECT_EQ(e.traits.back(), (TraitChange{TraitOp::Unset, "plan", {}}));
}

TEST(Segment, BrowserPagesOfAnyOriginMaySend) {
  Rig rig;
  HttpRequest preflight;
  preflight.method = "OPTIONS";
  preflight.target = "/v1/t";
  preflight.headers.items = {{"origin", "https://shop.cn"},
                             {"access-control-request-headers", "content-type"}};
  HttpResponse answer = rig.send(preflight);
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.headers.get("access-control-allow-origin"), "https://shop.cn");
  EXPECT_EQ(answer.headers.get("access-control-allow-headers"), "content-type");
  answer = rig.post("/v1/batch", batch(track("x")), {{"origin", "https://shop.cn"}});
  EXPECT_EQ(answer.headers.get("access-control-allow-origin"), "https://shop.cn");
  EXPECT_EQ(rig.get("/v1/batch").status, 405);
}

TEST(Segment, AFullQueueIs429AndABrokenDisk503) {
  Rig rig;
  rig.appender.failure = Error{ErrorCode::ResourceExhausted, "the folds are behind", ""};
  HttpResponse answer = rig.post("/v1/batch", batch(track("x")));
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.headers.get("retry-after"), "1");
  rig.appender.failure = Error{ErrorCode::Unavailable, "the log is read-only", ""};
  EXPECT_EQ(rig.post("/v1/batch", batch(track("x"))).status, 503);
  EXPECT_EQ(rig.metric("weir_collect_items_total",
                       R"(protocol="segment",source="web",outcome="not_stored")"),
            2u);
}

TEST(Segment, LimitsRefuseTheItemThatBreaksThem) {
  Rig rig;
  std::string deep, many = "{", big(33 << 10, 'x');
  for (int i = 0; i < 40; ++i) deep += R"({"a":)";
  deep += "1" + std::string(40, '}');
  for (int i = 0; i < 600; ++i) many += fmt::format(R"({}"k{}":1)", i == 0 ? "" : ",", i);
  many += "}";
  std::string big_property = R"({"a":")" + big + R"("})", long_name(201, 'n');
  rig.post("/v1/batch",
           batch(track("deep", deep) + "," + track("many", many, "m2") + "," +
                 track("big", big_property, "m3") + "," + track("twice", R"({"a":1,"a":2})", "m4") +
                 "," + track(long_name, "{}", "m5") + "," +
                 track("huge", R"({"a":18446744073709551615})", "m6") + "," +
                 track("fine", "{}", "m7")));
  std::vector<std::string> reasons;
  for (const Envelope& e : rig.of_kind(RecordKind::Quarantine))
    reasons.push_back(text(e, "reason"));
  EXPECT_THAT(reasons, ElementsAre(reason::kTooDeep, reason::kTooManyKeys, reason::kTooLarge,
                                   reason::kDuplicateKey, reason::kBadName, reason::kBadNumber));
  EXPECT_EQ(rig.of_kind(RecordKind::Track).size(), 1u);
}

TEST(Segment, ARequestThatSaysAThingTwiceIsRefusedAndKept) {
  Rig rig;
  std::string twice =
      R"({"writeKey":"wk_demo","batch":[)" + track("x") + R"(],"batch":[)" + track("y") + "]}";
  HttpResponse answer = rig.post("/v1/batch", twice);
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("appears twice"));
  EXPECT_EQ(rig.of_kind(RecordKind::Track).size(), 0u);
  ASSERT_EQ(rig.of_kind(RecordKind::Quarantine).size(), 1u);
  EXPECT_EQ(text(rig.of_kind(RecordKind::Quarantine)[0], "reason"), reason::kDuplicateKey);
  EXPECT_EQ(text(rig.of_kind(RecordKind::Quarantine)[0], "field"), "batch");
  // Items are told apart by brackets when the whole is broken: still not between two lists.
  twice.replace(twice.find("\"u1\""), 4, "u1");
  EXPECT_EQ(rig.post("/v1/batch", twice).status, 400);
  EXPECT_EQ(rig.of_kind(RecordKind::Track).size(), 0u);
}

TEST(Segment, LargeAndExplodingBodiesAre413) {
  Rig rig;
  std::vector<std::pair<std::string, std::string>> auth = {{"authorization", "Basic d2tfZGVtbzo="}};
  EXPECT_EQ(rig.post("/v1/batch", std::string((4 << 20) + 1, ' '), auth).status, 413);
  EXPECT_EQ(rig.post("/v1/track", std::string((1 << 20) + 1, ' '), auth).status, 413);
  EXPECT_EQ(rig.post("/v1/batch", gzip(std::string(64 << 20, 'a')), auth).status, 413);
  std::string packed = gzip(batch(track("x")));
  EXPECT_EQ(rig.post("/v1/batch", packed.substr(0, packed.size() / 2), auth).status, 400);
  EXPECT_EQ(rig.post("/v1/batch", packed, auth).status, 200);
}

}  // namespace
}  // namespace weir::collect
