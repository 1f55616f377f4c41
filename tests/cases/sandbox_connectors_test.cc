// Connectors and sandbox in one process: each was written from the documents apart from the other.
#include "base/crypto.h"
#include "base/json.h"
#include "base/sim_env.h"
#include "connectors/connectors.h"
#include "model/facts.h"
#include "sandbox/sandbox.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

constexpr TimeMs kStart = 1'772'413'200'000;  // 2026-03-02 09:00 in Shanghai

// Keeps records once per message id, as the log's dedupe does.
class DedupingAppender : public Appender {
 public:
  void append(std::vector<Envelope> batch, Done done) override {
    for (Envelope& e : batch) {
      ++received;
      if (seen_.insert(e.source + "\n" + e.message_id).second) records.push_back(std::move(e));
    }
    done(Position{records.size()});
  }
  std::vector<Envelope> records;
  int received = 0;

 private:
  std::set<std::string> seen_;
};

class SandboxConnectors : public ::testing::Test {
 protected:
  SandboxConnectors() : env(SimEnv::make(5, kStart)) {}
  ~SandboxConnectors() override {
    if (connectors) connectors->stop();
    if (box) box->stop();
  }

  void build(sandbox::SandboxOptions options = calm()) {
    box = std::make_unique<sandbox::Sandbox>(*env, options);
    env->serve("http://sandbox:80", box->handler(), 1, 1);
    auto opened = connectors::Connectors::open(configs(options), *env, appender, metrics);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    connectors = std::move(*opened);
    env->serve(
        "http://weir:80",
        [this](HttpRequest request, HttpResponder respond) {
          if (request.path().starts_with("/webhooks/")) {
            return connectors->handle_webhook(std::move(request), std::move(respond));
          }
          collected.push_back(request);
          respond(HttpResponse::json(200, R"({"success":true})"));
        },
        1, 1);
    box->start();
    env->run_for(kSecondMs);
  }

  static sandbox::SandboxOptions calm() {
    sandbox::SandboxOptions options;
    options.weir_url = "http://weir:80";
    options.people = 20;
    options.profile = sandbox::calm_profile();
    return options;
  }

  static std::vector<connectors::ConnectorConfig> configs(const sandbox::SandboxOptions& o) {
    connectors::ConnectorConfig wechat, wecom, sms;
    wechat.id = "wechat:main";
    wechat.base_url = "http://sandbox:80/wechat";
    wechat.account = o.appid;
    wechat.secret = o.app_secret;
    wechat.callback_token = o.wechat_token;
    wechat.callback_key = o.wechat_key;
    using connectors::CallbackMode;
    wechat.callback_mode = o.wechat_mode == sandbox::PushMode::Plain ? CallbackMode::Plain
                           : o.wechat_mode == sandbox::PushMode::Compatible
                               ? CallbackMode::Compatible
                               : CallbackMode::Secure;
    wecom.id = "wecom:main";
    wecom.base_url = "http://sandbox:80/wecom";
    wecom.account = o.corpid;
    wecom.secret = o.corp_secret;
    wecom.callback_token = o.wecom_token;
    wecom.callback_key = o.wecom_key;
    wecom.agent_id = o.agent_id;
    wecom.task_poll_ms = 10 * kSecondMs;
    sms.id = "sms:main";
    sms.base_url = "http://sandbox:80/sms";
    sms.account = o.sms_key_id;
    sms.secret = o.sms_secret;
    sms.callback_secret = o.sms_callback_secret;
    sms.sign_name = o.sign_name;
    return {wechat, wecom, sms};
  }

