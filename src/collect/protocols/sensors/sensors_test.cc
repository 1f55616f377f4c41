#include "base/crypto.h"
#include "base/gzip.h"
#include "base/url.h"
#include "collect/protocols/sensors/form.h"
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

constexpr std::string_view kVector =
    "eyJ0eXBlIjoidHJhY2siLCJldmVudCI6IkJ1eU9LIiwiZGlzdGluY3RfaWQiOiJ1MSIsInRpbWUiOjE3NjcyMjU2MDAwMD"
    "AsInByb3BlcnRpZXMiOnsi"
    "JGxpYiI6ImpzIiwiYW1vdW50Ijo5Ljl9fQ==";

std::string data(std::string_view json) {
  return "data=" + percent_encode(crypto::base64(json));
}
std::string list(std::string_view json) {
  return "data_list=" + percent_encode(crypto::base64(json));
}

TEST(Sensors, TheCheckValueOfTheVectorIsRight) {
  EXPECT_EQ(sensors::check_value(kVector), 1994776328);
}

TEST(Sensors, EveryFormOfRequestIsTheSameRecord) {
  std::string json =
      R"({"type":"track","event":"BuyOK","distinct_id":"u1","time":1795366500000,"properties":{"$lib":"js","amount":9.9}})";
  std::string encoded = percent_encode(crypto::base64(json));
  std::string padless = crypto::base64_url(json);
  Rig rig;
  EXPECT_EQ(rig.get("/sa?project=default&token=t&data=" + encoded + "&ext=crc%3D1").body, "");
  EXPECT_EQ(rig.get("/sa&token=t&data=" + encoded).status, 200)
      << "a server_url without a question mark";
  HttpResponse pixel = rig.get("/sa.gif?token=t&data=" + encoded);
  EXPECT_EQ(pixel.headers.get("content-type"), "image/gif");
  EXPECT_EQ(pixel.body.size(), 43u);
  rig.post("/sa?token=t", "data=" + encoded, {{"content-type", "text/plain"}});
  rig.post("/sa?token=t", "data=" + padless);
  rig.post("/sa?token=t", "data=" + crypto::base64(json)) /* unescaped + and = */;
  rig.post("/sa?token=t", "data=" + percent_encode(encoded)) /* encoded twice */;
  rig.post("/sa?token=t", "data_list=" + percent_encode(crypto::base64("[" + json + "]")));
  rig.post("/sa?token=t",
           "data_list=" + percent_encode(crypto::base64(gzip("[" + json + "]"))) + "&gzip=1");
  rig.post("/sa?token=t",
           "data_list=" + percent_encode(crypto::base64(gzip("[" + json + "]")))) /* no flag */;
  rig.post("/sa?token=t", "data=" + encoded + "&gzip=1") /* flag without gzip */;
  rig.post("/sa?token=t", json, {{"content-type", "application/json"}});
  ASSERT_EQ(rig.records().size(), 1u) << "one record, all others are duplicates of it";
  EXPECT_EQ(rig.appender.duplicates, 11u);
  EXPECT_EQ(rig.records()[0].name, "BuyOK");
  EXPECT_EQ(*find_property(rig.records()[0].properties, "amount"), Value(9.9));
  EXPECT_THAT(rig.records()[0].identities,
              ElementsAre(Identity{IdentityKind::AnonymousId, "", "u1"}));
  EXPECT_EQ(
      rig.metric("weir_collect_crc_mismatches_total", R"(protocol="sensors",source="sensors")"),
      1u);
}

