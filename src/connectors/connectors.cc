#include "connectors/connectors.h"

#include "connectors/config.h"
#include "connectors/connector.h"
#include "connectors/outcome.h"
#include "connectors/sms/sms_connector.h"
#include "connectors/wechat/wechat_connector.h"
#include "connectors/wecom/wecom_connector.h"

#include <fmt/format.h>

#include <array>
#include <map>

namespace weir::connectors {
namespace {

// The one table of platforms.
struct Platform {
  std::string_view kind;
  ConnectorResult (*make)(const ConnectorConfig&, const ConnectorContext&);
};
constexpr std::array kPlatforms = {
    Platform{"wechat", wechat::make_wechat_connector},
    Platform{"wecom", wecom::make_wecom_connector},
    Platform{"sms", sms::make_sms_connector},
};

ConnectorResult make_connector(const ConnectorConfig& config, const ConnectorContext& context) {
  WEIR_CHECK_OK(check_config(config));
  for (const Platform& platform : kPlatforms) {
    if (platform.kind != kind_of(config)) continue;
    ConnectorResult made = platform.make(config, context);
    if (!made) {
      return std::unexpected<Error>(
          with_context(made.error(), fmt::format("connector \"{}\"", config.id)));
    }
    return made;
  }
  return fail(ErrorCode::InvalidArgument,
              fmt::format("connector \"{}\": kind \"{}\" is unknown; use wechat, wecom or sms",
                          config.id, kind_of(config)),
              "id");
}

// One channel name over all accounts that have it.
class ScopedChannel : public Channel {
 public:
  void add(std::string_view scope, Channel* channel) {
    if (first_ == nullptr) first_ = channel;
    by_scope_.emplace(scope, channel);
  }

  std::string_view name() const override { return first_->name(); }
  EffectClass effect_class() const override { return first_->effect_class(); }
  bool needs_receipt() const override { return first_->needs_receipt(); }

  void deliver(Delivery delivery, std::function<void(DeliveryOutcome)> done) override {
    Channel* channel = find(delivery.scope);
    if (channel == nullptr) return done(failed("provider_error", no_account(delivery)));
    channel->deliver(std::move(delivery), std::move(done));
  }
  void reconcile(Delivery delivery, std::function<void(DeliveryOutcome)> done) override {
    Channel* channel = find(delivery.scope);
    if (channel == nullptr) return done(unknown_outcome(no_account(delivery)));
    channel->reconcile(std::move(delivery), std::move(done));
  }

 private:
  Channel* find(const std::string& scope) const {
    if (scope.empty() && by_scope_.size() == 1) return first_;
    auto found = by_scope_.find(scope);
    return found == by_scope_.end() ? nullptr : found->second;
  }
  static std::string no_account(const Delivery& delivery) {
    return fmt::format("no connector for scope \"{}\"", delivery.scope);
  }

  Channel* first_ = nullptr;
  std::map<std::string, Channel*, std::less<>> by_scope_;
};

class AllConnectors : public Connectors {
 public:
  explicit AllConnectors(std::shared_ptr<Executor> executor) : executor_(std::move(executor)) {}
  ~AllConnectors() override { stop(); }

  Status add(const ConnectorConfig& config, const ConnectorContext& context) {
    WEIR_TRY(std::shared_ptr<Connector> connector, make_connector(config, context));
    std::string path = webhook_path(config);
    if (by_path_.contains(path)) {
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("connector \"{}\" is configured twice", config.id), "id");
    }
    for (Channel* channel : connector->channels()) {
      channels_[std::string(channel->name())].add(connector->scope(), channel);
    }
    by_path_[path] = connector.get();
    connectors_.push_back(std::move(connector));
    return {};
  }

  std::vector<Channel*> channels() override {
    std::vector<Channel*> out;
    for (auto& [name, channel] : channels_) out.push_back(&channel);
    return out;
  }

  void handle_webhook(HttpRequest request, HttpResponder respond) override {
    std::string_view path = request.path();
    // "/webhooks/<kind>/<instance>" and the rest behind the third part.
    size_t end = 0;
    for (int part = 0; part < 3 && end != std::string_view::npos; ++part) {
      end = path.find('/', end + 1);
    }
    auto found = by_path_.find(path.substr(0, end));
    if (found == by_path_.end()) return respond(HttpResponse::text(404, "no such connector"));
    std::string_view rest = end == std::string_view::npos ? "" : path.substr(end);
    found->second->handle_webhook(rest, request, std::move(respond));
  }

  std::vector<ConnectorHealth> health() const override {
    std::vector<ConnectorHealth> out;
    for (const auto& connector : connectors_) out.push_back(connector->health());
    return out;
  }

  void start() override {
    for (const auto& connector : connectors_) connector->start();
  }
  void stop() override {
    if (stopped_) return;
    stopped_ = true;
    executor_->stop();
  }

 private:
  std::shared_ptr<Executor> executor_;
  bool stopped_ = false;
  std::vector<std::shared_ptr<Connector>> connectors_;
  std::map<std::string, Connector*, std::less<>> by_path_;
  std::map<std::string, ScopedChannel> channels_;
};

}  // namespace

Result<std::unique_ptr<Connectors>> Connectors::open(const std::vector<ConnectorConfig>& configs,
                                                     Env& env, Appender& appender,
                                                     Metrics& metrics) {
  std::shared_ptr<Executor> executor = env.make_executor("connectors");
  ConnectorContext context{env, appender, metrics, executor};
  auto all = std::make_unique<AllConnectors>(executor);
  for (const ConnectorConfig& config : configs) WEIR_CHECK_OK(all->add(config, context));
  return all;
}

}  // namespace weir::connectors