  json::object call(const std::string& method, const std::string& target, std::string body = {}) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = std::move(body);
    auto out = std::make_shared<json::object>();
    box->handler()(request, [out](HttpResponse response) {
      auto parsed = json::parse(response.body);
      if (parsed && parsed->is_object()) *out = parsed->get_object();
    });
    env->run_for(5 * kSecondMs);
    return *out;
  }
  void act(int person, const std::string& what, const std::string& more = {}) {
    json::object reply = call("POST", "/_sandbox/act",
                              fmt::format(R"({{"person":{},"do":"{}"{}}})", person, what, more));
    EXPECT_TRUE(json::optional_bool(reply, "ok", false)) << what << " " << json::to_text(reply);
  }
  json::object person(int index) {
    json::object reply = call("GET", fmt::format("/_sandbox/people?offset={}&limit=1", index));
    return reply.at("people").get_array().at(0).get_object();
  }
  std::string field(int index, std::string_view name) {
    return json::optional_string(person(index), name);
  }
  json::object ledger(const std::string& channel) {
    return call("GET", "/_sandbox/ledger?channel=" + channel);
  }

  Delivery delivery(const std::string& channel, int index) {
    Delivery d;
    d.effect_key = crypto::to_hex(crypto::md5(channel + std::to_string(index)));
    d.channel = channel;
    d.vendor_template = "TM_1";
    d.fields = {{"keyword1", "cabcdef0123456789"}};
    d.content = "【青禾集合】购物车提醒，拒收请回复R";
    d.recipient = field(index, channel == "sms"                ? "phone"
                               : channel == "wecom_guide_task" ? "external_userid"
                                                               : "openid");
    d.staff_userid = "lin_guide";
    return d;
  }
  DeliveryOutcome deliver(const Delivery& d) {
    DeliveryOutcome out;
    int answers = 0;
    for (Channel* c : connectors->channels()) {
      if (c->name() != d.channel) continue;
      c->deliver(d, [&](DeliveryOutcome outcome) {
        out = std::move(outcome);
        ++answers;
      });
    }
    env->run_for(10 * kSecondMs);
    EXPECT_EQ(answers, 1);
    return out;
  }
  DeliveryOutcome reconcile(const Delivery& d) {
    DeliveryOutcome out;
    for (Channel* c : connectors->channels()) {
      if (c->name() == d.channel) c->reconcile(d, [&](DeliveryOutcome o) { out = std::move(o); });
    }
    env->run_for(20 * kSecondMs);
    return out;
  }
  const Envelope* find(RecordKind kind, std::string_view name) {
    for (const Envelope& e : appender.records) {
      if (e.kind == kind && (name.empty() || e.name == name)) return &e;
    }
    return nullptr;
  }

  std::unique_ptr<SimEnv> env;
  DedupingAppender appender;
  Metrics metrics;
  std::vector<HttpRequest> collected;
  std::unique_ptr<sandbox::Sandbox> box;
  std::unique_ptr<connectors::Connectors> connectors;
};

TEST_F(SandboxConnectors, TheAddressesAreVerifiedAndAFollowIsLinked) {
  build();
  EXPECT_EQ(json::optional_int(call("GET", "/_sandbox/health"), "addresses_verified", 0), 2);
  act(3, "follow", R"(,"scene":"store_12")");
  env->run_for(kMinuteMs);
  const Envelope* follow = find(RecordKind::Track, facts::kMpFollow);
  ASSERT_NE(follow, nullptr);
  EXPECT_EQ(string_property(follow->properties, "scene"), "store_12");
  const Envelope* link = find(RecordKind::Identify, "");
  ASSERT_NE(link, nullptr);
  EXPECT_EQ(link->identities[0].value, field(3, "openid"));
  EXPECT_EQ(link->identities[1].value, field(3, "unionid"));
}

TEST_F(SandboxConnectors, EveryPushModeIsUnderstood) {
  for (auto mode : {sandbox::PushMode::Plain, sandbox::PushMode::Compatible}) {
    auto options = calm();
    options.wechat_mode = mode;
    build(options);
    act(1, "follow");
    act(1, "message", R"(,"text":"你好 ]]> 😀")");
    const Envelope* message = find(RecordKind::Track, facts::kMpMessage);
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(string_property(message->properties, "content"), "你好 ]]> 😀");
    connectors->stop();
    box->stop();
    appender = DedupingAppender();
  }
}

TEST_F(SandboxConnectors, TemplatesReachFollowersOnlyAndOnce) {
  build();
  Delivery d = delivery("mp_template", 1);
  EXPECT_EQ(deliver(d).reason, "not_subscribed");
  act(1, "follow");
  DeliveryOutcome first = deliver(d);
  EXPECT_EQ(first.state, DeliveryState::Accepted);
  EXPECT_EQ(deliver(d).vendor_id, first.vendor_id);  // swallowed by client_msg_id
  const Envelope* receipt = find(RecordKind::Receipt, "");
  ASSERT_NE(receipt, nullptr);
  EXPECT_EQ(string_property(receipt->properties, "vendor_id"), first.vendor_id);
  EXPECT_EQ(string_property(receipt->properties, "state"), "delivered");
  json::object books = ledger("mp_template");
  const json::object& send = books.at("sends").get_array().at(0).get_object();
  EXPECT_EQ(json::optional_string(send, "effect_id"), d.effect_key);
  EXPECT_EQ(json::optional_int(send, "count", 0), 1);
  EXPECT_EQ(json::optional_int(send, "repeats", 0), 1);
  // The coupon in the message was kept.
  EXPECT_EQ(person(1).at("coupons").get_array().size(), 1u);
  act(1, "refuse_templates");
  Delivery other = d;
  other.effect_key = crypto::to_hex(crypto::md5("x"));
  EXPECT_EQ(deliver(other).reason, "user_refused");
}

