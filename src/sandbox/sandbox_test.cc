#include "sandbox/sandbox.h"

#include "base/crypto.h"
#include "base/sim_env.h"
#include "base/url.h"
#include "sandbox/callback_seal.h"
#include "sandbox/sms_signature_check.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace weir::sandbox {
namespace {

constexpr TimeMs kStart = 1'767'225'600'000;  // 2026-01-01T00:00:00Z

class SandboxTest : public ::testing::Test {
 protected:
  SandboxTest() {
    options.people = 10;
    options.weir_url = "http://weir:80";
    options.profile = calm_profile();
    env->serve(
        "http://weir:80",
        [this](HttpRequest request, HttpResponder respond) {
          // The service account's address check wants its own text back.
          std::string echo(QueryString(request.query()).get("echostr"));
          taken.push_back(std::move(request));
          respond(HttpResponse::text(weir_status, echo.empty() ? "success" : echo));
        },
        1, 1);
  }

  Sandbox& box() {
    if (box_ == nullptr) {
      box_ = std::make_unique<Sandbox>(*env, options);
      box_->start();
    }
    return *box_;
  }

  HttpResponse raw(HttpRequest request) {
    // Shared: an answer may come after this returned.
    auto out = std::make_shared<HttpResponse>();
    box().handler()(std::move(request), [out](HttpResponse response) { *out = response; });
    env->run_for(2 * kSecondMs);
    return *out;
  }
  json::object call(const std::string& method, const std::string& target, std::string body = {}) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = std::move(body);
    auto parsed = json::parse(raw(std::move(request)).body);
    return parsed && parsed->is_object() ? parsed->get_object() : json::object{};
  }
  int64_t code(const json::object& reply) { return json::optional_int(reply, "errcode", 0); }

  std::string token() {
    return json::optional_string(
        call("POST", "/wechat/cgi-bin/stable_token",
             fmt::format(R"({{"grant_type":"client_credential","appid":"{}","secret":"{}"}})",
                         options.appid, options.app_secret)),
        "access_token");
  }

  SandboxOptions options;
  int weir_status = 200;
  std::unique_ptr<SimEnv> env = SimEnv::make(1, kStart);
  std::vector<HttpRequest> taken;

 private:
  std::unique_ptr<Sandbox> box_;
};

TEST_F(SandboxTest, StableTokensAreStableAndExpire) {
  std::string first = token();
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(token(), first);
  auto info = [&](const std::string& t) {
    return code(call("GET", "/wechat/cgi-bin/user/info?openid=x&access_token=" + t));
  };
  EXPECT_EQ(info(first), 40003);
  EXPECT_EQ(info(""), 41001);
  EXPECT_EQ(info("mangled"), 40014);
  env->run_for(2 * kHourMs);
  EXPECT_EQ(info(first), 42001);
  EXPECT_NE(token(), first);
}

TEST_F(SandboxTest, ChecksVerbsBodiesAndSecrets) {
  EXPECT_EQ(code(call("GET", "/wechat/cgi-bin/stable_token")), 43002);
  EXPECT_EQ(code(call("POST", "/wechat/cgi-bin/user/info")), 43001);
  EXPECT_EQ(code(call("POST", "/wechat/cgi-bin/stable_token")), 44002);
  EXPECT_EQ(code(call("POST", "/wechat/cgi-bin/stable_token", "{")), 47001);
  EXPECT_EQ(code(call("POST", "/wechat/cgi-bin/stable_token", R"({"appid":"wx"})")), 40013);
  EXPECT_EQ(code(call("GET", "/wecom/cgi-bin/gettoken?corpid=ww&corpsecret=x")), 40013);
}

TEST_F(SandboxTest, CountsDailyQuotas) {
  options.profile.template_daily_max = 2;
  call("POST", "/_sandbox/act", R"({"person":0,"do":"follow"})");
  json::object people = call("GET", "/_sandbox/people?limit=1");
  const json::object& person = people.at("people").get_array().at(0).get_object();
  std::string openid = json::optional_string(person, "openid");
  auto send = [&](int n) {
    return code(
        call("POST", "/wechat/cgi-bin/message/template/send?access_token=" + token(),
             fmt::format(R"({{"touser":"{}","template_id":"T","client_msg_id":"{}","data":{{}}}})",
                         openid, n)));
  };
  EXPECT_EQ(send(1), 0);
  EXPECT_EQ(send(1), 0);  // swallowed, and not counted
  EXPECT_EQ(send(2), 0);
  EXPECT_EQ(send(3), 45009);
  env->run_for(kDayMs);
  EXPECT_EQ(send(4), 0);
}

