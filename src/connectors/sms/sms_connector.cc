#include "connectors/sms/sms_connector.h"

#include "base/crypto.h"
#include "base/log.h"
#include "connectors/sms/push.h"
#include "connectors/sms/sms_channel.h"

namespace weir::connectors::sms {
namespace {

constexpr size_t kSecretMin = 16;

class SmsConnector : public Connector {
 public:
  SmsConnector(const ConnectorConfig& config, const ConnectorContext& context)
      : context_(context),
        id_(config.id),
        sign_name_(config.sign_name),
        callback_secret_(config.callback_secret),
        health_(std::make_shared<HealthKeeper>(config, context.env.clock(), context.metrics)),
        client_(std::make_shared<SmsClient>(config, context, health_)),
        channel_(make_sms_channel(config.sign_name, client_, health_, context.env.clock())) {}

  std::vector<Channel*> channels() override { return {channel_.get()}; }
  std::string_view scope() const override { return sign_name_; }
  ConnectorHealth health() const override { return health_->health(); }
  void start() override {}

  /// "/<secret>/report" and "/<secret>/up". A wrong secret looks like a path that does not exist.
  void handle_webhook(std::string_view rest, const HttpRequest& request,
                      HttpResponder respond) override {
    std::string_view secret = rest.substr(std::min<size_t>(1, rest.size()));
    size_t slash = secret.find('/');
    std::string_view kind = slash == std::string_view::npos ? "" : secret.substr(slash + 1);
    secret = secret.substr(0, slash);
    bool known = crypto::equal_constant_time(secret, callback_secret_);
    if (!known || (kind != "report" && kind != "up")) {
      health_->callback_refused("wrong secret or path");
      return respond(HttpResponse::text(404, "not found"));
    }
    if (request.method != "POST") return respond(HttpResponse::text(405, "POST"));
    TimeMs now = context_.env.clock().now();
    Result<std::vector<Envelope>> records = kind == "report" ? read_reports(id_, request.body, now)
                                                             : read_replies(id_, request.body, now);
    if (!records) {
      health_->callback_refused(records.error().message);
      log::warn("webhook_refused", {{"connector", id_}, {"why", records.error().message}});
      return respond(HttpResponse::json(400, R"({"code":1,"msg":"refused"})"));
    }
    auto done = [health = health_, respond = std::move(respond)](const Result<Position>& position) {
      if (!position) return respond(HttpResponse::json(503, R"({"code":1,"msg":"busy"})"));
      health->callback_accepted();
      respond(HttpResponse::json(200, R"({"code":0,"msg":"接收成功"})"));
    };
    if (records->empty()) return done(Position{0});
    context_.appender.append(*std::move(records), std::move(done));
  }

 private:
  ConnectorContext context_;
  std::string id_, sign_name_, callback_secret_;
  std::shared_ptr<HealthKeeper> health_;
  std::shared_ptr<SmsClient> client_;
  std::unique_ptr<Channel> channel_;
};

}  // namespace

ConnectorResult make_sms_connector(const ConnectorConfig& config, const ConnectorContext& context) {
  if (config.sign_name.empty()) {
    return fail(ErrorCode::InvalidArgument, "sign_name is missing", "sign_name");
  }
  if (config.callback_secret.size() < kSecretMin) {
    return fail(ErrorCode::InvalidArgument,
                "callback_secret is the only lock of the receipt path: use 16 characters or more",
                "callback_secret");
  }
  return std::make_shared<SmsConnector>(config, context);
}

}  // namespace weir::connectors::sms
