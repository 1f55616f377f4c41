#include "connectors/wecom/wecom_connector.h"

#include "base/url.h"
#include "connectors/callback_answers.h"
#include "connectors/wecom/channels.h"
#include "connectors/wecom/contact_links.h"
#include "connectors/wecom/push.h"

#include <fmt/format.h>

namespace weir::connectors::wecom {
namespace {

VendorApi::MakeTokenRequest token_request(const ConnectorConfig& config) {
  std::string target = fmt::format("/cgi-bin/gettoken?corpid={}&corpsecret={}",
                                   percent_encode(config.account), percent_encode(config.secret));
  // The vendor has no forced renewal: asking again is all there is.
  return [target](TokenKeeper::Force) { return VendorApi::TokenRequest{"GET", target, ""}; };
}

class WecomConnector : public Connector {
 public:
  WecomConnector(const ConnectorConfig& config, const ConnectorContext& context,
                 PushAccount account)
      : context_(context),
        account_(std::move(account)),
        health_(std::make_shared<HealthKeeper>(config, context.env.clock(), context.metrics)),
        api_(VendorApi::make(config, context, health_, token_request(config))),
        links_(std::make_shared<ContactLinks>(config, context, api_)),
        tasks_(std::make_shared<GuideTasks>(config, context, api_)),
        guide_task_(make_guide_task_channel(api_, tasks_, health_)),
        staff_message_(make_staff_message_channel(config.agent_id, api_, health_)) {}

  std::vector<Channel*> channels() override { return {guide_task_.get(), staff_message_.get()}; }
  std::string_view scope() const override { return account_.corpid; }
  ConnectorHealth health() const override { return health_->health(); }
  void start() override { tasks_->resume(); }

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
    auto acknowledge = [health = health_, links = links_, customer = facts.external_userid,
                        respond = std::move(respond)](const Result<Position>& position) {
      if (!position) return respond(HttpResponse::text(503, ""));
      health->callback_accepted();
      respond(HttpResponse::text(200, "success"));
      if (!customer.empty()) links->learn(customer);
    };
    if (facts.records.empty()) return acknowledge(Position{0});
    context_.appender.append(std::move(facts.records), std::move(acknowledge));
  }

 private:
  ConnectorContext context_;
  PushAccount account_;
  std::shared_ptr<HealthKeeper> health_;
  std::shared_ptr<VendorApi> api_;
  std::shared_ptr<ContactLinks> links_;
  std::shared_ptr<GuideTasks> tasks_;
  std::unique_ptr<Channel> guide_task_, staff_message_;
};

}  // namespace

ConnectorResult make_wecom_connector(const ConnectorConfig& config,
                                     const ConnectorContext& context) {
  if (config.callback_token.empty()) {
    return fail(ErrorCode::InvalidArgument, "callback_token is missing", "callback_token");
  }
  WEIR_TRY(CallbackCipher cipher, CallbackCipher::open(config.callback_token, config.callback_key));
  PushAccount account{config.id, config.account, std::move(cipher)};
  return std::make_shared<WecomConnector>(config, context, std::move(account));
}

}  // namespace weir::connectors::wecom
