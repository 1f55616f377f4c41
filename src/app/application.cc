#include "app/application.h"

#include "adapters/embedded/behaviour/behaviour.h"
#include "adapters/embedded/log/event_log.h"
#include "adapters/embedded/state/state_store.h"
#include "api/activity.h"
#include "api/api.h"
#include "app/assets.h"
#include "app/late_appender.h"
#include "pipeline/appender.h"
#include "pipeline/pipeline.h"
#include "privacy/privacy.h"

namespace weir::app {
namespace {

/// Members are in the order of construction, which is the order of the data: storage, vault, folds,
/// pipeline, the way in, the way out, the HTTP face. They go in reverse.
class WholeApplication final : public Application {
 public:
  WholeApplication(Env& env, const Config& config)
      : env_(env), config_(config), calendar_(*Calendar::open(config.time_zone)) {}

  ~WholeApplication() override {
    // Tasks of these executors use everything below them.
    if (slow_) slow_->stop();
  }

  Status build() {
    WEIR_CHECK_OK(open_storage());
    WEIR_CHECK_OK(open_vault());
    WEIR_CHECK_OK(build_folds());
    WEIR_CHECK_OK(build_ways());
    return build_face();
  }

  Status start(std::function<void()> on_live) override {
    WEIR_CHECK_OK(pipeline_->start(std::move(on_live)));
    connectors_->start();
    return {};
  }

  HttpHandler handler() override {
    return [this](HttpRequest request, HttpResponder respond) {
      api_->handle(std::move(request), std::move(respond));
    };
  }

  Status stop() override {
    connectors_->stop();
    messaging_->stop();
    Status folded = pipeline_->stop();
    Status closed = log_->close();
    return folded ? closed : folded;
  }

  const std::string& first_password() const override { return auth_->first_password(); }

 private:
  Status open_storage() {
    WEIR_CHECK_OK(env_.files().make_dirs(config_.data_dir));
    embedded::EventLogOptions log;
    log.dir = config_.data_dir + "/log";
    log.file_bytes_max = config_.log_file_bytes;
    WEIR_TRY(log_, embedded::EmbeddedEventLog::open(env_, log));
    WEIR_TRY(state_, embedded::open_rocks_state_store(config_.data_dir + "/state",
                                                      embedded::RocksMode::FoldState));
    WEIR_TRY(keys_, embedded::open_rocks_state_store(config_.data_dir + "/vault",
                                                     embedded::RocksMode::Synced));
    return {};
  }

  Status open_vault() {
    privacy::VaultOptions options;
    options.root_key_path = config_.root_key_file;
    options.traits = &trait_schemas_;
    WEIR_TRY(vault_, privacy::open_vault(env_, *keys_, metrics_, options));
    slow_ = env_.make_executor("slow");
    erasure_ = privacy::make_erasure_sink(*vault_, *slow_);
    quarantine_keys_ = privacy::make_erasure_sink(*vault_, *slow_);
    quarantine_ = std::make_unique<collect::Quarantine>(*quarantine_keys_);
    return {};
  }

  // Order matters: whose it is, what is known of them, what happened, what follows from it, what is
  // said.
  Status build_folds() {
    identities_ = identity::IdentityFold::make({}, *erasure_, metrics_);
    profiles_ = profile::Profiles::make(*identities_, trait_schemas_);
    WEIR_TRY(behaviour_, embedded::Behaviour::open(env_, config_.data_dir + "/behaviour",
                                                   {.identities = *identities_,
                                                    .keep_ms = config_.event_retention_ms,
                                                    .active_events = config_.active_events}));
    PersonReaders readers{profiles_.get(), nullptr, nullptr, behaviour_.get()};
    tags_ = tags::Tags::make(*identities_, readers, calendar_);
    readers.tags = tags_.get();
    segments_ = segments::Segments::make(*identities_, readers, calendar_);
    readers.segments = segments_.get();
    coupons_ = std::make_unique<plays::CouponFold>();
    journey::JourneyOptions journeys;
    journeys.calendar = calendar_;
    journeys_ = std::make_unique<journey::JourneyFold>(journeys, readers, *coupons_);
    messaging::MessagingOptions messages;
    messages.calendar = calendar_;
    messaging_ = std::make_unique<messaging::Messaging>(
        messages, messaging::MessagingDeps{*identities_, *profiles_, segments_.get(), *journeys_,
                                           late_appender_, *vault_, env_});
    journeys_->connect(*messaging_);
    return {};
  }

