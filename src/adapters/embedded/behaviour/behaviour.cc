#include "adapters/embedded/behaviour/behaviour.h"

#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/behaviour_fold.h"
#include "adapters/embedded/behaviour/timeline.h"
#include "base/background.h"
#include "base/log.h"
#include "model/query_attribution.h"
#include "model/query_chain.h"
#include "model/query_distribution.h"
#include "model/query_interval.h"
#include "model/query_portrait.h"
#include "model/query_value.h"
#include "ports/answers_attribution.h"
#include "ports/answers_chain.h"
#include "ports/answers_distribution.h"
#include "ports/answers_interval.h"
#include "ports/answers_lookalike.h"
#include "ports/answers_portrait.h"
#include "ports/answers_segment_changes.h"
#include "ports/answers_value.h"

#include <atomic>

namespace weir::embedded {
namespace {

class StoreBehaviour : public Behaviour {
 public:
  StoreBehaviour(Env& env, std::unique_ptr<columnar::Store> store, const BehaviourOptions& options)
      : env_(env),
        store_(std::move(store)),
        sealer_(env.make_executor("sealer")),
        merger_(env.make_executor("behaviour")),
        keep_ms_(options.keep_ms),
        active_events_(options.active_events),
        fold_(
            *store_, options.identities, options.head_rows_max, [this] { seal_soon(); },
            [this] { merge_soon(); }) {
    for (int i = 0; i < options.query_helpers; ++i) {
      owned_helpers_.push_back(make_background_executor(env, "query-" + std::to_string(i + 1)));
      helpers_.push_back(owned_helpers_.back().get());
    }
  }

  ~StoreBehaviour() override {
    stopping_.store(true);
    sealer_->stop();
    merger_->stop();
    for (auto& helper : owned_helpers_) helper->stop();
  }

  Fold& fold() override { return fold_; }
  CheckpointParticipant& participant() override { return fold_; }
  void connect(std::unique_ptr<Outside> outside) override {
    outside_ = std::move(outside);
    outside_->watch(fold_.touched());
  }

  void visit(ProfileOrdinal profile, const HistoryQuery& query,
             const std::function<bool(const StoredEvent&)>& visit) const override {
    fold_.visit(profile, query, visit);
  }

  Result<TrendsAnswer> trends(const TrendsQuery& query, const QueryControl& control) override {
    return ask_trends(query, asking(control));
  }
  Result<FunnelAnswer> funnel(const FunnelQuery& query, const QueryControl& control) override {
    return ask_funnel(query, asking(control));
  }
  Result<RetentionAnswer> retention(const RetentionQuery& query,
                                    const QueryControl& control) override {
    return ask_retention(query, asking(control));
  }
  Result<DrillAnswer> drill(const TrendsQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_trends(query, cell, asking(control));
  }
  Result<DrillAnswer> drill(const FunnelQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_funnel(query, cell, asking(control));
  }
  Result<DrillAnswer> drill(const AttributionQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_attribution(query, cell, asking(control));
  }
  Result<DrillAnswer> drill(const DistributionQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_distribution(query, cell, asking(control));
  }
  Result<DrillAnswer> drill(const IntervalQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_interval(query, cell, asking(control));
  }
  Result<DrillAnswer> drill(const LtvQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_ltv(query, cell, asking(control));
  }
  Result<DrillAnswer> drill(const PropertyQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_property(query, cell, asking(control));
  }
  Result<DrillAnswer> drill(const RepurchaseQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_repurchase(query, cell, asking(control));
  }
  Result<DrillAnswer> drill(const RfmQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_rfm(query, cell, asking(control));
  }
  Result<DrillAnswer> drill(const StagesQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_stages(query, cell, asking(control));
  }
  Result<PeopleAnswer> people(const PeopleQuery& query, const QueryControl& control) override {
    return ask_people(query, asking(control));
  }
  Result<AttributionAnswer> attribution(const AttributionQuery& query,
                                        const QueryControl& control) override {
    return ask_attribution(query, asking(control));
  }
  Result<DistributionAnswer> distribution(const DistributionQuery& query,
                                          const QueryControl& control) override {
    return ask_distribution(query, asking(control));
  }
  Result<IntervalAnswer> interval(const IntervalQuery& query,
                                  const QueryControl& control) override {
    return ask_interval(query, asking(control));
  }
  Result<FullChainAnswer> full_chain(const FullChainQuery& query,
                                     const QueryControl& control) override {
    return ask_full_chain(query, asking(control));
  }
  Result<DrillAnswer> drill(const FullChainQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_full_chain(query, cell, asking(control));
  }
  Result<LtvAnswer> ltv(const LtvQuery& query, const QueryControl& control) override {
    return ask_ltv(query, asking(control));
  }
  Result<PortraitAnswer> portrait(const PortraitQuery& query,
                                  const QueryControl& control) override {
    return ask_portrait(query, asking(control));
  }
  Result<DrillAnswer> drill(const PortraitQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_portrait(query, cell, asking(control));
  }
  Result<LookalikeSample> lookalike_sample(const LookalikeQuery& query,
                                           const QueryControl& control) override {
    return ask_lookalike_sample(query, asking(control));
  }
  Result<LookalikePeople> lookalike_people(const LookalikeQuery& query, const LookalikeModel& model,
                                           uint64_t most, const QueryControl& control) override {
    return ask_lookalike_people(query, model, most, asking(control));
  }
  Result<SegmentChangesAnswer> segment_changes(const SegmentChangesQuery& query,
                                               const QueryControl& control) override {
    return ask_segment_changes(query, asking(control));
  }
  Result<PropertyAnswer> property(const PropertyQuery& query,
                                  const QueryControl& control) override {
    return ask_property(query, asking(control));
  }
  Result<PurchasesAnswer> purchases(const PurchasesQuery& query,
                                    const QueryControl& control) override {
    return ask_purchases(query, asking(control));
  }
  Result<RepurchaseAnswer> repurchase(const RepurchaseQuery& query,
                                      const QueryControl& control) override {
    return ask_repurchase(query, asking(control));
  }
  Result<RfmAnswer> rfm(const RfmQuery& query, const QueryControl& control) override {
    return ask_rfm(query, asking(control));
  }
  Result<StagesAnswer> stages(const StagesQuery& query, const QueryControl& control) override {
    return ask_stages(query, asking(control));
  }

