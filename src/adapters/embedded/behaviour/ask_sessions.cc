#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile_sessions.h"
#include "columnar/sessions.h"
#include "columnar/statistics.h"

namespace weir::embedded {
namespace {

struct Compiled {
  columnar::SessionsSpec spec;
  std::shared_ptr<const columnar::Snapshot> snapshot;
};

Result<Compiled> prepare(const SessionsQuery& query, const Asking& asking) {
  const QueryCommon& common = query.common;
  PeopleRequest request;
  WEIR_CHECK_OK(collect_common(common, request));
  if (query.containing)
    WEIR_CHECK_OK(collect_traits(query.containing->filter, "containing.filter", request));
  WEIR_TRY(auto people, asking.people(request));
  Compiled out;
  WEIR_TRY(out.snapshot, asking.snapshot(common.as_of));
  CompileInput in = asking.input(request, people);
  WEIR_TRY(Calendar calendar, Calendar::open(common.tz));
  columnar::SessionsSpec& spec = out.spec;
  WEIR_TRY(spec.rules, compile_sessions(query.session, common, in, calendar));
  spec.bounds = session_bounds(common, false);
  WEIR_TRY(spec.buckets, buckets_of(common, calendar));
  spec.filter = compile_filter(common.filter, in.dictionary, in.request, in.people);
  if (query.containing) spec.containing = select(*query.containing, in);
  for (const Breakdown& b : common.breakdown) spec.keys.push_back(key_of(b, in));
  spec.groups = group_filter(common, in);
  return out;
}

SessionCounts counts_of(const columnar::SessionsResult::Cell& cell) {
  return {cell.sessions, cell.groups, cell.bounces, cell.events, cell.duration_ms};
}

}  // namespace

Result<SessionsAnswer> ask_sessions(const SessionsQuery& query, const Asking& asking) {
  WEIR_TRY(Compiled compiled, prepare(query, asking));
  const columnar::Buckets& buckets = compiled.spec.buckets;
  WEIR_TRY(columnar::SessionsResult result,
           run_sessions(compiled.snapshot, compiled.spec, asking.budget(), asking.helpers));
  SessionsAnswer out;
  out.events_scanned = result.rows_scanned;
  out.buckets = buckets.starts;
  for (size_t b = 0; b < buckets.size(); ++b)
    out.final_flags.push_back(query.common.as_of >= buckets.bucket_end(b) + kFinalAfterMs);
  for (auto& line : result.lines) {
    SessionsLine& to = out.lines.emplace_back();
    to.values = std::move(line.keys);
    for (const auto& cell : line.buckets) to.buckets.push_back(counts_of(cell));
    to.total = counts_of(line.total);
    if (line.durations.empty()) continue;
    std::span<const DurationMs> durations(line.durations);
    to.p50_duration_ms = columnar::percentile(durations, 0.5);
    to.p90_duration_ms = columnar::percentile(durations, 0.9);
  }
  return out;
}

Result<DrillAnswer> drill_sessions(const SessionsQuery& query, const DrillCell& cell,
                                   const Asking& asking) {
  if (!cell.series.empty() && cell.series != "sessions" && cell.series != "bounces")
    return bad_cell("series", "must be sessions or bounces");
  if (cell.step != 0) return bad_cell("step", "does not belong to sessions");
  WEIR_CHECK_OK(check_cell_keys(cell, query.common));
  WEIR_TRY(Compiled compiled, prepare(query, asking));
  WEIR_TRY(auto bucket, bucket_of_cell(cell, query.common));
  compiled.spec.collect = {cell.breakdown, bucket, cell.series == "bounces"};
  WEIR_TRY(columnar::SessionsResult result,
           run_sessions(compiled.snapshot, compiled.spec, asking.budget(), asking.helpers));
  DrillAnswer out = drill_answer(result.groups, result.rows_scanned);
  out.rows = result.collected_rows;
  return out;
}

}  // namespace weir::embedded
