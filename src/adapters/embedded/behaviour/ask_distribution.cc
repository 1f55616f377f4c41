#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile_parts.h"
#include "adapters/embedded/behaviour/people_base.h"
#include "columnar/distribution.h"
#include "model/query_distribution.h"
#include "ports/answers_distribution.h"

namespace weir::embedded {
namespace {

Result<PeopleRequest> people_request(const DistributionQuery& query) {
  PeopleRequest request;
  WEIR_CHECK_OK(collect_common(query.common, request));
  WEIR_CHECK_OK(collect_traits(query.events.filter, "metric.filter", request));
  if (query.include_zero) PeopleBase::request(query.common.segment, request);
  return request;
}

columnar::GroupMetric metric_of(DistributionQuery::Metric metric) {
  switch (metric) {
    case DistributionQuery::Metric::Count: return columnar::GroupMetric::Rows;
    case DistributionQuery::Metric::ActiveDays: return columnar::GroupMetric::Days;
    case DistributionQuery::Metric::ActiveHours: return columnar::GroupMetric::Hours;
    case DistributionQuery::Metric::Sum: return columnar::GroupMetric::Sum;
    case DistributionQuery::Metric::Avg: return columnar::GroupMetric::Mean;
  }
  return columnar::GroupMetric::Rows;
}

Result<columnar::DistributionSpec> compile(const DistributionQuery& query, const CompileInput& in) {
  const QueryCommon& common = query.common;
  columnar::DistributionSpec out;
  WEIR_TRY(out.calendar, Calendar::open(common.tz));
  out.events = select(query.events, in);
  out.metric = metric_of(query.metric);
  if (!query.prop.empty()) {
    out.property = property_code(std::string_view(query.prop).substr(kEventPrefix.size()), in);
  }
  out.filter = compile_filter(common.filter, in.dictionary, in.request, in.people);
  out.from = common.range.from;
  out.to = std::min(common.range.to, common.as_of + 1);
  out.bins = query.bins;
  for (const Breakdown& b : common.breakdown) out.keys.push_back(key_of(b, in));
  if (query.trend) {
    WEIR_TRY(out.buckets, buckets_of(common, out.calendar));
  }
  out.groups = group_filter(common, in);
  if (query.include_zero) out.zero_base = PeopleBase(in.people, in.request).all();
  return out;
}

DistributionCell cell_of(columnar::DistributionCell& c) {
  return {c.groups, c.sum, c.min, c.p25, c.p50, c.p75, c.p90, c.max, std::move(c.counts)};
}

DistributionAnswer::Series series_of(columnar::DistributionResult::Line& line) {
  DistributionAnswer::Series out;
  out.breakdown = std::move(line.keys);
  out.total = cell_of(line.total);
  for (auto& cell : line.buckets) out.values.push_back(cell_of(cell));
  return out;
}

Result<columnar::DistributionResult> run(const DistributionQuery& query, const Asking& asking,
                                         std::optional<columnar::DistributionSpec::Collect> collect,
                                         std::optional<columnar::Buckets>* buckets) {
  WEIR_TRY(PeopleRequest request, people_request(query));
  WEIR_TRY(auto people, asking.people(request));
  WEIR_TRY(auto snapshot, asking.snapshot(query.common.as_of));
  WEIR_TRY(columnar::DistributionSpec spec, compile(query, asking.input(request, people)));
  spec.collect = std::move(collect);
  if (buckets != nullptr) *buckets = spec.buckets;
  return run_distribution(snapshot, spec, asking.budget(), asking.helpers);
}

}  // namespace

Result<DrillAnswer> drill_distribution(const DistributionQuery& query, const DrillCell& cell,
                                       const Asking& asking) {
  WEIR_CHECK_OK(check_cell_keys(cell, query.common));
  if (cell.bucket && !query.trend)
    return no_such_number("of.bucket", "is not in the answer: the question has no interval");
  columnar::DistributionSpec::Collect wanted;
  if (!cell.breakdown.empty()) wanted.keys = cell.breakdown;
  WEIR_TRY(wanted.bucket, bucket_of_cell(cell, query.common));
  if (cell.step > 0) wanted.bin = static_cast<size_t>(cell.step - 1);
  WEIR_TRY(columnar::DistributionResult result, run(query, asking, std::move(wanted), nullptr));
  return drill_answer(result.groups, result.rows_scanned);
}

Result<DistributionAnswer> ask_distribution(const DistributionQuery& query, const Asking& asking) {
  std::optional<columnar::Buckets> buckets;
  WEIR_TRY(columnar::DistributionResult result, run(query, asking, std::nullopt, &buckets));
  DistributionAnswer out;
  out.events_scanned = result.rows_scanned;
  out.bins = std::move(result.bins);
  for (size_t b = 0; buckets && b < buckets->size(); ++b) {
    out.buckets.push_back(buckets->starts[b]);
    out.final_flags.push_back(query.common.as_of >= buckets->bucket_end(b) + kFinalAfterMs);
  }
  out.total = series_of(result.total);
  for (auto& line : result.lines) out.series.push_back(series_of(line));
  return out;
}

}  // namespace weir::embedded