  Result<LifecycleAnswer> lifecycle(const LifecycleQuery& query,
                                    const QueryControl& control) override {
    return ask_lifecycle(query, asking(control));
  }
  Result<StickinessAnswer> stickiness(const StickinessQuery& query,
                                      const QueryControl& control) override {
    return ask_stickiness(query, asking(control));
  }
  Result<DrillAnswer> drill(const RetentionQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_retention(query, cell, asking(control));
  }
  Result<DrillAnswer> drill(const LifecycleQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_lifecycle(query, cell, asking(control));
  }
  Result<DrillAnswer> drill(const StickinessQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_stickiness(query, cell, asking(control));
  }
  Result<SessionsAnswer> sessions(const SessionsQuery& query,
                                  const QueryControl& control) override {
    return ask_sessions(query, asking(control));
  }
  Result<DrillAnswer> drill(const SessionsQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_sessions(query, cell, asking(control));
  }
  Result<PathsAnswer> paths(const PathsQuery& query, const QueryControl& control) override {
    return ask_paths(query, asking(control));
  }
  Result<DrillAnswer> drill(const PathsQuery& query, const DrillCell& cell,
                            const QueryControl& control) override {
    return drill_paths(query, cell, asking(control));
  }
  Result<TimelinePage> timeline(const TimelineQuery& query) override {
    return read_timeline(store_->view(), query, outside_.get());
  }
  Result<std::vector<EventSchema>> schema() override { return read_schema(store_->view()); }
  uint64_t event_count() const override { return store_->rows(); }
  uint64_t data_version() const override { return fold_.version(); }
  uint64_t disk_bytes() const override { return store_->disk_bytes(); }

 private:
  Asking asking(const QueryControl& control) {
    return {*store_, active_events_, outside_.get(), env_.clock(), helpers_, control};
  }

  void seal_soon() {
    sealer_->post([this] {
      if (Status s = store_->run_seals(); !s)
        log::error("behaviour_seal_failed", {{"error", s.error().message}});
    });
  }

  void merge_soon() {
    merger_->post([this] {
      if (keep_ms_ > 0) store_->set_horizon(env_.clock().now() - keep_ms_);
      while (!stopping_.load()) {
        auto merged = store_->merge_once();
        if (!merged)
          return log::error("behaviour_merge_failed", {{"error", merged.error().message}});
        if (!*merged) return;
      }
    });
  }

  Env& env_;
  std::unique_ptr<columnar::Store> store_;
  std::unique_ptr<Executor> sealer_, merger_;
  const DurationMs keep_ms_;
  const std::vector<std::string> active_events_;
  std::vector<std::unique_ptr<Executor>> owned_helpers_;
  std::vector<Executor*> helpers_;
  std::atomic<bool> stopping_{false};
  std::unique_ptr<Outside> outside_;
  BehaviourFold fold_;
};

}  // namespace

Result<std::unique_ptr<Behaviour>> Behaviour::open(Env& env, const std::string& dir,
                                                   const BehaviourOptions& options) {
  WEIR_TRY(std::unique_ptr<columnar::Store> store, columnar::Store::open(env.files(), dir));
  return std::unique_ptr<Behaviour>(
      std::make_unique<StoreBehaviour>(env, std::move(store), options));
}

Status verify_behaviour_dir(FileSystem& files, const std::string& dir) {
  if (!files.exists(dir)) return {};
  WEIR_TRY(std::vector<std::string> names, files.list(dir));
  if (names.empty()) return {};  // opening would make a store here
  WEIR_TRY(std::unique_ptr<columnar::Store> store, columnar::Store::open(files, dir));
  return store->verify();
}

}  // namespace weir::embedded