TEST_F(SandboxTest, RepeatsCallbacksThreeTimes) {
  box();
  env->run_for(kSecondMs);
  taken.clear();
  weir_status = 500;
  call("POST", "/_sandbox/act", R"({"person":0,"do":"follow"})");
  env->run_for(kMinuteMs);
  auto is_push = [](const HttpRequest& request) { return request.method == "POST"; };
  EXPECT_EQ(std::ranges::count_if(taken, is_push), 3);
}

TEST_F(SandboxTest, RepeatsEventsWithTheSameBody) {
  box();
  env->run_for(kSecondMs);
  taken.clear();
  weir_status = 503;
  call("POST", "/_sandbox/act", R"({"person":0,"do":"add_to_cart"})");
  weir_status = 200;
  env->run_for(kMinuteMs);
  std::vector<std::string> bodies;
  for (const HttpRequest& request : taken) {
    if (request.path() == "/sa") bodies.push_back(request.body);
  }
  ASSERT_GE(bodies.size(), 2u);
  EXPECT_EQ(bodies.front(), bodies.back());
}

TEST_F(SandboxTest, NamesWhatIsWrongWithACommand) {
  json::object reply = call("POST", "/_sandbox/act", R"({"person":0,"do":"fly"})");
  const json::object& error = reply.at("error").get_object();
  EXPECT_NE(json::optional_string(error, "message").find("add_to_cart"), std::string::npos);
  EXPECT_TRUE(call("POST", "/_sandbox/act", R"({"person":99,"do":"follow"})").contains("error"));
  EXPECT_TRUE(call("POST", "/_sandbox/faults", R"({"nonsense":1})").contains("error"));
}

TEST(SandboxSeal, MatchesThePublishedVectors) {  // wechat.md §8.1
  std::string_view key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
  EXPECT_EQ(
      seal_push(key, "aaaabbbbccccdddd", "我是中文abcd123", "wxb11529c136998cb6"),
      "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==");
  EXPECT_EQ(cdata("A", "x]]>y"), "<A><![CDATA[x]]]]><![CDATA[>y]]></A>");
}

TEST(SandboxSms, ChecksTheVendorsSignature) {  // messaging.md §12
  HttpRequest request;
  request.method = "POST";
  request.target =
      "/sms/?PhoneNumbers=13800000000&SignName=%E6%B5%8B%E8%AF%95&TemplateCode=SMS_1"
      "&TemplateParam=%7B%22code%22%3A%221234%22%7D";
  request.headers.set("host", "dysmsapi.aliyuncs.com");
  request.headers.set("x-acs-action", "SendSms");
  request.headers.set("x-acs-version", "2017-05-25");
  request.headers.set("x-acs-date", "2026-01-01T00:00:00Z");
  request.headers.set("x-acs-signature-nonce", "n-1");
  request.headers.set("x-acs-content-sha256", crypto::to_hex(crypto::sha256("")));
  request.headers.set(
      "authorization",
      "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host;x-acs-action;x-acs-content-sha256;"
      "x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
      "66e07a0620b7f3ec73e62a69de6f5450f6aaa2691c39a78c14d86e55a4ca948a");
  auto check = [&](TimeMs now) {
    return check_sms_signature(request, "testid", "testsecret", now, 15 * kMinuteMs);
  };
  EXPECT_EQ(check(kStart), "");
  EXPECT_EQ(check(kStart + kHourMs), "InvalidTimeStamp.Expired");
  request.target += "0";
  EXPECT_EQ(check(kStart), "SignatureDoesNotMatch");
  request.headers.set("authorization", "Basic x");
  EXPECT_EQ(check(kStart), "MissingAuthorization");
}

}  // namespace
}  // namespace weir::sandbox
