#pragma once
// Typed questions over all events (DESIGN §2). Adapters: embedded (the behaviour store,
// src/columnar); ClickHouse later. Domain code asks questions here and never speaks a query
// language. One contract test (tests/contract/analytics_test.cc) holds every adapter to the same
// answers.

#include "base/progress.h"
#include "base/result.h"
#include "model/identity.h"
#include "model/ids.h"
#include "model/query.h"
#include "model/query_activity.h"
#include "model/query_people.h"
#include "model/query_retention.h"
#include "model/query_sessions.h"
#include "model/value.h"
#include "ports/answers_activity.h"
#include "ports/answers_retention.h"
#include "ports/answers_sessions.h"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir {

/// What one question may cost, and how to stop it.
struct QueryControl {
  uint64_t rows_max = UINT64_MAX;  // rows looked at
  DurationMs time_max_ms = 60 * kSecondMs;
  uint64_t memory_max = UINT64_MAX;  // of what is being counted, about
  /// When the time began to run, by the monotonic clock; 0 = with the call. For questions that take
  /// several calls.
  int64_t started_us = 0;
  /// After this long, an answer about the people looked at so far; `progress` says their share.
  std::optional<DurationMs> partial_after_ms;
  // Outlive the call; may be null.
  const std::atomic<bool>* cancelled = nullptr;  // set it from any thread
  WorkProgress* progress = nullptr;
};

/// One value per breakdown key, as text; "$none" = the property is missing, "$other" = the rest.
using BreakdownValues = std::vector<std::string>;

struct TrendsSeries {
  std::string name;
  BreakdownValues breakdown;                  // empty without breakdown
  std::vector<std::optional<double>> values;  // per bucket; nullopt = null (TR2)
  std::optional<double> total;                // over the whole range, never a sum of uniques (G16)
};

struct TrendsAnswer {
  std::vector<TimeMs> buckets;    // first instant of each; the first may be before the range
  std::vector<bool> final_flags;  // G9, per bucket
  std::vector<TrendsSeries> series;
  uint64_t events_scanned = 0;
};

struct FunnelBreakdown {
  BreakdownValues values;
  std::vector<uint64_t> counts;  // per step
};

struct FunnelTrendPoint {
  TimeMs bucket = 0;
  std::vector<uint64_t> counts;
};

/// FN13 over the chosen chains of converters.
struct TimeToConvert {
  uint64_t count = 0;
  double avg_ms = 0, p50_ms = 0, p90_ms = 0;
  DurationMs min_ms = 0, max_ms = 0;
  struct Bin {
    DurationMs from_ms = 0, to_ms = -1;
    uint64_t count = 0;
  };  // to_ms -1 = no end; the last of equal bins has its end too
  std::vector<Bin> histogram;
  struct Pair {
    double avg_ms = 0, p50_ms = 0;
  };
  std::vector<Pair> pairs;  // step k to step k+1
};

struct FunnelAnswer {
  std::vector<uint64_t> counts;  // c_k (FN9)
  std::vector<FunnelBreakdown> breakdown;
  std::vector<FunnelTrendPoint> trend;
  std::optional<TimeToConvert> time_to_convert;  // when asked and at least one converted
  uint64_t pending = 0;                          // FN2
  uint64_t events_scanned = 0;
};

/// The people behind one number of an answer (DR1).
struct DrillAnswer {
  std::vector<ProfileOrdinal> people;  // ascending, each once
  uint64_t rows = 0;                   // events (or attempts) of theirs that are in the number
  uint64_t events_scanned = 0;
};

struct PeopleAnswer {
  std::vector<ProfileOrdinal> people;  // ascending
  uint64_t universe = 0;               // everybody there is
  uint64_t events_scanned = 0;
};

struct TimelineEvent {
  TimeMs time = 0;
  std::string name, source;
  std::string message_id;            // empty for derived facts and trimmed log records
  std::optional<Identity> identity;  // the one it is stored under, when still known
  Position position = 0;             // of the log record
  uint32_t hop = 0;                  // 0 = the record itself
  Properties properties;
};

struct TimelinePage {
  std::vector<TimelineEvent> events;   // newest first (TL1)
  std::optional<TimelineCursor> next;  // when there is more
};

struct EventSchema {
  std::string name;
  uint64_t count = 0;
  struct Prop {
    std::string name, type;
  };  // "text", "int", "number", "bool", "list", "json"
  std::vector<Prop> properties;
};

// Questions in files of their own: model/query_<name>.h, ports/answers_<name>.h.
struct AttributionQuery;
struct AttributionAnswer;
struct DistributionQuery;
struct DistributionAnswer;
struct IntervalQuery;
struct IntervalAnswer;
struct LtvQuery;
struct LtvAnswer;
struct PortraitQuery;
struct PortraitAnswer;
struct PropertyQuery;
struct PropertyAnswer;
struct FullChainQuery;
struct FullChainAnswer;
struct RepurchaseQuery;
struct RepurchaseAnswer;
struct PurchasesQuery;
struct PurchasesAnswer;
struct RfmQuery;
struct RfmAnswer;
struct LookalikeQuery;
struct LookalikeModel;
struct LookalikeSample;
struct LookalikePeople;
struct SegmentChangesQuery;
struct SegmentChangesAnswer;
struct StagesQuery;
struct StagesAnswer;

