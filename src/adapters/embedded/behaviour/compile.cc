#include "adapters/embedded/behaviour/compile.h"

#include "adapters/embedded/behaviour/compile_parts.h"
#include "adapters/embedded/behaviour/compile_sessions.h"

#include <algorithm>

namespace weir::embedded {
namespace {

using columnar::Aggregate;

Aggregate aggregate_of(Measure::Kind kind) {
  switch (kind) {
    case Measure::Kind::Total: return Aggregate::Rows;
    case Measure::Kind::Uniques:
    case Measure::Kind::Sessions:
    case Measure::Kind::Wau:
    case Measure::Kind::Mau: return Aggregate::Groups;
    case Measure::Kind::PerUser: return Aggregate::RowsPerGroup;
    case Measure::Kind::Sum: return Aggregate::Sum;
    case Measure::Kind::Avg: return Aggregate::Mean;
    case Measure::Kind::Min: return Aggregate::Min;
    case Measure::Kind::Max: return Aggregate::Max;
    case Measure::Kind::P50: return Aggregate::P50;
    case Measure::Kind::P90: return Aggregate::P90;
    case Measure::Kind::P99: return Aggregate::P99;
    case Measure::Kind::Distinct: return Aggregate::Distinct;
    case Measure::Kind::SumPerUser: return Aggregate::SumPerGroup;
  }
  return Aggregate::Rows;
}

columnar::FunnelOrder order_of(FunnelQuery::Order order) {
  switch (order) {
    case FunnelQuery::Order::Sequential: return columnar::FunnelOrder::Sequential;
    case FunnelQuery::Order::Strict: return columnar::FunnelOrder::Strict;
    case FunnelQuery::Order::Any: return columnar::FunnelOrder::Any;
  }
  return columnar::FunnelOrder::Sequential;
}

columnar::FunnelSpec::KeySource key_source(const Breakdown& breakdown) {
  switch (breakdown.attribution) {
    case Breakdown::Attribution::First: return {columnar::KeyFrom::First, 0};
    case Breakdown::Attribution::Last: return {columnar::KeyFrom::Last, 0};
    case Breakdown::Attribution::Step: return {columnar::KeyFrom::Step, breakdown.step - 1};
    case Breakdown::Attribution::AllSteps: return {columnar::KeyFrom::AllSteps, 0};
    case Breakdown::Attribution::Entry: return {columnar::KeyFrom::Entry, 0};
  }
  return {};
}

}  // namespace

Result<PeopleRequest> people_request(const TrendsQuery& query) {
  PeopleRequest request;
  WEIR_CHECK_OK(collect_common(query.common, request));
  for (size_t i = 0; i < query.series.size(); ++i) {
    WEIR_CHECK_OK(collect_traits(query.series[i].filter, "series[" + std::to_string(i) + "].filter",
                                 request));
  }
  return request;
}

Result<PeopleRequest> people_request(const FunnelQuery& query) {
  PeopleRequest request;
  WEIR_CHECK_OK(collect_common(query.common, request));
  for (size_t i = 0; i < query.steps.size(); ++i) {
    WEIR_CHECK_OK(
        collect_traits(query.steps[i].filter, "steps[" + std::to_string(i) + "].filter", request));
  }
  for (size_t i = 0; i < query.exclusions.size(); ++i) {
    WEIR_CHECK_OK(collect_traits(query.exclusions[i].filter,
                                 "exclusions[" + std::to_string(i) + "].filter", request));
  }
  return request;
}

Result<columnar::TrendsSpec> compile(const TrendsQuery& query, const CompileInput& in) {
  const QueryCommon& common = query.common;
  if (query.series.empty() || query.series.size() > kSeriesMax) {
    return fail(ErrorCode::InvalidArgument, "a question has 1 to 20 series", "series");
  }
  WEIR_TRY(Calendar calendar, Calendar::open(common.tz));
  columnar::TrendsSpec out;
  WEIR_TRY(out.buckets, buckets_of(common, calendar));
  out.from = common.range.from;
  out.to = std::min(common.range.to, common.as_of + 1);
  out.as_of = common.as_of;
  out.cumulative = query.cumulative;
  out.same_keys = !query.formulas.empty();
  out.filter = compile_filter(common.filter, in.dictionary, in.request, in.people);
  out.groups = group_filter(common, in);
  for (const Breakdown& b : common.breakdown) out.keys.push_back(key_of(b, in));
  size_t trailing = 0;
  for (size_t i = 0; i < query.series.size(); ++i) {
    const SeriesDef& def = query.series[i];
    columnar::TrendsSpec::Series series;
    series.events = select(def.events, def.filter, in);
    series.aggregate = aggregate_of(def.measure.kind);
    series.trailing = rolling_days(def.measure);
    if (def.measure.kind == Measure::Kind::Sessions) {
      series.of_sessions = true;
      WEIR_TRY(out.sessions, compile_sessions(query.session, common, in, calendar));
    }
    trailing = std::max(trailing, series.trailing);
    if (columnar::needs_property(series.aggregate)) {
      std::string_view prop = def.measure.prop;
      if (!prop.starts_with(kEventPrefix)) {
        return fail(ErrorCode::InvalidArgument, "a measure needs a property like \"event.amt\"",
                    "series[" + std::to_string(i) + "].measure.prop");
      }
      series.property = property_code(prop.substr(kEventPrefix.size()), in);
    }
    out.series.push_back(std::move(series));
  }
  if (trailing > 0) {
    TimeMs begin = out.buckets.starts.front();
    int32_t first = calendar.day_number(begin) - static_cast<int32_t>(trailing - 1);
    WEIR_TRY(out.lead, columnar::make_buckets(calendar.day_start(first), begin,
                                              columnar::BucketUnit::Day, false, calendar));
  }
  return out;
}

Result<columnar::FunnelSpec> compile(const FunnelQuery& query, const CompileInput& in) {
  const QueryCommon& common = query.common;
  if (query.steps.size() < 2 || query.steps.size() > kFunnelStepsMax) {
    return fail(ErrorCode::InvalidArgument, "a funnel has 2 to 20 steps", "steps");
  }
  if (query.exclusions.size() > kExclusionsMax) {
    return fail(ErrorCode::InvalidArgument, "a funnel has at most 8 exclusions", "exclusions");
  }
  WEIR_TRY(Calendar calendar, Calendar::open(common.tz));
  columnar::FunnelSpec out;
  out.rules.steps = static_cast<int>(query.steps.size());
  out.rules.order = order_of(query.order);
  out.rules.strict_increase = query.strict_increase;
  for (const FunnelStep& step : query.steps)
    out.steps.push_back(select(step.events, step.filter, in));
  for (const auto& x : query.exclusions) {
    out.exclusions.push_back(select(x.events, x.filter, in));
    out.rules.exclusions.push_back(
        {x.from - 1, (x.to == 0 ? out.rules.steps : x.to) - 1, x.person});
  }
  out.filter = compile_filter(common.filter, in.dictionary, in.request, in.people);
  for (const auto& group : query.hold) {
    std::vector<uint32_t>& properties = out.hold.emplace_back();
    for (std::string_view name : group) {
      properties.push_back(property_code(
          name.starts_with(kEventPrefix) ? name.substr(kEventPrefix.size()) : name, in));
    }
  }
  out.ignored_events = select(query.ignore_events, {}, in).events;
  out.from = common.range.from;
  out.to = common.range.to;
  out.as_of = common.as_of;
  out.window_ms = query.window_ms;
  if (query.calendar_day) out.calendar_day = calendar;
  if (query.in_session) {
    WEIR_TRY(out.sessions, compile_sessions(query.session, common, in, calendar));
  }
  out.by_session = query.counting == FunnelQuery::Counting::Sessions;
  out.first_entry_only = query.entry == FunnelQuery::Entry::First;
  out.bound_all = query.bound_all;
  out.totals = query.counting == FunnelQuery::Counting::Totals;
  for (const Breakdown& b : common.breakdown) {
    out.keys.push_back(key_of(b, in));
    out.key_sources.push_back(key_source(b));
  }
  if (query.trend) {
    WEIR_TRY(out.trend, buckets_of(common, calendar));
  }
  out.durations = query.time_to_convert;
  out.groups = group_filter(common, in);
  return out;
}

}  // namespace weir::embedded
