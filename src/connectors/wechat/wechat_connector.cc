#include "connectors/wechat/wechat_connector.h"

#include "base/json.h"
#include "connectors/callback_answers.h"
#include "connectors/config.h"
#include "connectors/wechat/channels.h"
#include "connectors/wechat/follower_links.h"
#include "connectors/wechat/push.h"

namespace weir::connectors::wechat {
namespace {

VendorApi::MakeTokenRequest token_request(const ConnectorConfig& config) {
  // The stable token: several processes do not knock each other's out (wechat.md §1.2).
  return [appid = config.account, secret = config.secret](TokenKeeper::Force force) {
    json::object body = {{"grant_type", "client_credential"},
                         {"appid", appid},
                         {"secret", secret},
                         {"force_refresh", force == TokenKeeper::Force::Yes}};
    return VendorApi::TokenRequest{"POST", "/cgi-bin/stable_token", json::to_text(body)};
  };
}

class WechatConnector : public Connector {
 public:
  WechatConnector(const ConnectorConfig& config, const ConnectorContext& context,
                  PushAccount account)
      : context_(context),
        account_(std::move(account)),
        health_(std::make_shared<HealthKeeper>(config, context.env.clock(), context.metrics)),
        api_(VendorApi::make(config, context, health_, token_request(config))),
        links_(std::make_shared<FollowerLinks>(config, context, api_)),
        template_(make_template_channel(api_, health_)),
        customer_service_(make_customer_service_channel(api_, health_)) {}

  std::vector<Channel*> channels() override { return {template_.get(), customer_service_.get()}; }
  std::string_view scope() const override { return account_.appid; }
  ConnectorHealth health() const override { return health_->health(); }
  void start() override { api_->warm_up(); }

  void handle_webhook(std::string_view rest, const HttpRequest& request,
                      HttpResponder respond) override {
    if (!rest.empty() && rest != "/") return respond(HttpResponse::text(404, "not found"));
    if (request.method == "GET") {
      return answer_address_check(*health_, account_.source, answer_echo(account_, request),
                                  respond);
    }
    if (request.method != "POST") return respond(HttpResponse::text(405, "GET or POST"));
    Result<CallbackXml> push = open_push(account_, request, context_.env.clock().now());
    if (!push) return refuse_callback(*health_, account_.source, push.error(), respond);
    PushFacts facts = read_push(account_, *push);
    if (facts.records.empty()) return acknowledge(std::move(facts), respond);
    std::vector<Envelope> records = std::move(facts.records);
    auto done = [this_health = health_, links = links_, facts = std::move(facts),
                 respond = std::move(respond)](const Result<Position>& position) mutable {
      // Not durable: the vendor sends the same push again when it sees no 200.
      if (!position) return respond(HttpResponse::text(503, ""));
      acknowledge_with(*this_health, *links, std::move(facts), respond);
    };
    context_.appender.append(std::move(records), std::move(done));
  }

 private:
  void acknowledge(PushFacts facts, const HttpResponder& respond) {
    acknowledge_with(*health_, *links_, std::move(facts), respond);
  }

  static void acknowledge_with(HealthKeeper& health, FollowerLinks& links, PushFacts facts,
                               const HttpResponder& respond) {
    health.callback_accepted();
    respond(HttpResponse::text(200, "success"));
    using Known = FollowerLinks::Known;
    if (facts.openid.empty()) return;
    links.learn(std::move(facts.openid), facts.followed ? Known::AskAgain : Known::MayBe);
  }

  ConnectorContext context_;
  PushAccount account_;
  std::shared_ptr<HealthKeeper> health_;
  std::shared_ptr<VendorApi> api_;
  std::shared_ptr<FollowerLinks> links_;
  std::unique_ptr<Channel> template_, customer_service_;
};

}  // namespace

ConnectorResult make_wechat_connector(const ConnectorConfig& config,
                                      const ConnectorContext& context) {
  if (config.callback_token.empty()) {
    return fail(ErrorCode::InvalidArgument, "callback_token is missing", "callback_token");
  }
  PushAccount account{config.id, config.account, config.callback_token, {}};
  if (config.callback_mode != CallbackMode::Plain) {
    WEIR_TRY(CallbackCipher cipher,
             CallbackCipher::open(config.callback_token, config.callback_key));
    account.cipher = std::move(cipher);
  }
  return std::make_shared<WechatConnector>(config, context, std::move(account));
}

}  // namespace weir::connectors::wechat