class Analytics {
 public:
  virtual ~Analytics() = default;
  // All may be called from any thread but the fold executor; they block until they are answered.
  // Errors: InvalidArgument (names the field), ResourceExhausted (a limit of `control`),
  // Unavailable (cancelled), DataLoss (a part of the store is damaged: never answered as if it were
  // empty).
  virtual Result<TrendsAnswer> trends(const TrendsQuery& query, const QueryControl& control) = 0;
  virtual Result<FunnelAnswer> funnel(const FunnelQuery& query, const QueryControl& control) = 0;
  virtual Result<RetentionAnswer> retention(const RetentionQuery& query,
                                            const QueryControl& control) = 0;
  /// Whom one number of the answer to `query` counts. For numbers of persons there are as many
  /// people as it says. InvalidArgument also for a cell that the answer does not have.
  virtual Result<DrillAnswer> drill(const TrendsQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<DrillAnswer> drill(const FunnelQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<DrillAnswer> drill(const AttributionQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<DrillAnswer> drill(const DistributionQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<DrillAnswer> drill(const IntervalQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<DrillAnswer> drill(const LtvQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<DrillAnswer> drill(const PropertyQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<DrillAnswer> drill(const RepurchaseQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<DrillAnswer> drill(const FullChainQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<DrillAnswer> drill(const RfmQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<DrillAnswer> drill(const StagesQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<PeopleAnswer> people(const PeopleQuery& query, const QueryControl& control) = 0;
  virtual Result<AttributionAnswer> attribution(const AttributionQuery& query,
                                                const QueryControl& control) = 0;
  virtual Result<DistributionAnswer> distribution(const DistributionQuery& query,
                                                  const QueryControl& control) = 0;
  virtual Result<IntervalAnswer> interval(const IntervalQuery& query,
                                          const QueryControl& control) = 0;
  virtual Result<FullChainAnswer> full_chain(const FullChainQuery& query,
                                             const QueryControl& control) = 0;
  virtual Result<LtvAnswer> ltv(const LtvQuery& query, const QueryControl& control) = 0;
  virtual Result<PurchasesAnswer> purchases(const PurchasesQuery& query,
                                            const QueryControl& control) = 0;
  virtual Result<PortraitAnswer> portrait(const PortraitQuery& query,
                                          const QueryControl& control) = 0;
  /// `series` is a feature as the question names it and `breakdown` one of its values, or "$none";
  /// without, the whole group.
  virtual Result<DrillAnswer> drill(const PortraitQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<PropertyAnswer> property(const PropertyQuery& query,
                                          const QueryControl& control) = 0;
  virtual Result<RepurchaseAnswer> repurchase(const RepurchaseQuery& query,
                                              const QueryControl& control) = 0;
  virtual Result<RfmAnswer> rfm(const RfmQuery& query, const QueryControl& control) = 0;
  virtual Result<StagesAnswer> stages(const StagesQuery& query, const QueryControl& control) = 0;
  /// `step` is the column, 0 the cohort itself; `series` "n0_return" instead: who returned in
  /// period 0.
  virtual Result<DrillAnswer> drill(const RetentionQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<LifecycleAnswer> lifecycle(const LifecycleQuery& query,
                                            const QueryControl& control) = 0;
  /// `series` is active, new, returning, resurrected or dormant with a bucket; churned; or
  /// came_back with a bucket.
  virtual Result<DrillAnswer> drill(const LifecycleQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<StickinessAnswer> stickiness(const StickinessQuery& query,
                                              const QueryControl& control) = 0;
  /// `step` is the number of intervals.
  virtual Result<DrillAnswer> drill(const StickinessQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<SessionsAnswer> sessions(const SessionsQuery& query,
                                          const QueryControl& control) = 0;
  /// `series` is sessions (also when empty) or bounces; with or without a bucket.
  virtual Result<DrillAnswer> drill(const SessionsQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  virtual Result<PathsAnswer> paths(const PathsQuery& query, const QueryControl& control) = 0;
  /// With a step, `breakdown` is a node, or a node and the next ("$exit" too); without, a whole
  /// path, with `series` "truncated" for one that was cut.
  virtual Result<DrillAnswer> drill(const PathsQuery& query, const DrillCell& cell,
                                    const QueryControl& control) = 0;
  /// What the seeds and a sample of the others are like. FailedPrecondition: too few or too many
  /// seeds.
  virtual Result<LookalikeSample> lookalike_sample(const LookalikeQuery& query,
                                                   const QueryControl& control) = 0;
  /// The `most` candidates whom a model of such a sample rates highest, never a seed.
  virtual Result<LookalikePeople> lookalike_people(const LookalikeQuery& query,
                                                   const LookalikeModel& model, uint64_t most,
                                                   const QueryControl& control) = 0;
  /// As many as `query` asks for, whatever was recorded meanwhile.
  virtual Result<SegmentChangesAnswer> segment_changes(const SegmentChangesQuery& query,
                                                       const QueryControl& control) = 0;
  virtual Result<TimelinePage> timeline(const TimelineQuery& query) = 0;
  /// Event names by descending count.
  virtual Result<std::vector<EventSchema>> schema() = 0;
  virtual uint64_t event_count() const = 0;
  /// Grows whenever anything that an answer may depend on changes. Read before a question is asked,
  /// it stands for what the answer knows at least.
  virtual uint64_t data_version() const = 0;
  virtual uint64_t disk_bytes() const = 0;
};

}  // namespace weir
