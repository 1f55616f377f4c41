#include "base/crypto.h"
#include "base/gzip.h"
#include "base/url.h"
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

constexpr std::string_view kOk = R"({"status":1})";
constexpr std::string_view kUuid = "018f3abc-1111-7222-8333-944455556666";

std::string event(std::string_view name, std::string_view properties = "{}",
                  std::string_view uuid = "1") {
  return fmt::format(R"({{"event":"{}","distinct_id":"u1","uuid":"{}","properties":{}}})", name,
                     uuid, properties);
}
std::string batch(std::string_view items) {
  return fmt::format(R"({{"api_key":"phc_demo","batch":[{}]}})", items);
}

TEST(Posthog, EveryPathAndFormOfBodyIsTheSameEvent) {
  Rig rig;
  std::string single =
      R"({"token":"phc_demo","event":"x","distinct_id":"u1","uuid":"1","properties":{}})";
  std::string form = "data=" + percent_encode(crypto::base64(single));
  for (std::string path :
       {"/e", "/e/", "/i/v0/e", "/i/v0/e/", "/capture/", "/track/", "/engage/", "/batch"}) {
    EXPECT_EQ(rig.post(path, single).body, kOk) << path;
  }
  EXPECT_EQ(
      rig.post("/e/?compression=gzip-js", gzip(single), {{"content-type", "text/plain"}}).body,
      kOk);
  EXPECT_EQ(rig.post("/e/?compression=base64", form).body, kOk);
  EXPECT_EQ(rig.post("/e/", "[" + single + "]").body, kOk);
  EXPECT_EQ(rig.post("/batch/", batch(event("x"))).body, kOk);
  EXPECT_EQ(rig.get("/e/?" + form).body, kOk);
  EXPECT_EQ(
      rig.post("/e/",
               R"({"event":"x","distinct_id":"u1","uuid":"1","properties":{"token":"phc_demo"}})")
          .body,
      kOk);
  ASSERT_EQ(rig.records().size(), 1u);
  EXPECT_EQ(rig.appender.duplicates, 13u);
  EXPECT_EQ(rig.records()[0].message_id, "1");
}

TEST(Posthog, ARequestThatSaysAThingTwiceIsRefusedAndKept) {
  Rig rig;
  HttpResponse answer = rig.post("/batch/", R"({"api_key":"phc_demo","batch":[)" + event("x") +
                                                R"(],"batch":[)" + event("y", "{}", "2") + "]}");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("appears twice"));
  ASSERT_EQ(rig.records().size(), 1u);
  EXPECT_EQ(text(rig.records()[0], "reason"), reason::kDuplicateKey);
}

TEST(Posthog, KeysAreCheckedAndMustAgree) {
  Rig rig;
  EXPECT_EQ(rig.post("/e/", R"({"event":"x","distinct_id":"u"})").status, 401);
  EXPECT_EQ(rig.post("/e/", R"({"api_key":"nope","event":"x","distinct_id":"u"})").status, 401);
  HttpResponse personal =
      rig.post("/e/", R"({"api_key":"phx_secret","event":"x","distinct_id":"u"})");
  EXPECT_EQ(personal.status, 401);
  EXPECT_THAT(personal.body, HasSubstr("personal key"));
  EXPECT_EQ(
      rig.post(
             "/e/",
             R"([{"token":"phc_demo","event":"x","distinct_id":"u"},{"token":"t","event":"x","distinct_id":"u"}])")
          .status,
      401);
  EXPECT_EQ(rig.appender.batches, 0u);
}

TEST(Posthog, ARequestWithoutAnyGoodEventIs400AndOneWithSomeIs200) {
  Rig rig;
  EXPECT_EQ(rig.post("/batch/", batch("")).status, 400);
  HttpResponse nobody = rig.post("/batch/", batch(R"({"event":"x"})"));
  EXPECT_EQ(nobody.status, 400);
  EXPECT_THAT(nobody.body, HasSubstr(R"("field":"distinct_id")"));
  EXPECT_EQ(rig.post("/e/", R"({"api_key":"phc_demo","distinct_id":"u"})").status, 400);
  EXPECT_EQ(rig.post("/batch/", batch(R"({"event":"y"},)" + event("x"))).body, kOk);
  EXPECT_EQ(rig.of_kind(RecordKind::Track).size(), 1u);
  EXPECT_EQ(rig.of_kind(RecordKind::Quarantine).size(), 3u);
  EXPECT_EQ(rig.post("/batch/", "{").status, 400);
  EXPECT_EQ(rig.post("/batch/", "").status, 400);
  EXPECT_EQ(rig.post("/batch/", "\x1f\x8b\x08 broken").status, 400);
  EXPECT_EQ(rig.post("/batch/", gzip(std::string(64 << 20, ' '))).status, 413);
  EXPECT_EQ(rig.post("/batch/", batch(event("a \\ud800") + "," + event("ok", "{}", "9"))).body,
            kOk);
}

