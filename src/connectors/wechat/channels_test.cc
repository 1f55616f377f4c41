#include "connectors/testing.h"

namespace weir::connectors {
namespace {

using testing::golden;
using testing::ScriptedVendor;
using testing::wechat_config;

const std::string kSend = "/wechat/cgi-bin/message/template/send";
const std::string kCustom = "/wechat/cgi-bin/message/custom/send";

Delivery cart_reminder() {
  Delivery delivery;
  delivery.effect_key = "0123456789abcdef0123456789abcdef";
  delivery.channel = "mp_template";
  delivery.template_id = "tm_cart";
  delivery.vendor_template = "vt_cart";
  delivery.scope = testing::kAppid;
  delivery.recipient = "oABC";
  delivery.fields = {{"keyword1", "羽绒服"}, {"keyword2", "满减券"}};
  delivery.url = "https://shop.example/cart?sku=1";
  delivery.content = "您好";
  return delivery;
}

class WechatChannels : public testing::World {
 protected:
  void SetUp() override { open({wechat_config()}); }
};

TEST_F(WechatChannels, SendsTheTemplateAsDocumented) {
  vendor.answer(kSend, R"({"errcode":0,"errmsg":"ok","msgid":2001638360000000001})");
  DeliveryOutcome outcome = deliver("mp_template", cart_reminder());
  EXPECT_EQ(outcome.state, DeliveryState::Accepted);
  EXPECT_EQ(outcome.vendor_id, "2001638360000000001");
  ASSERT_NE(vendor.last(kSend), nullptr);
  EXPECT_EQ(vendor.last(kSend)->body, golden("request_template_send.json"));
  EXPECT_EQ(vendor.last(kSend)->query(), "access_token=T1");
  ConnectorHealth health = connectors->health()[0];
  EXPECT_EQ(health.state, ConnectorState::Healthy);
  EXPECT_EQ(health.sent, 1u);
  EXPECT_EQ(health.in_flight, 0u);
}

TEST_F(WechatChannels, SendsCustomerServiceTextAsDocumented) {
  vendor.answer(kCustom, R"({"errcode":0,"errmsg":"ok"})");
  EXPECT_EQ(deliver("mp_customer_service", cart_reminder()).state, DeliveryState::Accepted);
  EXPECT_EQ(vendor.last(kCustom)->body, golden("request_custom_send.json"));
}

struct CodeCase {
  int64_t code;
  std::string reason;
  bool retryable;
};
class WechatCodes : public WechatChannels, public ::testing::WithParamInterface<CodeCase> {};

TEST_P(WechatCodes, MapToReasons) {
  vendor.answer(kSend, fmt::format(R"({{"errcode":{},"errmsg":"x rid: 1-2-3"}})", GetParam().code));
  DeliveryOutcome outcome = deliver("mp_template", cart_reminder());
  EXPECT_EQ(outcome.state, DeliveryState::Failed);
  EXPECT_EQ(outcome.reason, GetParam().reason);
  EXPECT_EQ(outcome.retryable, GetParam().retryable);
}

INSTANTIATE_TEST_SUITE_P(
    Table, WechatCodes,
    ::testing::Values(
        CodeCase{43004, "not_subscribed", false}, CodeCase{43101, "user_refused", false},
        CodeCase{43019, "user_refused", false}, CodeCase{48002, "user_refused", false},
        CodeCase{45015, "window_expired", false}, CodeCase{45047, "window_expired", false},
        CodeCase{40003, "no_identifier", false}, CodeCase{45009, "quota", false},
        CodeCase{45011, "provider_error", true}, CodeCase{-1, "provider_error", true},
        CodeCase{40037, "invalid_content", false}, CodeCase{47003, "invalid_content", false},
        CodeCase{50002, "provider_error", false}));

TEST_F(WechatChannels, RefreshesTheTokenAndRetriesOnce) {
  vendor.answer(kSend, R"({"errcode":40001,"errmsg":"invalid credential"})");
  vendor.answer(kSend, R"({"errcode":0,"errmsg":"ok","msgid":7})");
  vendor.answer("/wechat/cgi-bin/stable_token", R"({"access_token":"T2","expires_in":7200})");
  EXPECT_EQ(deliver("mp_template", cart_reminder()).state, DeliveryState::Accepted);
  EXPECT_EQ(vendor.count(kSend), 2);
  EXPECT_EQ(vendor.last(kSend)->query(), "access_token=T2");
  EXPECT_EQ(vendor.count("/wechat/cgi-bin/stable_token"), 2);
}

TEST_F(WechatChannels, GivesUpAfterASecondTokenRefusal) {
  vendor.answer(kSend, R"({"errcode":42001,"errmsg":"expired"})");
  DeliveryOutcome outcome = deliver("mp_template", cart_reminder());
  EXPECT_EQ(outcome.state, DeliveryState::Failed);
  EXPECT_TRUE(outcome.retryable);
  EXPECT_EQ(vendor.count(kSend), 2);
}

TEST_F(WechatChannels, ALostReplyIsAnUnknownOutcome) {
  vendor.answer(kSend, R"({"errcode":0,"errmsg":"ok","msgid":7})");
  vendor.answer(kCustom, R"({"errcode":0,"errmsg":"ok"})");
  ASSERT_EQ(deliver("mp_customer_service", cart_reminder()).state, DeliveryState::Accepted);
  env->lose_replies("http://vendor:80", 1);
  EXPECT_EQ(deliver("mp_template", cart_reminder()).state, DeliveryState::Unknown);
  EXPECT_EQ(vendor.count(kSend), 1);
  EXPECT_EQ(connectors->health()[0].unknown, 1u);
  EXPECT_EQ(connectors->health()[0].state, ConnectorState::Degraded);
}

TEST_F(WechatChannels, BrokenAnswersAreUnknownOutcomes) {
  vendor.answer(kSend, "<html>502</html>", 502);
  EXPECT_EQ(deliver("mp_template", cart_reminder()).state, DeliveryState::Unknown);
}

TEST_F(WechatChannels, TruncatedAnswersAreUnknownOutcomes) {
  vendor.answer(kSend, R"({"errcode":0,"errm)");
  EXPECT_EQ(deliver("mp_template", cart_reminder()).state, DeliveryState::Unknown);
}

TEST_F(WechatChannels, WithoutATokenNothingIsSent) {
  ScriptedVendor refusing;
  refusing.answer("/wechat/cgi-bin/stable_token", R"({"errcode":40164,"errmsg":"invalid ip"})");
  env->serve("http://vendor:80", refusing.handler(), 1, 1);
  DeliveryOutcome outcome = deliver("mp_template", cart_reminder());
  EXPECT_EQ(outcome.state, DeliveryState::Failed);
  EXPECT_EQ(outcome.reason, "provider_error");
  EXPECT_TRUE(outcome.retryable);
  EXPECT_EQ(vendor.count(kSend), 0);
}

TEST_F(WechatChannels, RefusesWhatCannotBeSent) {
  Delivery delivery = cart_reminder();
  delivery.recipient.clear();
  EXPECT_EQ(deliver("mp_template", delivery).reason, "no_identifier");
  delivery = cart_reminder();
  delivery.content = std::string(3000, 'x');
  EXPECT_EQ(deliver("mp_customer_service", delivery).reason, "invalid_content");
  delivery = cart_reminder();
  delivery.scope = "wxunknown";
  EXPECT_EQ(deliver("mp_template", delivery).state, DeliveryState::Failed);
  EXPECT_EQ(vendor.count(kSend), 0);
}

}  // namespace
}  // namespace weir::connectors