TEST_F(SandboxConnectors, CustomerServiceNeedsAnOpenWindow) {
  build();
  act(2, "follow");
  Delivery d = delivery("mp_customer_service", 2);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(deliver(d).state, DeliveryState::Accepted);
  EXPECT_EQ(deliver(d).reason, "window_expired");  // three per touch
  act(2, "message");
  EXPECT_EQ(deliver(d).state, DeliveryState::Accepted);
  env->run_for(49 * kHourMs);
  EXPECT_EQ(deliver(d).reason, "window_expired");
}

TEST_F(SandboxConnectors, GuideTasksWaitForTheMember) {
  build();
  Delivery d = delivery("wecom_guide_task", 4);
  EXPECT_EQ(deliver(d).reason, "not_friend");
  act(4, "add_guide", R"(,"staff":"lin_guide","state":"ch_1")");
  env->run_for(kMinuteMs);
  EXPECT_NE(find(RecordKind::Track, facts::kWecomFriendAdded), nullptr);
  ASSERT_NE(find(RecordKind::Identify, ""), nullptr);
  EXPECT_EQ(find(RecordKind::Identify, "")->identities[1].value, field(4, "unionid"));
  DeliveryOutcome outcome = deliver(d);
  EXPECT_EQ(outcome.state, DeliveryState::Accepted);
  EXPECT_EQ(find(RecordKind::Receipt, ""), nullptr);
  env->run_for(5 * kMinuteMs);
  ASSERT_NE(find(RecordKind::Receipt, ""), nullptr);
  EXPECT_EQ(string_property(find(RecordKind::Receipt, "")->properties, "vendor_id"),
            outcome.vendor_id);
}

TEST_F(SandboxConnectors, ALostTaskReplyIsSettledByTheList) {
  build();
  act(4, "add_guide", R"(,"staff":"lin_guide")");
  env->run_for(kMinuteMs);  // the contact was read back, so a token is at hand
  call("POST", "/_sandbox/faults", R"({"lost_reply":1})");
  Delivery d = delivery("wecom_guide_task", 4);
  d.url = "https://shop.example.cn/cart";
  EXPECT_EQ(deliver(d).state, DeliveryState::Unknown);
  call("POST", "/_sandbox/faults", R"({"lost_reply":0})");
  EXPECT_EQ(reconcile(d).state, DeliveryState::Accepted);
  env->run_for(5 * kMinuteMs);
  EXPECT_NE(find(RecordKind::Receipt, ""), nullptr);
  EXPECT_EQ(json::optional_int(ledger("wecom_guide_task"), "duplicates", -1), 0);
  // Had somebody sent it again blindly, two tasks would match, and nobody could tell which.
  EXPECT_EQ(deliver(d).state, DeliveryState::Accepted);
  EXPECT_EQ(reconcile(d).state, DeliveryState::Unknown);
  EXPECT_EQ(json::optional_int(ledger("wecom_guide_task"), "duplicates", -1), 1);
}

TEST_F(SandboxConnectors, SmsIsSignedBilledReportedAndAnswered) {
  build();
  Delivery d = delivery("sms", 5);
  EXPECT_EQ(deliver(d).state, DeliveryState::Accepted);
  const Envelope* receipt = find(RecordKind::Receipt, "");
  ASSERT_NE(receipt, nullptr);
  EXPECT_EQ(string_property(receipt->properties, "effect_key"), d.effect_key);
  act(5, "reply", R"(,"text":"Ｔ")");
  const Envelope* reply = find(RecordKind::Track, facts::kSmsReply);
  ASSERT_NE(reply, nullptr);
  EXPECT_EQ(string_property(reply->properties, "keyword"), "optout");
  EXPECT_EQ(reply->identities[0].value, d.recipient);
  // The same OutId again is a second message: the ledger tells.
  EXPECT_EQ(deliver(d).state, DeliveryState::Accepted);
  EXPECT_EQ(json::optional_int(ledger("sms"), "duplicates", 0), 1);
}

