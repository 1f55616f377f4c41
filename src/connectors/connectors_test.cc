#include "connectors/connectors.h"

#include "connectors/testing.h"

namespace weir::connectors {
namespace {

using testing::sms_config;
using testing::wechat_config;
using testing::wecom_config;

class ConnectorsTest : public testing::World {
 protected:
  std::string refused(ConnectorConfig config) {
    auto opened = Connectors::open({std::move(config)}, *env, appender, metrics);
    return opened ? "" : opened.error().message;
  }
};

TEST_F(ConnectorsTest, OffersEveryChannelOnceForAllAccounts) {
  ConnectorConfig second = wechat_config();
  second.id = "wechat:second";
  second.account = "wxsecond";
  open({wechat_config(), second, wecom_config(), sms_config()});
  std::vector<std::string> names;
  for (Channel* c : connectors->channels()) names.emplace_back(c->name());
  EXPECT_EQ(names, (std::vector<std::string>{"mp_customer_service", "mp_template", "sms",
                                             "wecom_guide_task", "wecom_staff_message"}));
  vendor.answer("/wechat/cgi-bin/message/template/send", R"({"errcode":0,"msgid":1})");
  Delivery delivery;
  delivery.vendor_template = "t";
  delivery.recipient = "o1";
  delivery.scope = "wxsecond";
  EXPECT_EQ(deliver("mp_template", delivery).state, DeliveryState::Accepted);
  EXPECT_EQ(connectors->health()[0].sent, 0u);
  EXPECT_EQ(connectors->health()[1].sent, 1u);
  delivery.scope = "";  // two accounts: nobody can guess which
  EXPECT_EQ(deliver("mp_template", delivery).state, DeliveryState::Failed);
}

TEST_F(ConnectorsTest, NamesWhatIsWrongInTheConfiguration) {
  ConnectorConfig config = wechat_config();
  config.id = "wechat";
  EXPECT_NE(refused(config).find("wechat:main"), std::string::npos);
  config = wechat_config();
  config.id = "douyin:main";
  EXPECT_NE(refused(config).find("kind \"douyin\" is unknown"), std::string::npos);
  config = wechat_config();
  config.callback_key = "short";
  EXPECT_NE(refused(config).find("43 characters"), std::string::npos);
  config = wechat_config();
  config.base_url = "ftp://x";
  EXPECT_FALSE(refused(config).empty());
  config = sms_config();
  config.callback_secret = "short";
  EXPECT_NE(refused(config).find("16 characters"), std::string::npos);
}

TEST_F(ConnectorsTest, UnknownWebhooksAreNotFound) {
  open({wechat_config()});
  HttpRequest request;
  for (const char* target : {"/webhooks/wechat/other", "/webhooks/wechat", "/webhooks/wechat/mainx",
                             "/webhooks/wechat/main/extra", "/webhooks//"}) {
    request.target = target;
    EXPECT_EQ(webhook(request).status, 404) << target;
  }
}

TEST_F(ConnectorsTest, HealthShowsTokensAndFailures) {
  open({wechat_config()});
  EXPECT_EQ(connectors->health()[0].state, ConnectorState::Unknown);
  EXPECT_EQ(connectors->health()[0].webhook_path, "/webhooks/wechat/main");
  connectors->start();
  env->run_for(kSecondMs);
  EXPECT_EQ(connectors->health()[0].state, ConnectorState::Healthy);
  EXPECT_GT(connectors->health()[0].token_expires_at, env->clock().now());
  testing::ScriptedVendor broken;
  broken.answer("/wechat/cgi-bin/message/template/send", "gone", 500);
  env->serve("http://vendor:80", broken.handler(), 1, 1);
  Delivery delivery;
  delivery.vendor_template = "t";
  delivery.recipient = "o1";
  deliver("mp_template", delivery);
  EXPECT_EQ(connectors->health()[0].state, ConnectorState::Degraded);
  for (int i = 0; i < 4; ++i) deliver("mp_template", delivery);
  EXPECT_EQ(connectors->health()[0].state, ConnectorState::Down);
  EXPECT_EQ(connectors->health()[0].last_error, "HTTP status 500 /cgi-bin/message/template/send");
}

TEST_F(ConnectorsTest, AVendorThatCannotBeReachedIsADefiniteFailure) {
  ConnectorConfig away = sms_config();
  away.base_url = "http://nobody:80/sms";
  open({away});
  Delivery delivery;
  delivery.vendor_template = "SMS_1";
  delivery.recipient = "13800000000";
  delivery.content = "拒收请回复R";
  DeliveryOutcome outcome = deliver("sms", delivery);
  EXPECT_EQ(outcome.state, DeliveryState::Failed);
  EXPECT_EQ(outcome.reason, "provider_error");
  EXPECT_TRUE(outcome.retryable);
}

TEST_F(ConnectorsTest, BoundsTheSendsInFlight) {
  open({wechat_config()});
  vendor.answer("/wechat/cgi-bin/message/template/send", R"({"errcode":0,"msgid":1})");
  Delivery delivery;
  delivery.vendor_template = "t";
  delivery.recipient = "o1";
  int accepted = 0, refused = 0;
  for (int i = 0; i < 300; ++i) {
    channel("mp_template")->deliver(delivery, [&](DeliveryOutcome outcome) {
      (outcome.state == DeliveryState::Accepted ? accepted : refused)++;
    });
  }
  env->run_for(kMinuteMs);
  EXPECT_EQ(accepted, 256);
  EXPECT_EQ(refused, 44);
}

}  // namespace
}  // namespace weir::connectors
