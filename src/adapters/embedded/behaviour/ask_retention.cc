#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile_parts.h"
#include "columnar/retention.h"

#include <algorithm>

namespace weir::embedded {
namespace {

DurationMs rolling_length(Interval unit) {
  switch (unit) {
    case Interval::Hour: return kHourMs;
    case Interval::Week: return 7 * kDayMs;
    case Interval::Month: return 30 * kDayMs;
    default: return kDayMs;
  }
}

Status check(const RetentionQuery& query) {
  if (query.periods < 1 || query.periods > kRetentionPeriodsMax)
    return fail(ErrorCode::InvalidArgument, "retention has 1 to 400 periods", "periods");
  if (query.common.interval > Interval::Month)
    return fail(ErrorCode::InvalidArgument, "retention goes by hour, day, week or month", "unit");
  return {};
}

Result<columnar::RetentionSpec> compile(const RetentionQuery& query, const CompileInput& in,
                                        const Calendar& calendar) {
  const QueryCommon& common = query.common;
  columnar::RetentionSpec out;
  out.start = select(query.start, in);
  out.again = select(query.again, in);
  out.filter = compile_filter(common.filter, in.dictionary, in.request, in.people);
  out.from = common.range.from;
  out.to = std::min(common.range.to, common.as_of + 1);
  out.as_of = common.as_of;
  out.periods = query.periods;
  WEIR_TRY(out.buckets, buckets_of(common, calendar, out.periods));
  out.cohorts = out.buckets.size() - out.periods;
  if (out.cohorts > kRetentionCohortsMax)
    return fail(ErrorCode::ResourceExhausted, "more than 1000 cohorts; use a longer unit", "range");
  if (query.clock == RetentionQuery::Clock::Rolling)
    out.rolling_ms = rolling_length(common.interval);
  out.first_time = query.first_time;
  out.type = static_cast<columnar::RetentionType>(query.type);
  out.include_period_0 = query.include_period_0;
  for (auto [first, last] : query.brackets)
    out.brackets.emplace_back(static_cast<uint32_t>(first), static_cast<uint32_t>(last));
  for (const Breakdown& b : common.breakdown) out.keys.push_back(key_of(b, in));
  out.same_value = query.same_value;
  out.groups = group_filter(common, in);
  return out;
}

/// The last period of each column, 0 and on.
std::vector<size_t> last_periods(const RetentionQuery& query) {
  std::vector<size_t> out{0};
  if (query.type == RetentionQuery::Type::Bracket) {
    for (auto bracket : query.brackets) out.push_back(bracket.second);
  } else {
    for (size_t n = 1; n <= query.periods; ++n) out.push_back(n);
  }
  return out;
}

RetentionCohort cohort_of(const columnar::RetentionResult::Cohort& from, size_t c,
                          const columnar::RetentionSpec& spec, const std::vector<size_t>& last) {
  RetentionCohort out{from.size, from.n0_return, from.retained, {}};
  for (size_t n : last) {
    TimeMs end = spec.buckets.bucket_end(spec.rolling_ms == 0 ? c + n : c);
    // RT5: the period of the last person; a cohort can grow while its own bucket is open.
    if (spec.rolling_ms != 0 && from.size > 0)
      end = std::max(end, from.last_start + spec.rolling_ms * static_cast<DurationMs>(n + 1));
    out.ended.push_back(spec.as_of >= end);
  }
  return out;
}

struct Compiled {
  columnar::RetentionSpec spec;
  std::shared_ptr<const columnar::Snapshot> snapshot;
};

Result<Compiled> prepare(const RetentionQuery& query, const Asking& asking) {
  WEIR_CHECK_OK(check(query));
  PeopleRequest request;
  WEIR_CHECK_OK(collect_common(query.common, request));
  WEIR_CHECK_OK(collect_traits(query.start.filter, "start.filter", request));
  WEIR_CHECK_OK(collect_traits(query.again.filter, "return.filter", request));
  WEIR_TRY(auto people, asking.people(request));
  Compiled out;
  WEIR_TRY(out.snapshot, asking.snapshot(query.common.as_of));
  WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
  WEIR_TRY(out.spec, compile(query, asking.input(request, people), calendar));
  return out;
}

}  // namespace

Result<RetentionAnswer> ask_retention(const RetentionQuery& query, const Asking& asking) {
  WEIR_TRY(Compiled compiled, prepare(query, asking));
  const columnar::RetentionSpec& spec = compiled.spec;
  WEIR_TRY(columnar::RetentionResult result,
           run_retention(compiled.snapshot, spec, asking.budget(), asking.helpers));
  RetentionAnswer out;
  out.events_scanned = result.rows_scanned;
  for (size_t c = 0; c < spec.cohorts; ++c) {
    out.buckets.push_back(spec.buckets.starts[c]);
    out.final_flags.push_back(spec.as_of >= spec.buckets.bucket_end(c) + kFinalAfterMs);
  }
  std::vector<size_t> last = last_periods(query);
  for (auto& line : result.lines) {
    RetentionLine& to = out.lines.emplace_back();
    to.values = std::move(line.keys);
    for (size_t c = 0; c < spec.cohorts; ++c)
      to.cohorts.push_back(cohort_of(line.cohorts[c], c, spec, last));
  }
  return out;
}

Result<DrillAnswer> drill_retention(const RetentionQuery& query, const DrillCell& cell,
                                    const Asking& asking) {
  size_t columns =
      query.type == RetentionQuery::Type::Bracket ? query.brackets.size() : query.periods;
  bool n0_return = cell.series == "n0_return";
  if (!n0_return && !cell.series.empty()) return bad_cell("series", "may only be \"n0_return\"");
  if (cell.step < 0 || static_cast<size_t>(cell.step) > columns)
    return bad_cell("step", "must be 0 to " + std::to_string(columns));
  if (!cell.bucket) return bad_cell("bucket", "is missing: name the cohort");
  WEIR_CHECK_OK(check_cell_keys(cell, query.common));
  WEIR_TRY(Compiled compiled, prepare(query, asking));
  WEIR_TRY(auto bucket, bucket_of_cell(cell, query.common));
  compiled.spec.collect = {cell.breakdown, *bucket, static_cast<size_t>(cell.step), n0_return};
  WEIR_TRY(columnar::RetentionResult result,
           run_retention(compiled.snapshot, compiled.spec, asking.budget(), asking.helpers));
  return drill_answer(result.groups, result.rows_scanned);
}

}  // namespace weir::embedded