TEST(Posthog, TheBrowserSaysWhoIsAnonymous) {
  Rig rig;
  rig.post(
      "/batch/",
      batch(
          fmt::format(
              R"({{"event":"a","distinct_id":"{0}","uuid":"1","properties":{{"$device_id":"{0}"}}}},)",
              kUuid) +
          fmt::format(
              R"({{"event":"$identify","distinct_id":"u1","uuid":"2","properties":{{"$anon_distinct_id":"{0}"}},"$set":{{"email":"a@b.cn"}},"$set_once":{{"s":1}}}},)",
              kUuid) +
          fmt::format(
              R"({{"event":"b","distinct_id":"{0}","uuid":"3","properties":{{"$is_server":true}}}},)",
              kUuid) +
          R"({"event":"c","distinct_id":77,"uuid":"4","properties":{"$set":{"vip":true},"$unset":["old"]}},)" +
          R"({"event":"d","distinct_id":"e","uuid":"5","properties":{"$is_identified":false}})"));
  const auto& r = rig.records();
  ASSERT_EQ(r.size(), 5u);
  Identity anonymous{IdentityKind::AnonymousId, "", std::string(kUuid)},
      u1{IdentityKind::UserId, "", "u1"};
  EXPECT_THAT(r[0].identities, ElementsAre(anonymous));
  EXPECT_THAT(r[1].identities,
              ElementsAre(u1, anonymous, Identity{IdentityKind::Email, "", "a@b.cn"}));
  EXPECT_THAT(r[1].traits, ElementsAre(TraitChange{TraitOp::Set, "email", std::string("a@b.cn")},
                                       TraitChange{TraitOp::SetOnce, "s", int64_t{1}}));
  EXPECT_EQ(r[2].identities[0].kind, IdentityKind::UserId);
  EXPECT_EQ(r[3].identities[0].value, "77");
  EXPECT_THAT(r[3].traits, ElementsAre(TraitChange{TraitOp::Set, "vip", true},
                                       TraitChange{TraitOp::Unset, "old", {}}));
  EXPECT_EQ(r[4].identities[0].kind, IdentityKind::AnonymousId);
}

TEST(Posthog, SpecialEventsBecomeTheirKinds) {
  Rig rig;
  rig.post(
      "/batch/",
      batch(
          event("$pageview", R"({"$current_url":"https://x"})", "1") + "," +
          event("$screen", "{}", "2") + "," + event("$create_alias", R"({"alias":"anon2"})", "3") +
          "," +
          R"({"event":"$groupidentify","distinct_id":"$company_acme","uuid":"4","properties":{"$group_type":"company","$group_key":"acme","$group_set":{"size":5}}},)" +
          event("$set", R"({"$set":{"city":"上海"}})", "5") + "," +
          event("$create_alias", "{}", "6")));
  const auto& r = rig.records();
  ASSERT_EQ(r.size(), 6u);
  EXPECT_EQ(r[0].kind, RecordKind::Page);
  EXPECT_EQ(r[1].kind, RecordKind::Screen);
  EXPECT_EQ(r[2].kind, RecordKind::Alias);
  EXPECT_EQ(r[3].kind, RecordKind::Group);
  EXPECT_TRUE(r[3].identities.empty()) << "the group's made-up id is nobody";
  EXPECT_EQ(text(r[3], "group_id"), "acme");
  EXPECT_EQ(r[3].traits[0], (TraitChange{TraitOp::Set, "size", int64_t{5}}));
  EXPECT_EQ(r[4].kind, RecordKind::Identify);
  EXPECT_EQ(r[5].kind, RecordKind::Quarantine);
}

TEST(Posthog, OnlyAServerMayBringOldHistory) {
  Rig rig;
  auto old = [](std::string_view key) {
    return fmt::format(
        R"({{"api_key":"{}","historical_migration":true,"batch":[{{"event":"x","distinct_id":"u","timestamp":"2020-01-01T00:00:00Z"}}]}})",
        key);
  };
  EXPECT_EQ(rig.post("/batch/", old("phc_demo")).status, 400);
  EXPECT_EQ(rig.post("/batch/", old("wk_server")).status, 200);
  EXPECT_TRUE(rig.records().back().historical);
}

}  // namespace
}  // namespace weir::collect
