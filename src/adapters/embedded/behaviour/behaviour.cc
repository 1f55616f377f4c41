#include "adapters/embedded/behaviour/behaviour.h"

#include "adapters/embedded/behaviour/behaviour_fold.h"
#include "adapters/embedded/behaviour/compile.h"
#include "adapters/embedded/behaviour/timeline.h"
#include "base/log.h"
#include "columnar/statistics.h"

#include <array>
#include <atomic>
#include <numeric>

namespace weir::embedded {
namespace {

constexpr DurationMs kFinalAfterMs = 72 * kHourMs;  // G9
// FN13: lower edges of the histogram.
constexpr std::array<DurationMs, 15> kEdges = {
    0,          kMinuteMs,   5 * kMinuteMs, 15 * kMinuteMs, 30 * kMinuteMs,
    kHourMs,    3 * kHourMs, 6 * kHourMs,   12 * kHourMs,   kDayMs,
    2 * kDayMs, 3 * kDayMs,  7 * kDayMs,    14 * kDayMs,    30 * kDayMs};

double mean(const std::vector<int64_t>& values) {
  double sum = std::accumulate(values.begin(), values.end(), 0.0,
                               [](double s, int64_t v) { return s + static_cast<double>(v); });
  return sum / static_cast<double>(values.size());
}

TimeToConvert time_to_convert(const columnar::FunnelResult& result) {
  const std::vector<int64_t>& all = result.durations;
  TimeToConvert out;
  out.count = all.size();
  out.avg_ms = mean(all);
  out.p50_ms = columnar::percentile(std::span<const int64_t>(all), 0.5);
  out.p90_ms = columnar::percentile(std::span<const int64_t>(all), 0.9);
  out.min_ms = all.front();
  out.max_ms = all.back();
  for (size_t i = 0; i < kEdges.size(); ++i) {
    out.histogram.push_back({kEdges[i], i + 1 < kEdges.size() ? kEdges[i + 1] : -1, 0});
  }
  for (int64_t v : all) {
    auto it = std::upper_bound(kEdges.begin(), kEdges.end(), v);
    ++out.histogram[static_cast<size_t>(it - kEdges.begin()) - 1].count;
  }
  for (const auto& pair : result.pair_durations) {
    out.pairs.push_back({mean(pair), columnar::percentile(std::span<const int64_t>(pair), 0.5)});
  }
  return out;
}

class StoreBehaviour : public Behaviour {
 public:
  StoreBehaviour(Env& env, std::unique_ptr<columnar::Store> store, const BehaviourOptions& options)
      : env_(env),
        store_(std::move(store)),
        merger_(env.make_executor("behaviour")),
        fold_(*store_, options.identities, options.head_rows_max, [this] { merge_soon(); }) {
    for (int i = 0; i < options.query_helpers; ++i) {
      owned_helpers_.push_back(env.make_executor("query-" + std::to_string(i + 1)));
      helpers_.push_back(owned_helpers_.back().get());
    }
  }

  ~StoreBehaviour() override {
    stopping_.store(true);
    merger_->stop();
    for (auto& helper : owned_helpers_) helper->stop();
  }

  Fold& fold() override { return fold_; }
  CheckpointParticipant& participant() override { return fold_; }
  void connect(std::unique_ptr<Outside> outside) override { outside_ = std::move(outside); }

  void visit(ProfileOrdinal profile, TimeMs from, TimeMs to, const std::vector<std::string>& names,
             const std::function<bool(const StoredEvent&)>& visit) const override {
    fold_.visit(profile, from, to, names, visit);
  }

  Result<TrendsAnswer> trends(const TrendsQuery& query, const QueryControl& control) override {
    WEIR_TRY(PeopleRequest request, people_request(query));
    WEIR_TRY(auto people, people_for(request));
    WEIR_TRY(auto snapshot, store_->snapshot());
    WEIR_TRY(columnar::TrendsSpec spec, compile(query, {store_->dictionary(), request, people}));
    WEIR_TRY(columnar::TrendsResult result, run_trends(snapshot, spec, budget(control), helpers_));
    TrendsAnswer out;
    out.events_scanned = result.rows_scanned;
    out.buckets = spec.buckets.starts;
    for (size_t b = 0; b < spec.buckets.size(); ++b) {
      out.final_flags.push_back(query.common.as_of >= spec.buckets.bucket_end(b) + kFinalAfterMs);
    }
    for (auto& line : result.lines) {
      out.series.push_back({query.series[line.series].name, std::move(line.keys),
                            std::move(line.values), line.total});
    }
    return out;
  }

  Result<FunnelAnswer> funnel(const FunnelQuery& query, const QueryControl& control) override {
    WEIR_TRY(PeopleRequest request, people_request(query));
    WEIR_TRY(auto people, people_for(request));
    WEIR_TRY(auto snapshot, store_->snapshot());
    WEIR_TRY(columnar::FunnelSpec spec, compile(query, {store_->dictionary(), request, people}));
    WEIR_TRY(columnar::FunnelResult result, run_funnel(snapshot, spec, budget(control), helpers_));
    FunnelAnswer out;
    out.counts = std::move(result.counts);
    for (auto& by_key : result.by_key)
      out.breakdown.push_back({std::move(by_key.keys), std::move(by_key.counts)});
    for (size_t b = 0; spec.trend && b < spec.trend->size(); ++b) {
      out.trend.push_back({spec.trend->starts[b], std::move(result.trend[b])});
    }
    if (query.time_to_convert && !result.durations.empty())
      out.time_to_convert = time_to_convert(result);
    out.pending = result.pending;
    out.events_scanned = result.rows_scanned;
    return out;
  }

  Result<TimelinePage> timeline(const TimelineQuery& query) override {
    return read_timeline(store_->view(), query, outside_.get());
  }
  Result<std::vector<EventSchema>> schema() override { return read_schema(store_->view()); }
  uint64_t event_count() const override { return store_->rows(); }
  uint64_t disk_bytes() const override { return store_->disk_bytes(); }

 private:
  Result<std::shared_ptr<const PeopleColumns>> people_for(const PeopleRequest& request) {
    if (request.empty()) return std::shared_ptr<const PeopleColumns>();
    if (outside_ == nullptr) {
      return fail(ErrorCode::FailedPrecondition,
                  "questions about profiles are not possible before start-up is done");
    }
    return outside_->people(request);
  }

  columnar::ScanBudget budget(const QueryControl& control) {
    columnar::ScanBudget out;
    out.rows_max = control.rows_max;
    out.clock = &env_.clock();
    out.deadline_us = env_.clock().monotonic_us() + control.time_max_ms * 1000;
    out.cancelled = control.cancelled;
    return out;
  }

  void merge_soon() {
    merger_->post([this] {
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
  std::unique_ptr<Executor> merger_;
  std::vector<std::unique_ptr<Executor>> owned_helpers_;
  std::vector<Executor*> helpers_;
  std::atomic<bool> stopping_{false};
  std::unique_ptr<Outside> outside_;
  BehaviourFold fold_;
};

}  // namespace

Result<std::unique_ptr<Behaviour>> Behaviour::open(Env& env, const std::string& dir,
                                                   BehaviourOptions options) {
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
