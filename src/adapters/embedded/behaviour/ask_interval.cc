#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile_parts.h"
#include "columnar/interval.h"
#include "model/query_interval.h"
#include "ports/answers_interval.h"

#include <array>

namespace weir::embedded {
namespace {

// Lower edges of the histogram, as of times to convert (FN13).
constexpr std::array<DurationMs, 15> kEdges = {
    0,          kMinuteMs,   5 * kMinuteMs, 15 * kMinuteMs, 30 * kMinuteMs,
    kHourMs,    3 * kHourMs, 6 * kHourMs,   12 * kHourMs,   kDayMs,
    2 * kDayMs, 3 * kDayMs,  7 * kDayMs,    14 * kDayMs,    30 * kDayMs};

Result<PeopleRequest> people_request(const IntervalQuery& query) {
  PeopleRequest request;
  WEIR_CHECK_OK(collect_common(query.common, request));
  WEIR_CHECK_OK(collect_traits(query.start.filter, "start.filter", request));
  WEIR_CHECK_OK(collect_traits(query.end.filter, "end.filter", request));
  return request;
}

uint32_t event_property(std::string_view prop, const CompileInput& in) {
  return property_code(prop.substr(kEventPrefix.size()), in);
}

columnar::Pairing pairing_of(IntervalQuery::Pairing pairing) {
  switch (pairing) {
    case IntervalQuery::Pairing::Nearest: return columnar::Pairing::Nearest;
    case IntervalQuery::Pairing::First: return columnar::Pairing::First;
    case IntervalQuery::Pairing::Latest: return columnar::Pairing::Latest;
  }
  return columnar::Pairing::Nearest;
}

Result<columnar::IntervalSpec> compile(const IntervalQuery& query, const CompileInput& in) {
  const QueryCommon& common = query.common;
  WEIR_TRY(Calendar calendar, Calendar::open(common.tz));
  columnar::IntervalSpec out;
  out.start = select(query.start, in);
  out.end = select(query.end, in);
  out.consecutive = query.consecutive;
  out.pairing = pairing_of(query.pairing);
  out.filter = compile_filter(common.filter, in.dictionary, in.request, in.people);
  for (const auto& r : query.relate)
    out.relations.push_back({event_property(r.start, in), event_property(r.end, in)});
  out.from = common.range.from;
  out.to = common.range.to;
  out.as_of = common.as_of;
  if (query.limit_ms) out.limit_ms = *query.limit_ms;
  out.bound_all = query.bound_all;
  for (const Breakdown& b : common.breakdown) out.keys.push_back(key_of(b, in));
  out.key_of_end = query.breakdown_of_end;
  out.key_of_end.resize(out.keys.size());
  WEIR_TRY(out.buckets, buckets_of(common, calendar));
  out.groups = group_filter(common, in);
  return out;
}

IntervalBoxPlot box_of(const columnar::IntervalBox& b) {
  return {b.pairs, b.groups, b.min, b.max, b.mean, b.p25, b.p50, b.p75, b.p90};
}

std::vector<IntervalAnswer::Bin> bins_of(const std::vector<uint64_t>& counts) {
  std::vector<IntervalAnswer::Bin> out;
  for (size_t i = 0; i < counts.size(); ++i) {
    out.push_back({kEdges[i], i + 1 < kEdges.size() ? kEdges[i + 1] : -1, counts[i]});
  }
  return out;
}

Result<columnar::IntervalResult> run(const IntervalQuery& query, const Asking& asking,
                                     std::optional<columnar::IntervalSpec::Collect> collect,
                                     columnar::Buckets* buckets) {
  WEIR_TRY(PeopleRequest request, people_request(query));
  WEIR_TRY(auto people, asking.people(request));
  WEIR_TRY(auto snapshot, asking.snapshot(query.common.as_of));
  WEIR_TRY(columnar::IntervalSpec spec, compile(query, asking.input(request, people)));
  spec.collect = std::move(collect);
  if (buckets != nullptr) *buckets = spec.buckets;
  return run_interval(snapshot, spec, kEdges, asking.budget(), asking.helpers);
}

}  // namespace

Result<DrillAnswer> drill_interval(const IntervalQuery& query, const DrillCell& cell,
                                   const Asking& asking) {
  WEIR_CHECK_OK(check_cell_keys(cell, query.common));
  columnar::IntervalSpec::Collect wanted;
  if (!cell.breakdown.empty()) wanted.keys = cell.breakdown;
  WEIR_TRY(wanted.bucket, bucket_of_cell(cell, query.common));
  WEIR_TRY(columnar::IntervalResult result, run(query, asking, std::move(wanted), nullptr));
  return drill_answer(result.groups, result.rows_scanned);
}

Result<IntervalAnswer> ask_interval(const IntervalQuery& query, const Asking& asking) {
  columnar::Buckets buckets;
  WEIR_TRY(columnar::IntervalResult result, run(query, asking, std::nullopt, &buckets));
  IntervalAnswer out;
  out.events_scanned = result.rows_scanned;
  out.buckets = buckets.starts;
  for (size_t b = 0; b < buckets.size(); ++b) {
    // A start can be paired until the limit has passed.
    out.final_flags.push_back(query.limit_ms && query.common.as_of >= buckets.bucket_end(b) +
                                                                          *query.limit_ms +
                                                                          kFinalAfterMs);
  }
  for (auto& line : result.lines) {
    IntervalAnswer::Series series{std::move(line.keys), box_of(line.total), {}, {}};
    for (const auto& box : line.buckets) series.values.push_back(box_of(box));
    series.histogram = bins_of(line.histogram);
    out.series.push_back(std::move(series));
  }
  out.total = box_of(result.total);
  out.histogram = bins_of(result.histogram);
  return out;
}

}  // namespace weir::embedded
