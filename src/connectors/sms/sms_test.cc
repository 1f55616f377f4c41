#include "connectors/sms/optout.h"
#include "connectors/sms/signature.h"
#include "connectors/testing.h"
#include "model/facts.h"

namespace weir::connectors {
namespace {

using testing::golden;
using testing::kSmsSecret;
using testing::sms_config;

sms::SignedRequest vector_request() {
  sms::SignedRequest request;
  request.query = {{"PhoneNumbers", "13800000000"},
                   {"SignName", "测试"},
                   {"TemplateCode", "SMS_1"},
                   {"TemplateParam", R"({"code":"1234"})"}};
  request.headers = {{"host", "dysmsapi.aliyuncs.com"},
                     {"x-acs-action", "SendSms"},
                     {"x-acs-version", "2017-05-25"},
                     {"x-acs-date", "2026-01-01T00:00:00Z"},
                     {"x-acs-signature-nonce", "n-1"},
                     {"x-acs-content-sha256", crypto::to_hex(crypto::sha256(""))}};
  return request;
}

TEST(SmsSignature, MatchesTheVendorsClient) {  // messaging.md §12
  EXPECT_EQ(sms::canonical_hash(vector_request()),
            "e8e2c8163090c2efae10e3c52b0c663cc43a4b321a73e9e22e5112c87a330130");
  EXPECT_EQ(
      sms::authorization(vector_request(), "testid", "testsecret"),
      "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host;x-acs-action;x-acs-content-sha256;"
      "x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
      "66e07a0620b7f3ec73e62a69de6f5450f6aaa2691c39a78c14d86e55a4ca948a");
}

TEST(SmsOptout, KnowsSixtySpellings) {
  const std::vector<std::string> spellings = {
      "T",          "t",        "Ｔ",       "ｔ",       " T ",    "T。",    "t.",
      "“T”",        "TD",       "td",       "Td",       "tD",     "ＴＤ",   "ｔｄ",
      "T D",        "td!",      "TD！",     "TDH",      "tdh",    "ＴＤＨ", "TT",
      "tt",         "R",        "r",        "Ｒ",       "r。",    "N",      "n",
      "Ｎ",         "0000",     "００００", " 0000",    "QX",     "qx",     "ＱＸ",
      "q x",        "退订",     " 退订 ",   "退订。",   "退订！", "退 订",  "【退订】",
      "退订T",      "退订t",    "退定",     "回T",      "回t",    "回Ｔ",   "回TD",
      "回复T",      "回复TD",   "回T退订",  "回TD退订", "取消",   "取消。", "取消订阅",
      "取消订阅！", "拒收",     "拒收。",   "拒收R",    "回R",    "回复R",  "不要再发",
      "不要再发了", "别再发了", "勿扰",     "STOP",     "stop",   "Stop.",  "unsubscribe",
      "td\n",       "　Ｔ　",   "tdtd",     "TD~"};
  size_t known = 0;
  for (const std::string& text : spellings) {
    bool optout = sms::is_optout(text);
    EXPECT_TRUE(optout) << text;
    known += optout ? 1 : 0;
  }
  EXPECT_GE(known, 60u);
}

TEST(SmsOptout, LeavesConversationsToPeople) {
  for (std::string_view text : {"", "别发了", "好的", "TODAY", "请问几点开门", "T恤有货吗",
                                "不退订", "00000", "取消订单", "退订单"}) {
    EXPECT_FALSE(sms::is_optout(text)) << text;
  }
  EXPECT_FALSE(sms::is_optout(std::string(5000, ' ') + "T"));
  EXPECT_FALSE(sms::is_optout("\xe9\x80"));
}

TEST(SmsOptout, FindsTheHintInMarketingTexts) {
  EXPECT_TRUE(sms::has_optout_hint("【堰】满减券已到账，拒收请回复R"));
  EXPECT_TRUE(sms::has_optout_hint("【堰】满减券已到账 退订回Ｔ"));
  EXPECT_FALSE(sms::has_optout_hint("【堰】满减券已到账"));
}

Delivery cart_sms() {
  Delivery delivery;
  delivery.effect_key = "0123456789abcdef0123456789abcdef";
  delivery.channel = "sms";
  delivery.vendor_template = "SMS_1";
  delivery.scope = "测试";
  delivery.recipient = "13800000000";
  delivery.content = "【测试】购物车提醒，拒收请回复R";
  delivery.fields = {{"code", "1234"}};
  return delivery;
}

class Sms : public testing::World {
 protected:
  void SetUp() override { open({sms_config()}); }
  HttpResponse push(const std::string& kind, const std::string& file,
                    std::string_view secret = kSmsSecret) {
    HttpRequest request;
    request.method = "POST";
    request.target = fmt::format("/webhooks/sms/main/{}/{}", secret, kind);
    request.body = golden(file);
    return webhook(request);
  }
};

TEST_F(Sms, SendsWithTheEffectKeyAsOutId) {
  vendor.answer("/sms/", R"({"Code":"OK","Message":"OK","BizId":"9^0","RequestId":"r"})");
  DeliveryOutcome outcome = deliver("sms", cart_sms());
  EXPECT_EQ(outcome.state, DeliveryState::Accepted);
  EXPECT_EQ(outcome.vendor_id, "9^0");
  const HttpRequest* request = vendor.last("/sms/");
  ASSERT_NE(request, nullptr);
  QueryString query(request->query());
  EXPECT_EQ(query.get("OutId"), "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(query.get("PhoneNumbers"), "13800000000");
  EXPECT_EQ(query.get("SignName"), "测试");
  EXPECT_EQ(query.get("TemplateParam"), R"({"code":"1234"})");
  EXPECT_EQ(request->headers.get("x-acs-action"), "SendSms");
  // Verified as the vendor would: from the request as it arrived.
  sms::SignedRequest seen;
  for (const auto& [name, value] : query.items()) seen.query[name] = value;
  for (const auto& [name, value] : request->headers.items) seen.headers[name] = value;
  EXPECT_EQ(request->headers.get("authorization"),
            sms::authorization(seen, "testid", "testsecret"));
}

TEST_F(Sms, RefusesMarketingTextWithoutAWayOut) {
  Delivery delivery = cart_sms();
  delivery.content = "【测试】购物车提醒";
  EXPECT_EQ(deliver("sms", delivery).reason, "invalid_content");
  EXPECT_TRUE(vendor.requests.empty());
}

TEST_F(Sms, MapsCodesToReasons) {
  struct Case {
    std::string code, reason;
    DeliveryState state;
  };
  for (const Case& c : {Case{"isv.BUSINESS_LIMIT_CONTROL", "quota", DeliveryState::Failed},
                        Case{"isv.MOBILE_NUMBER_ILLEGAL", "no_identifier", DeliveryState::Failed},
                        Case{"isv.SMS_TEMPLATE_ILLEGAL", "invalid_content", DeliveryState::Failed},
                        Case{"Throttling.User", "provider_error", DeliveryState::Failed},
                        Case{"isp.SYSTEM_ERROR", "", DeliveryState::Unknown}}) {
    testing::ScriptedVendor answering;
    answering.answer("/sms/", fmt::format(R"({{"Code":"{}","Message":"x"}})", c.code));
    env->serve("http://vendor:80", answering.handler(), 1, 1);
    DeliveryOutcome outcome = deliver("sms", cart_sms());
    EXPECT_EQ(outcome.state, c.state) << c.code;
    EXPECT_EQ(outcome.reason, c.reason) << c.code;
  }
}

TEST_F(Sms, ATimeoutIsUnknownAndSettledByTheDetails) {
  vendor.answer("/sms/", R"({"Code":"OK","BizId":"9^0"})");
  vendor.answer("/sms/", R"({"Code":"OK","TotalCount":1,"SmsSendDetailDTOs":{"SmsSendDetailDTO":[)"
                         R"({"PhoneNum":"13800000000","SendStatus":3,)"
                         R"("OutId":"0123456789abcdef0123456789abcdef"}]}})");
  env->lose_replies("http://vendor:80", 1);
  EXPECT_EQ(deliver("sms", cart_sms()).state, DeliveryState::Unknown);
  EXPECT_EQ(reconcile("sms", cart_sms()).state, DeliveryState::Accepted);
  EXPECT_EQ(vendor.last("/sms/")->headers.get("x-acs-action"), "QuerySendDetails");
  EXPECT_EQ(QueryString(vendor.last("/sms/")->query()).get("SendDate"), "20260101");
}

TEST_F(Sms, ReportsBecomeReceipts) {
  auto response = push("report", "sms_report.json");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"code":0,"msg":"接收成功"})");
  ASSERT_EQ(appender.records.size(), 2u);
  Envelope ok = appender.records[0];
  EXPECT_EQ(ok.kind, RecordKind::Receipt);
  EXPECT_EQ(string_property(ok.properties, "effect_key"), "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(string_property(ok.properties, "vendor_id"), "932702304080415357^0");
  EXPECT_EQ(string_property(ok.properties, "state"), "delivered");
  EXPECT_EQ(ok.event_time, 1'767'225'603'000);  // local time of the vendor: +08:00
  EXPECT_EQ(string_property(appender.records[1].properties, "reason"), "unsubscribed");
  push("report", "sms_report.json");
  EXPECT_EQ(appender.records[2].message_id, ok.message_id);
}

TEST_F(Sms, RepliesCarryTheOptoutKeyword) {
  EXPECT_EQ(push("up", "sms_up.json").status, 200);
  ASSERT_EQ(appender.records.size(), 2u);
  const Envelope& refusal = appender.records[0];
  EXPECT_EQ(refusal.name, facts::kSmsReply);
  EXPECT_EQ(refusal.identities[0], (Identity{IdentityKind::Phone, "", "13800000000"}));
  EXPECT_EQ(string_property(refusal.properties, "keyword"), "optout");
  EXPECT_EQ(string_property(appender.records[1].properties, "keyword"), "");
  EXPECT_EQ(string_property(appender.records[1].properties, "content"), "请问几点开门");
}

TEST_F(Sms, TheSecretIsTheLock) {
  EXPECT_EQ(push("up", "sms_up.json", "wrong-secret-0000").status, 404);
  EXPECT_EQ(push("other", "sms_up.json").status, 404);
  EXPECT_TRUE(appender.records.empty());
}

}  // namespace
}  // namespace weir::connectors