TEST(Sensors, TheMiniProgramSequenceNamesTheBridges) {
  Rig rig;
  rig.post("/sa?token=t", list(R"([
    {"type":"track","event":"$MPLaunch","distinct_id":"oABC","time":1795366500000,"lib":{"$lib":"MiniProgram"},
     "identities":{"$identity_mp_id":"mp1","$identity_mp_wx123_openid":"oABC"},"properties":{"$app_id":"wx123"}},
    {"type":"track_signup","event":"$SignUp","distinct_id":"u9","original_id":"oABC","time":1795366501000,
     "identities":{"$identity_mp_id":"mp1","$identity_mp_wx123_openid":"oABC","$identity_login_id":"u9"},"properties":{}},
    {"type":"track_id_bind","event":"$BindID","distinct_id":"u9","time":1795366502000,
     "identities":{"$identity_mobile":"13800138000","$identity_login_id":"u9"},"properties":{}},
    {"type":"track","event":"$MPViewScreen","distinct_id":"u9","login_id":"u9","anonymous_id":"mp1","time":1795366503000,
     "identities":{"$identity_mp_id":"mp1","$identity_login_id":"u9","$identity_mp_unionid":"oU","$identity_new":"z","card":"c1"},
     "properties":{}}])"));
  const auto& r = rig.records();
  ASSERT_EQ(r.size(), 4u);
  Identity mp{IdentityKind::AnonymousId, "", "mp1"}, openid{IdentityKind::OpenId, "wx123", "oABC"};
  Identity user{IdentityKind::UserId, "", "u9"}, phone{IdentityKind::Phone, "", "13800138000"};
  EXPECT_THAT(r[0].identities, ElementsAre(mp, openid));
  EXPECT_EQ(r[1].kind, RecordKind::Identify);
  EXPECT_EQ(event_name(r[1]), "$SignUp");
  EXPECT_THAT(r[1].identities, ElementsAre(user, mp, openid));
  EXPECT_EQ(event_name(r[2]), "$BindID");
  EXPECT_THAT(r[2].identities, ElementsAre(user, phone));
  EXPECT_THAT(r[3].identities,
              ElementsAre(user, mp, Identity{IdentityKind::UnionId, "default", "oU"},
                          Identity{IdentityKind::Other, "card", "c1"}));
  EXPECT_EQ(rig.metric("weir_collect_identity_keys_ignored_total",
                       R"(protocol="sensors",source="sensors")"),
            1u);
}

TEST(Sensors, ProfileRecordsAreTraitChanges) {
  Rig rig;
  rig.post("/sa?token=t", list(R"([
    {"type":"profile_set","distinct_id":"u1","properties":{"$lib":"x","age":30,"phone":"13800138000"}},
    {"type":"profile_set_once","distinct_id":"u1","properties":{"first":"a"}},
    {"type":"profile_increment","distinct_id":"u1","properties":{"visits":2}},
    {"type":"profile_append","distinct_id":"u1","properties":{"likes":["tea"]}},
    {"type":"profile_unset","distinct_id":"u1","properties":{"old":true}},
    {"type":"profile_increment","distinct_id":"u1","properties":{"visits":"two"}},
    {"type":"profile_delete","distinct_id":"u1","properties":{}},
    {"type":"item_set","item_type":"book","item_id":"7","properties":{"price":5}}])"));
  const auto& r = rig.records();
  EXPECT_EQ(r[0].traits[1], (TraitChange{TraitOp::Set, "age", int64_t{30}}));
  EXPECT_EQ(r[0].identities.back(), (Identity{IdentityKind::Phone, "", "13800138000"}));
  EXPECT_EQ(r[1].traits[0], (TraitChange{TraitOp::SetOnce, "first", std::string("a")}));
  EXPECT_EQ(r[2].traits[0], (TraitChange{TraitOp::Increment, "visits", int64_t{2}}));
  EXPECT_EQ(r[3].traits[0], (TraitChange{TraitOp::Append, "likes", StringList{"tea"}}));
  EXPECT_EQ(r[4].traits[0], (TraitChange{TraitOp::Unset, "old", {}}));
  EXPECT_EQ(r[5].name, "$item_set");
  EXPECT_TRUE(r[5].identities.empty());
  EXPECT_EQ(text(r[5], "item_id"), "7");
  auto kept = rig.of_kind(RecordKind::Quarantine);
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(text(kept[0], "field"), "properties.visits");
  EXPECT_EQ(text(kept[1], "reason"), reason::kNotSupported);
}

