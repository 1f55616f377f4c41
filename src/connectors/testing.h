#pragma once
// What the tests of this room share: a world in one process with a vendor that answers from a list,
// and an Appender that keeps what it was given.

#include "base/crypto.h"
#include "base/real_env.h"
#include "base/sim_env.h"
#include "base/url.h"
#include "connectors/callback_cipher.h"
#include "connectors/connectors.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace weir::connectors::testing {

inline constexpr TimeMs kStart = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
inline constexpr std::string_view kToken = "weirtoken";
inline constexpr std::string_view kKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
inline constexpr std::string_view kAppid = "wxb11529c136998cb6";
inline constexpr std::string_view kCorpid = "ww6a112864f8022910";
inline constexpr std::string_view kSmsSecret = "0123456789abcdef";

/// A file of testdata/, without the newline at its end.
inline std::string golden(const std::string& name) {
  const char* root = std::getenv("WEIR_SOURCE_DIR");
  std::string path = std::string(root == nullptr ? "." : root) + "/src/connectors/testdata/" + name;
  auto text = make_real_env()->files().read_all(path);
  EXPECT_TRUE(text.has_value()) << path;
  if (!text) return {};
  while (text->ends_with('\n')) text->pop_back();
  return *text;
}

class RecordingAppender : public Appender {
 public:
  void append(std::vector<Envelope> batch, Done done) override {
    if (refuse) return done(fail(ErrorCode::ResourceExhausted, "full"));
    for (Envelope& envelope : batch) records.push_back(std::move(envelope));
    done(Position{records.size()});
  }
  bool refuse = false;
  std::vector<Envelope> records;
};

/// Answers by path; the last answer of a path repeats.
class ScriptedVendor {
 public:
  void answer(std::string path, std::string body, int status = 200) {
    answers_[std::move(path)].push_back(HttpResponse::json(status, std::move(body)));
  }
  HttpHandler handler() {
    return [this](HttpRequest request, HttpResponder respond) {
      requests.push_back(request);
      auto found = answers_.find(std::string(request.path()));
      if (found == answers_.end()) return respond(HttpResponse::text(404, "no answer scripted"));
      HttpResponse response = found->second.front();
      if (found->second.size() > 1) found->second.pop_front();
      respond(std::move(response));
    };
  }
  int count(std::string_view path) const {
    int n = 0;
    for (const HttpRequest& request : requests) n += request.path() == path ? 1 : 0;
    return n;
  }
  const HttpRequest* last(std::string_view path) const {
    for (auto it = requests.rbegin(); it != requests.rend(); ++it) {
      if (it->path() == path) return &*it;
    }
    return nullptr;
  }
  std::vector<HttpRequest> requests;

 private:
  std::map<std::string, std::deque<HttpResponse>> answers_;
};

inline ConnectorConfig wechat_config(CallbackMode mode = CallbackMode::Secure) {
  ConnectorConfig config;
  config.id = "wechat:main";
  config.base_url = "http://vendor:80/wechat";
  config.account = kAppid;
  config.secret = "appsecret";
  config.callback_token = kToken;
  config.callback_key = kKey;
  config.callback_mode = mode;
  return config;
}

inline ConnectorConfig wecom_config() {
  ConnectorConfig config = wechat_config();
  config.id = "wecom:main";
  config.base_url = "http://vendor:80/wecom";
  config.account = kCorpid;
  config.agent_id = 1000002;
  config.open_platform = "default";
  return config;
}

inline ConnectorConfig sms_config() {
  ConnectorConfig config;
  config.id = "sms:main";
  config.base_url = "http://vendor:80/sms";
  config.account = "testid";
  config.secret = "testsecret";
  config.sign_name = "测试";
  config.callback_secret = kSmsSecret;
  return config;
}

class World : public ::testing::Test {
 protected:
  World() : env(SimEnv::make(7, kStart)) {
    env->serve("http://vendor:80", vendor.handler(), 1, 1);
    vendor.answer("/wechat/cgi-bin/stable_token", R"({"access_token":"T1","expires_in":7200})");
    vendor.answer("/wecom/cgi-bin/gettoken",
                  R"({"errcode":0,"errmsg":"ok","access_token":"C1","expires_in":7200})");
  }

  void open(std::vector<ConnectorConfig> configs) {
    auto opened = Connectors::open(std::move(configs), *env, appender, metrics);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    connectors = std::move(*opened);
  }

  Channel* channel(std::string_view name) {
    for (Channel* c : connectors->channels()) {
      if (c->name() == name) return c;
    }
    ADD_FAILURE() << "no channel " << name;
    return nullptr;
  }

  DeliveryOutcome deliver(std::string_view name, Delivery delivery) {
    return run([&](auto done) { channel(name)->deliver(std::move(delivery), done); });
  }
  DeliveryOutcome reconcile(std::string_view name, Delivery delivery) {
    return run([&](auto done) { channel(name)->reconcile(std::move(delivery), done); });
  }

  HttpResponse webhook(HttpRequest request) {
    HttpResponse out;
    int answers = 0;
    connectors->handle_webhook(std::move(request), [&](HttpResponse response) {
      out = std::move(response);
      ++answers;
    });
    env->run_ready();
    EXPECT_EQ(answers, 1);
    return out;
  }

  std::string now_seconds() { return std::to_string(env->clock().now() / 1000); }

  std::unique_ptr<SimEnv> env;
  ScriptedVendor vendor;
  RecordingAppender appender;
  Metrics metrics;
  std::unique_ptr<Connectors> connectors;

 private:
  template <class Start>
  DeliveryOutcome run(Start start) {
    DeliveryOutcome out;
    int answers = 0;
    start([&](DeliveryOutcome outcome) {
      out = std::move(outcome);
      ++answers;
    });
    env->run_for(20 * kSecondMs);
    EXPECT_EQ(answers, 1);
    return out;
  }
};

/// A push as the vendor encrypts it.
inline HttpRequest encrypted_push(const std::string& path, std::string_view message,
                                  std::string_view receive_id, const std::string& timestamp,
                                  std::string_view clear_elements = {}) {
  auto cipher = CallbackCipher::open(std::string(kToken), kKey);
  std::string encrypted = cipher->encrypt("aaaabbbbccccdddd", message, receive_id);
  HttpRequest request;
  request.method = "POST";
  request.target = fmt::format(
      "{}?signature={}&timestamp={}&nonce=n1&encrypt_type=aes&msg_signature={}", path,
      sha1_sorted({kToken, timestamp, "n1"}), timestamp, cipher->sign(timestamp, "n1", encrypted));
  request.body = fmt::format(
      "<xml><ToUserName><![CDATA[gh_1]]></ToUserName>{}<Encrypt><![CDATA[{}]]></Encrypt></xml>",
      clear_elements, encrypted);
  return request;
}

inline HttpRequest plain_push(const std::string& path, std::string_view message,
                              const std::string& timestamp) {
  HttpRequest request;
  request.method = "POST";
  request.target = fmt::format("{}?signature={}&timestamp={}&nonce=n1&openid=o1", path,
                               sha1_sorted({kToken, timestamp, "n1"}), timestamp);
  request.body = message;
  return request;
}

}  // namespace weir::connectors::testing
