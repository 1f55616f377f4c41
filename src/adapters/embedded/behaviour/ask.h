#pragma once
// How one question is run: compile, scan, turn the result into the port's answer. One file
// ask_<question>.cc each; StoreBehaviour only hands over.

#include "adapters/embedded/behaviour/outside.h"
#include "base/env.h"
#include "columnar/columnar.h"
#include "ports/analytics.h"

#include <memory>
#include <span>

namespace weir::embedded {

struct CompileInput;

inline constexpr DurationMs kFinalAfterMs = 72 * kHourMs;  // G9

/// What a question is run with; lives as long as the call.
struct Asking {
  columnar::Store& store;
  const std::vector<std::string>& active_events;  // TR5; empty = every person-initiated event
  Outside* outside;                               // null before start-up is done
  Clock& clock;
  std::span<Executor* const> helpers;
  const QueryControl& control;

  /// Null before start-up is done, when the request names nothing of people.
  Result<std::shared_ptr<const PeopleColumns>> people(const PeopleRequest& request) const;
  columnar::ScanBudget budget() const;
  /// What the question's parts are compiled with (compile.h); `request` outlives it.
  CompileInput input(const PeopleRequest& request,
                     std::shared_ptr<const PeopleColumns> people) const;
  /// What was received by `as_of` (G9): exact for records that came within a minute of their event,
  /// to the minute for later ones.
  Result<std::shared_ptr<const columnar::Snapshot>> snapshot(TimeMs as_of) const;
};

Result<TrendsAnswer> ask_trends(const TrendsQuery& query, const Asking& asking);
Result<PeopleAnswer> ask_people(const PeopleQuery& query, const Asking& asking);
Result<FunnelAnswer> ask_funnel(const FunnelQuery& query, const Asking& asking);
Result<RetentionAnswer> ask_retention(const RetentionQuery& query, const Asking& asking);
Result<AttributionAnswer> ask_attribution(const AttributionQuery& query, const Asking& asking);
Result<DistributionAnswer> ask_distribution(const DistributionQuery& query, const Asking& asking);
Result<IntervalAnswer> ask_interval(const IntervalQuery& query, const Asking& asking);
Result<FullChainAnswer> ask_full_chain(const FullChainQuery& query, const Asking& asking);
Result<LtvAnswer> ask_ltv(const LtvQuery& query, const Asking& asking);
Result<PortraitAnswer> ask_portrait(const PortraitQuery& query, const Asking& asking);
Result<PropertyAnswer> ask_property(const PropertyQuery& query, const Asking& asking);
Result<PurchasesAnswer> ask_purchases(const PurchasesQuery& query, const Asking& asking);
Result<RepurchaseAnswer> ask_repurchase(const RepurchaseQuery& query, const Asking& asking);
Result<RfmAnswer> ask_rfm(const RfmQuery& query, const Asking& asking);
Result<LookalikeSample> ask_lookalike_sample(const LookalikeQuery& query, const Asking& asking);
Result<LookalikePeople> ask_lookalike_people(const LookalikeQuery& query,
                                             const LookalikeModel& model, uint64_t most,
                                             const Asking& asking);
Result<SegmentChangesAnswer> ask_segment_changes(const SegmentChangesQuery& query,
                                                 const Asking& asking);
Result<StagesAnswer> ask_stages(const StagesQuery& query, const Asking& asking);
Result<LifecycleAnswer> ask_lifecycle(const LifecycleQuery& query, const Asking& asking);
Result<StickinessAnswer> ask_stickiness(const StickinessQuery& query, const Asking& asking);

/// The people behind one number of the answer of ask_<question> (DR1).
Result<DrillAnswer> drill_trends(const TrendsQuery& query, const DrillCell& cell,
                                 const Asking& asking);
Result<DrillAnswer> drill_funnel(const FunnelQuery& query, const DrillCell& cell,
                                 const Asking& asking);
Result<DrillAnswer> drill_attribution(const AttributionQuery& query, const DrillCell& cell,
                                      const Asking& asking);
Result<DrillAnswer> drill_distribution(const DistributionQuery& query, const DrillCell& cell,
                                       const Asking& asking);
Result<DrillAnswer> drill_interval(const IntervalQuery& query, const DrillCell& cell,
                                   const Asking& asking);
Result<DrillAnswer> drill_full_chain(const FullChainQuery& query, const DrillCell& cell,
                                     const Asking& asking);
Result<DrillAnswer> drill_ltv(const LtvQuery& query, const DrillCell& cell, const Asking& asking);
Result<DrillAnswer> drill_portrait(const PortraitQuery& query, const DrillCell& cell,
                                   const Asking& asking);
Result<DrillAnswer> drill_property(const PropertyQuery& query, const DrillCell& cell,
                                   const Asking& asking);
Result<DrillAnswer> drill_repurchase(const RepurchaseQuery& query, const DrillCell& cell,
                                     const Asking& asking);
Result<DrillAnswer> drill_rfm(const RfmQuery& query, const DrillCell& cell, const Asking& asking);
Result<DrillAnswer> drill_stages(const StagesQuery& query, const DrillCell& cell,
                                 const Asking& asking);

/// As the port wants it.
DrillAnswer drill_answer(const columnar::Collected& collected);
/// Of ascending groups, each of which is one row.
DrillAnswer drill_answer(const std::vector<uint32_t>& groups, uint64_t scanned);
Result<DrillAnswer> drill_retention(const RetentionQuery& query, const DrillCell& cell,
                                    const Asking& asking);
Result<DrillAnswer> drill_lifecycle(const LifecycleQuery& query, const DrillCell& cell,
                                    const Asking& asking);
Result<DrillAnswer> drill_stickiness(const StickinessQuery& query, const DrillCell& cell,
                                     const Asking& asking);
Result<SessionsAnswer> ask_sessions(const SessionsQuery& query, const Asking& asking);
Result<DrillAnswer> drill_sessions(const SessionsQuery& query, const DrillCell& cell,
                                   const Asking& asking);
Result<PathsAnswer> ask_paths(const PathsQuery& query, const Asking& asking);
Result<DrillAnswer> drill_paths(const PathsQuery& query, const DrillCell& cell,
                                const Asking& asking);
/// A number that the answer does not have.
std::unexpected<Error> no_such_number(std::string field, std::string_view what);

}  // namespace weir::embedded