TEST(Sensors, NothingIsEverRefusedByStatus) {
  Rig rig;
  for (std::string body :
       {std::string("data=%%%"), std::string("data=!!!!"), data("not json"), data("[]"),
        data("[1,null,\"a\"]"), list(R"([{"type":"track"}])"), std::string("gzip=9&data_list=abcd"),
        std::string("x=1"), std::string(),
        "data=" + percent_encode(crypto::base64(gzip(std::string(64 << 20, ' ')))),
        "data=" + percent_encode(crypto::base64("\x1f\x8b\x08 truncated"))}) {
    EXPECT_EQ(rig.post("/sa?token=t", body).status, 200) << body.substr(0, 40);
  }
  EXPECT_TRUE(rig.of_kind(RecordKind::Track).empty());
  EXPECT_GE(rig.of_kind(RecordKind::Quarantine).size(), 7u);
}

TEST(Sensors, AnUnknownTokenIsKeptUntilSomebodyAddsTheSource) {
  Rig rig;
  EXPECT_EQ(rig.post("/sa?token=later",
                     data(R"({"type":"track","event":"x","distinct_id":"u","properties":{}})"))
                .status,
            200);
  auto kept = rig.of_kind(RecordKind::Quarantine);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(text(kept[0], "reason"), reason::kUnknownSource);
  EXPECT_EQ(text(kept[0], "write_key"), "later");
  EXPECT_EQ(kept[0].source, "unknown");
}

TEST(Sensors, LongStringsAreCutAtACharacterAndBadKeysRefused) {
  Rig rig;
  std::string longer;
  for (int i = 0; i < 3000; ++i) longer += "汉";
  rig.post("/sa?token=t",
           list(fmt::format(
               R"([{{"type":"track","event":"x","distinct_id":"u","properties":{{"a":"{}"}}}},
      {{"type":"track","event":"x","distinct_id":"u","properties":{{"1a":1}}}},
      {{"type":"track","event":"x","distinct_id":"u","properties":{{"{}":1}}}},
      {{"type":"track","event":"x","distinct_id":"u","properties":{{"{}":1}}}}])",
               longer, std::string(100, 'k'), std::string(101, 'k'))));
  auto tracks = rig.of_kind(RecordKind::Track);
  ASSERT_EQ(tracks.size(), 2u);
  EXPECT_EQ(text(tracks[0], "a").size(), 8190u);
  EXPECT_EQ(rig.metric("weir_collect_strings_cut_total", R"(protocol="sensors",source="sensors")"),
            1u);
  EXPECT_EQ(rig.of_kind(RecordKind::Quarantine).size(), 2u);
}

TEST(Sensors, TheDebugRouteShowsErrorsAndADryRunStoresNothing) {
  Rig rig;
  HttpResponse good = rig.post(
      "/debug?token=t", data(R"({"type":"track","event":"x","distinct_id":"u","properties":{}})"),
      {{"dry-run", "true"}});
  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(good.body, "{}");
  HttpResponse bad = rig.post("/debug?token=t", data(R"({"type":"track","distinct_id":"u"})"),
                              {{"dry-run", "true"}});
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(bad.body, HasSubstr("event"));
  EXPECT_EQ(rig.appender.batches, 0u);
}

TEST(Sensors, AResendWithANewFlushTimeIsTheSameMessage) {
  Rig rig;
  for (std::string_view flush : {"1795366539000", "1795366539999"}) {
    rig.post("/sa?token=t",
             data(fmt::format(R"({{"_track_id":5,"type":"track","event":"x","distinct_id":"u",
        "time":1795366500000,"_flush_time":{},"properties":{{}}}})",
                              flush)));
  }
  EXPECT_EQ(rig.records().size(), 1u);
  rig.appender.failure = Error{ErrorCode::Unavailable, "disk", ""};
  EXPECT_EQ(
      rig.post("/sa?token=t", data(R"({"type":"track","event":"y","distinct_id":"u"})")).status,
      503);
}

}  // namespace
}  // namespace weir::collect