  // The pipeline over the folds, the way into the log, and the platforms on both sides.
  Status build_ways() {
    pipeline::Options options;
    options.checkpoint_ms = config_.checkpoint_every_ms;
    options.log_keep_ms = config_.log_retention_ms;
    std::vector<Fold*> folds{identities_.get(), profiles_.get(),  &behaviour_->fold(),
                             tags_.get(),       segments_.get(),  coupons_.get(),
                             journeys_.get(),   messaging_.get(), &boards_,
                             quarantine_.get(), &imports_,        &activity_};
    pipeline_ = pipeline::Pipeline::make(*log_, *state_, env_, std::move(folds), metrics_, options);
    pipeline_->add_participant(behaviour_->participant());
    // Questions read people, segments and log records between batches, through the gate.
    behaviour_->connect(embedded::make_gated_outside(
        {*identities_, *profiles_, segments_.get(), log_.get(), tags_.get(), profiles_.get()},
        *pipeline_));
    pipeline::AppenderOptions limits;
    limits.lag_records_max = config_.lag_records_max;
    appender_ =
        std::make_unique<pipeline::LogAppender>(*log_, *vault_, *pipeline_, env_, metrics_, limits);
    late_appender_.bind(*appender_);
    WEIR_TRY(connectors_,
             connectors::Connectors::open(config_.connectors, env_, *appender_, metrics_));
    for (Channel* channel : connectors_->channels()) messaging_->add_channel(*channel);
    WEIR_TRY(auto sources, collect::SourceRegistry::open(config_.sources));
    collect_ = std::make_unique<collect::Collect>(
        collect::CollectParts{env_, *slow_, *appender_, *vault_, *pipeline_, *quarantine_, imports_,
                              *identities_, trait_schemas_, metrics_},
        std::move(sources));
    return {};
  }

  Status build_face() {
    api::AuthOptions options;
    options.operators_file = config_.data_dir + "/operators.json";
    options.secure_cookies = config_.public_url.starts_with("https://");
    options.bearer_tokens = config_.bearer_tokens;
    WEIR_TRY(auth_, api::Auth::open(env_, options));
    analyst_ = std::make_unique<analytics::Analyst>(
        *behaviour_, env_, calendar_, analytics::AnalystOptions{.metrics = &metrics_});
    queries_ = std::make_unique<api::QueryRunner>(env_, *analyst_, metrics_, config_.queries);
    WEIR_TRY(api::Assets assets, console_assets());
    api_ = api::Api::make(api::Services{env_,
                                        calendar_,
                                        metrics_,
                                        *auth_,
                                        *pipeline_,
                                        *appender_,
                                        *log_,
                                        *vault_,
                                        *pipeline_,
                                        *collect_,
                                        *identities_,
                                        *profiles_,
                                        *tags_,
                                        *segments_,
                                        *journeys_,
                                        *messaging_,
                                        *coupons_,
                                        *connectors_,
                                        boards_,
                                        *queries_,
                                        activity_,
                                        config_.public_url,
                                        identity_scopes(),
                                        config_.caller_limits},
                          std::move(assets));
    return {};
  }

  std::vector<std::string> identity_scopes() const {
    std::vector<std::string> scopes{""};
    for (const auto& connector : config_.connectors) {
      scopes.push_back(connector.account);
      scopes.push_back(connector.open_platform);
    }
    return scopes;
  }

  Env& env_;
  const Config config_;
  const Calendar calendar_;
  Metrics metrics_;

  std::unique_ptr<embedded::EmbeddedEventLog> log_;
  std::unique_ptr<StateStore> state_, keys_;
  TraitSchemas trait_schemas_;  // set by the profile fold, read by the vault and the way in
  std::unique_ptr<privacy::ErasableVault> vault_;
  std::unique_ptr<Executor> slow_;  // sealing of refused inputs, destroying of keys
  std::unique_ptr<ErasureSink> erasure_, quarantine_keys_;

  LateAppender late_appender_;
  std::unique_ptr<identity::IdentityFold> identities_;
  std::unique_ptr<profile::Profiles> profiles_;
  std::unique_ptr<embedded::Behaviour> behaviour_;
  std::unique_ptr<tags::Tags> tags_;
  std::unique_ptr<segments::Segments> segments_;
  std::unique_ptr<plays::CouponFold> coupons_;
  std::unique_ptr<journey::JourneyFold> journeys_;
  std::unique_ptr<messaging::Messaging> messaging_;
  boards::Boards boards_;
  std::unique_ptr<collect::Quarantine> quarantine_;
  collect::Imports imports_;
  api::Activity activity_;

  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::unique_ptr<pipeline::LogAppender> appender_;
  std::unique_ptr<connectors::Connectors> connectors_;
  std::unique_ptr<collect::Collect> collect_;

  std::unique_ptr<api::Auth> auth_;
  std::unique_ptr<analytics::Analyst> analyst_;
  std::unique_ptr<api::QueryRunner> queries_;
  std::unique_ptr<api::Api> api_;
};

}  // namespace

Result<std::unique_ptr<Application>> Application::open(Env& env, const Config& config) {
  auto application = std::make_unique<WholeApplication>(env, config);
  WEIR_CHECK_OK(application->build());
  return application;
}

}  // namespace weir::app
