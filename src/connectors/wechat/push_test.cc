#include "connectors/testing.h"
#include "model/facts.h"

namespace weir::connectors {
namespace {

using testing::encrypted_push;
using testing::golden;
using testing::kAppid;
using testing::kToken;
using testing::plain_push;
using testing::wechat_config;

const std::string kPath = "/webhooks/wechat/main";

class WechatPush : public testing::World {
 protected:
  // Opens the connector in secure mode, pushes one golden file and returns its record.
  Envelope push(const std::string& file) {
    if (connectors == nullptr) open({wechat_config()});
    size_t before = appender.records.size();
    auto response = webhook(encrypted_push(kPath, golden(file), kAppid, now_seconds()));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "success");
    EXPECT_EQ(appender.records.size(), before + 1);
    return appender.records.size() > before ? appender.records[before] : Envelope{};
  }
};

TEST_F(WechatPush, AnswersTheAddressCheck) {
  open({wechat_config()});
  HttpRequest request;
  request.target = fmt::format("{}?signature={}&timestamp=5&nonce=x&echostr=hello%2B1", kPath,
                               sha1_sorted({kToken, "5", "x"}));
  auto response = webhook(request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "hello+1");
  request.target.replace(request.target.find("nonce=x"), 7, "nonce=y");
  EXPECT_EQ(webhook(request).status, 403);
}

TEST_F(WechatPush, FollowBecomesAFactWithItsScene) {
  Envelope e = push("wechat_subscribe_scene.xml");
  EXPECT_EQ(e.kind, RecordKind::Track);
  EXPECT_EQ(e.name, facts::kMpFollow);
  EXPECT_EQ(e.trust, Trust::Verified);
  EXPECT_EQ(e.source, "wechat:main");
  EXPECT_EQ(e.event_time, 1'767'225'599'000);
  ASSERT_EQ(e.identities.size(), 1u);
  EXPECT_EQ(e.identities[0], (Identity{IdentityKind::OpenId, std::string(kAppid), "oABC"}));
  EXPECT_EQ(string_property(e.properties, "scene"), "qrscene_store_88");
}

TEST_F(WechatPush, FollowAfterAPaymentNamesThePayment) {
  Envelope e = push("wechat_subscribe_after_payment.xml");
  EXPECT_EQ(string_property(e.properties, "transaction_id"), "4200001");
  EXPECT_EQ(string_property(e.properties, "scene"), "");
}

TEST_F(WechatPush, MapsTheOtherEvents) {
  EXPECT_EQ(push("wechat_unsubscribe.xml").name, facts::kMpUnfollow);
  Envelope scan = push("wechat_scan.xml");
  EXPECT_EQ(scan.name, facts::kMpScan);
  EXPECT_EQ(string_property(scan.properties, "scene"), "store_88");
  Envelope click = push("wechat_click.xml");
  EXPECT_EQ(click.name, facts::kMpMenuClick);
  EXPECT_EQ(string_property(click.properties, "key"), "COUPONS");
  Envelope view = push("wechat_view.xml");
  EXPECT_EQ(view.name, facts::kMpMenuView);
  EXPECT_EQ(string_property(view.properties, "url"), "https://shop.example/");
}

TEST_F(WechatPush, MessagesCarryTheirTextInTheSealedField) {
  Envelope e = push("wechat_text.xml");
  EXPECT_EQ(e.name, facts::kMpMessage);
  EXPECT_EQ(e.message_id, "msg:23000000000000001");
  EXPECT_EQ(string_property(e.properties, "msg_type"), "text");
  EXPECT_EQ(string_property(e.properties, "content"), "你好 😀");
}

TEST_F(WechatPush, TemplateResultsBecomeReceipts) {
  Envelope ok = push("wechat_template_success.xml");
  EXPECT_EQ(ok.kind, RecordKind::Receipt);
  EXPECT_EQ(string_property(ok.properties, "vendor_id"), "2001638360000000001");
  EXPECT_EQ(string_property(ok.properties, "state"), "delivered");
  Envelope blocked = push("wechat_template_blocked.xml");
  EXPECT_EQ(string_property(blocked.properties, "state"), "failed");
  EXPECT_EQ(string_property(blocked.properties, "reason"), "user_refused");
  Envelope broken = push("wechat_template_system_failed.xml");
  EXPECT_EQ(string_property(broken.properties, "reason"), "provider_error");
}

TEST_F(WechatPush, UnknownEventsAreAcknowledgedAndDropped) {
  open({wechat_config()});
  auto response =
      webhook(encrypted_push(kPath, golden("wechat_unknown_event.xml"), kAppid, now_seconds()));
  EXPECT_EQ(response.body, "success");
  EXPECT_TRUE(appender.records.empty());
}

TEST_F(WechatPush, RepeatedPushesHaveOneMessageId) {
  Envelope first = push("wechat_subscribe_scene.xml");
  env->run_for(5 * kSecondMs);
  EXPECT_EQ(push("wechat_subscribe_scene.xml").message_id, first.message_id);
  // Same person and second, another event.
  EXPECT_NE(push("wechat_scan.xml").message_id, first.message_id);
}

TEST_F(WechatPush, SecureModeRefusesForgeries) {
  open({wechat_config()});
  std::string follow = golden("wechat_subscribe_scene.xml");
  // A clear body with a valid plain signature, as a compatible-mode push would also carry.
  EXPECT_EQ(webhook(plain_push(kPath, follow, now_seconds())).status, 403);
  // Encrypted for another account.
  EXPECT_EQ(webhook(encrypted_push(kPath, follow, "wxother", now_seconds())).status, 403);
  // A body that the signature does not cover.
  HttpRequest tampered = encrypted_push(kPath, follow, kAppid, now_seconds());
  tampered.body.replace(tampered.body.find("<Encrypt><![CDATA[") + 18, 4, "AAAA");
  EXPECT_EQ(webhook(tampered).status, 403);
  // Recorded long ago.
  std::string old = std::to_string(testing::kStart / 1000 - 3 * 86400);
  EXPECT_EQ(webhook(encrypted_push(kPath, follow, kAppid, old)).status, 403);
  HttpRequest bomb = encrypted_push(kPath, follow, kAppid, now_seconds());
  bomb.body = "<!DOCTYPE xml>" + bomb.body;
  EXPECT_EQ(webhook(bomb).status, 400);
  EXPECT_TRUE(appender.records.empty());
  EXPECT_EQ(connectors->health()[0].callbacks_refused, 5u);
}

TEST_F(WechatPush, CompatibleModeBelievesTheEncryptedHalfOnly) {
  open({wechat_config(CallbackMode::Compatible)});
  auto request = encrypted_push(kPath, golden("wechat_scan.xml"), kAppid, now_seconds(),
                                "<FromUserName>oFORGED</FromUserName><Event>subscribe</Event>");
  EXPECT_EQ(webhook(request).status, 200);
  ASSERT_EQ(appender.records.size(), 1u);
  EXPECT_EQ(appender.records[0].name, facts::kMpScan);
  EXPECT_EQ(appender.records[0].identities[0].value, "oABC");
}

TEST_F(WechatPush, PlainModeChecksTheSignature) {
  open({wechat_config(CallbackMode::Plain)});
  HttpRequest request = plain_push(kPath, golden("wechat_scan.xml"), now_seconds());
  EXPECT_EQ(webhook(request).status, 200);
  EXPECT_EQ(appender.records.size(), 1u);
  request.target.replace(request.target.find("nonce=n1"), 8, "nonce=n2");
  EXPECT_EQ(webhook(request).status, 403);
}

TEST_F(WechatPush, AsksForARepeatWhenTheLogIsBehind) {
  open({wechat_config()});
  appender.refuse = true;
  auto response = webhook(encrypted_push(kPath, golden("wechat_scan.xml"), kAppid, now_seconds()));
  EXPECT_EQ(response.status, 503);
}

TEST_F(WechatPush, LinksTheUnionidAfterAFollow) {
  vendor.answer("/wechat/cgi-bin/user/info",
                R"({"errcode":-1,"errmsg":"system error rid: 1-2-3"})");
  vendor.answer("/wechat/cgi-bin/user/info",
                R"({"subscribe":1,"openid":"oABC","subscribe_time":1767225599,)"
                R"("unionid":"uABC","subscribe_scene":"ADD_SCENE_QR_CODE"})");
  push("wechat_subscribe_scene.xml");
  env->run_for(10 * kSecondMs);
  ASSERT_EQ(appender.records.size(), 2u);
  const Envelope& link = appender.records[1];
  EXPECT_EQ(link.kind, RecordKind::Identify);
  EXPECT_EQ(link.trust, Trust::Verified);
  ASSERT_EQ(link.identities.size(), 2u);
  EXPECT_EQ(link.identities[1], (Identity{IdentityKind::UnionId, "default", "uABC"}));
  // Later pushes of the same follower do not ask again.
  push("wechat_click.xml");
  env->run_for(10 * kSecondMs);
  EXPECT_EQ(vendor.count("/wechat/cgi-bin/user/info"), 2);
}

}  // namespace
}  // namespace weir::connectors