TEST_F(SandboxConnectors, ALostSmsReplyIsSettledByTheDetails) {
  build();
  call("POST", "/_sandbox/faults", R"({"lost_reply":1})");
  Delivery d = delivery("sms", 6);
  EXPECT_EQ(deliver(d).state, DeliveryState::Unknown);
  call("POST", "/_sandbox/faults", R"({"lost_reply":0})");
  EXPECT_EQ(reconcile(d).state, DeliveryState::Accepted);
  EXPECT_EQ(json::optional_int(ledger("sms"), "duplicates", -1), 0);
}

TEST_F(SandboxConnectors, TokensThatDieEarlyAreReplacedUnnoticed) {
  build();
  act(1, "follow");
  for (int i = 0; i < 5; ++i) {
    call("POST", "/_sandbox/faults", R"({"kill_tokens":true})");
    Delivery d = delivery("mp_template", 1);
    d.effect_key = crypto::to_hex(crypto::md5(std::to_string(i)));
    EXPECT_EQ(deliver(d).state, DeliveryState::Accepted);
  }
  env->run_for(3 * kHourMs);  // beyond the token's life
  EXPECT_EQ(deliver(delivery("mp_template", 1)).state, DeliveryState::Accepted);
}

TEST_F(SandboxConnectors, AStormOfFaultsLosesAndForgesNothing) {
  auto options = calm();
  options.people = 60;
  options.profile.rate = 20;
  options.profile.duplicate_callback = 0.3;
  options.profile.reorder_callback = 0.3;
  options.profile.forged_callback = 0.2;
  options.profile.token_early_death = 0.05;
  options.profile.busy = 0.05;
  build(options);
  env->run_for(3 * kMinuteMs);
  call("POST", "/_sandbox/faults", R"({"rate":0,"busy":0,"token_early_death":0})");
  env->run_for(10 * kMinuteMs);
  json::object health = call("GET", "/_sandbox/health");
  EXPECT_GT(json::optional_int(health, "forged", 0), 10);
  EXPECT_EQ(json::optional_int(health, "forged_accepted", -1), 0);
  EXPECT_EQ(json::optional_int(health, "callbacks_refused", -1), 0);
  EXPECT_EQ(json::optional_int(health, "events_refused", -1), 0);
  EXPECT_GT(appender.received, static_cast<int>(appender.records.size()));
  // Everybody who follows now was seen to follow, and is linked.
  std::set<std::string> followed, linked;
  for (const Envelope& e : appender.records) {
    if (e.name == facts::kMpFollow) followed.insert(e.identities[0].value);
    if (e.kind == RecordKind::Identify && e.identities[0].kind == IdentityKind::OpenId) {
      linked.insert(e.identities[0].value);
    }
  }
  for (int i = 0; i < options.people; ++i) {
    json::object p = person(i);
    if (!json::optional_bool(p, "following", false)) continue;
    EXPECT_TRUE(followed.contains(json::optional_string(p, "openid")));
    EXPECT_TRUE(linked.contains(json::optional_string(p, "openid")));
  }
}

TEST_F(SandboxConnectors, TheSameSeedPlaysTheSamePeople) {
  auto run = [](uint64_t seed) {
    auto sim = SimEnv::make(1, kStart);
    std::string trace;
    sim->serve(
        "http://weir:80",
        [&trace](HttpRequest request, HttpResponder respond) {
          trace += request.target + "\n" + request.body + "\n";
          respond(HttpResponse::text(200, "success"));
        },
        1, 1);
    auto options = calm();
    options.seed = seed;
    options.profile.rate = 20;
    sandbox::Sandbox played(*sim, options);
    played.start();
    sim->run_for(30 * kSecondMs);
    played.stop();
    return crypto::to_hex(crypto::sha256(trace));
  };
  EXPECT_EQ(run(3), run(3));
  EXPECT_NE(run(3), run(4));
}

TEST_F(SandboxConnectors, GoesOnAfterTheProcessIsKilled) {
  build();
  act(1, "follow");
  env->kill_process();
  box->start();
  env->run_for(kSecondMs);
  EXPECT_EQ(json::optional_int(call("GET", "/_sandbox/health"), "people", 0), 20);
  EXPECT_TRUE(json::optional_bool(person(1), "following", false));
}

}  // namespace
}  // namespace weir
