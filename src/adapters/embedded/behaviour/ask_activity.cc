#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile_parts.h"
#include "columnar/activity.h"

namespace weir::embedded {
namespace {

struct Compiled {
  columnar::ActivitySpec spec;
  std::shared_ptr<const columnar::Snapshot> snapshot;
};

/// What both questions have in common; the spec still lacks its buckets.
Result<Compiled> compile_activity(const QueryCommon& common, const EventSet& active,
                                  const Asking& asking) {
  PeopleRequest request;
  WEIR_CHECK_OK(collect_common(common, request));
  WEIR_CHECK_OK(collect_traits(active.filter, "active.filter", request));
  WEIR_TRY(auto people, asking.people(request));
  Compiled out;
  WEIR_TRY(out.snapshot, asking.snapshot(common.as_of));
  CompileInput in = asking.input(request, people);
  out.spec.events = select(active, in);
  out.spec.filter = compile_filter(common.filter, in.dictionary, in.request, in.people);
  for (const Breakdown& b : common.breakdown) out.spec.keys.push_back(key_of(b, in));
  out.spec.groups = group_filter(common, in);
  return out;
}

Status check_size(size_t intervals) {
  if (intervals <= kActivityIntervalsMax) return {};
  return fail(ErrorCode::ResourceExhausted, "more than 1000 intervals; use a longer one", "range");
}

/// The buckets of the range up to as_of, and `lead` before them.
Result<columnar::Buckets> buckets_with_lead(QueryCommon common, size_t lead) {
  WEIR_TRY(Calendar calendar, Calendar::open(common.tz));
  common.range.to = std::min(common.range.to, common.as_of + 1);
  if (common.range.to <= common.range.from)
    return fail(ErrorCode::InvalidArgument, "the range begins after as_of", "range");
  WEIR_TRY(columnar::Buckets shown, buckets_of(common, calendar));
  WEIR_CHECK_OK(check_size(shown.size()));
  common.range.from = shown.starts[0];
  for (size_t i = 0; i < lead; ++i) {
    common.range.to = common.range.from;
    common.range.from -= 1;
    WEIR_TRY(columnar::Buckets before, buckets_of(common, calendar));
    common.range.from = before.starts[0];
    shown.starts.insert(shown.starts.begin(), before.starts[0]);
  }
  return shown;
}

Result<Compiled> prepare(const LifecycleQuery& query, const Asking& asking) {
  const QueryCommon& common = query.common;
  if (query.churn_days > kChurnDaysMax ||
      (query.churn_days > 0 && common.interval != Interval::Day)) {
    return fail(ErrorCode::InvalidArgument, "churn_days is 1 to 366 and needs the interval day",
                "churn_days");
  }
  WEIR_TRY(Compiled out, compile_activity(common, query.active, asking));
  columnar::ActivitySpec& spec = out.spec;
  spec.lead = std::max<size_t>(1, query.churn_days);
  WEIR_TRY(spec.buckets, buckets_with_lead(common, spec.lead));
  spec.history = true;
  spec.from = spec.buckets.starts[0];
  spec.to = std::min(spec.buckets.end, common.as_of + 1);
  spec.lost_after = query.churn_days;
  return out;
}

Result<Compiled> prepare(const StickinessQuery& query, const Asking& asking) {
  const QueryCommon& common = query.common;
  WEIR_TRY(Compiled out, compile_activity(common, query.active, asking));
  WEIR_TRY(Calendar calendar, Calendar::open(common.tz));
  WEIR_TRY(out.spec.buckets, buckets_of(common, calendar));
  WEIR_CHECK_OK(check_size(out.spec.buckets.size()));
  out.spec.from = common.range.from;
  out.spec.to = std::min(common.range.to, common.as_of + 1);
  return out;
}

Result<DrillAnswer> collect(const Compiled& compiled, const Asking& asking) {
  WEIR_TRY(columnar::ActivityResult result,
           run_activity(compiled.snapshot, compiled.spec, asking.budget(), asking.helpers));
  return drill_answer(result.groups, result.rows_scanned);
}

}  // namespace

Result<LifecycleAnswer> ask_lifecycle(const LifecycleQuery& query, const Asking& asking) {
  WEIR_TRY(Compiled compiled, prepare(query, asking));
  const columnar::ActivitySpec& spec = compiled.spec;
  TimeMs as_of = query.common.as_of;
  WEIR_TRY(columnar::ActivityResult result,
           run_activity(compiled.snapshot, spec, asking.budget(), asking.helpers));
  LifecycleAnswer out;
  out.events_scanned = result.rows_scanned;
  for (size_t b = spec.lead; b < spec.buckets.size(); ++b) {
    TimeMs end = spec.buckets.bucket_end(b);
    out.buckets.push_back(spec.buckets.starts[b]);
    out.final_flags.push_back(as_of >= end + kFinalAfterMs);
    out.partial.push_back(as_of < end);
  }
  for (auto& line : result.lines) {
    LifecycleLine& to = out.lines.emplace_back();
    to.values = std::move(line.keys);
    for (const auto& s : line.states) to.counts.push_back({s[0], s[1], s[2], s[3], s[4]});
  }
  out.churned = result.lost;
  out.came_back = std::move(result.back);
  return out;
}

Result<StickinessAnswer> ask_stickiness(const StickinessQuery& query, const Asking& asking) {
  WEIR_TRY(Compiled compiled, prepare(query, asking));
  const columnar::ActivitySpec& spec = compiled.spec;
  WEIR_TRY(columnar::ActivityResult result,
           run_activity(compiled.snapshot, spec, asking.budget(), asking.helpers));
  StickinessAnswer out;
  out.events_scanned = result.rows_scanned;
  out.buckets = spec.buckets.starts;
  for (auto& line : result.lines) {
    if (query.cumulative) {
      for (size_t k = line.by_count.size() - 1; k > 1; --k)
        line.by_count[k - 1] += line.by_count[k];
    }
    line.by_count.erase(line.by_count.begin());
    out.lines.push_back({std::move(line.keys), std::move(line.by_count), line.groups});
  }
  return out;
}

Result<DrillAnswer> drill_lifecycle(const LifecycleQuery& query, const DrillCell& cell,
                                    const Asking& asking) {
  using Collect = columnar::ActivitySpec::Collect;
  constexpr std::string_view kNames[] = {"active",  "new",     "returning", "resurrected",
                                         "dormant", "churned", "came_back"};
  const auto* name = std::find(std::begin(kNames), std::end(kNames), cell.series);
  auto at = static_cast<size_t>(name - std::begin(kNames));
  if (name == std::end(kNames)) {
    return bad_cell("series",
                    "must be active, new, returning, resurrected, dormant, churned or came_back");
  }
  if (cell.step != 0) return bad_cell("step", "does not belong to a lifecycle");
  bool churned = at == 5, churn = at >= 5;
  if (churn && query.churn_days == 0)
    return bad_cell("series", "\"" + cell.series + "\" needs a question with churn_days");
  if (cell.bucket.has_value() == churned)
    return bad_cell("bucket", churned ? "does not belong to \"churned\"" : "is missing");
  if (churn && !cell.breakdown.empty())
    return bad_cell("breakdown", "does not belong to \"" + cell.series + "\"");
  WEIR_CHECK_OK(check_cell_keys(cell, query.common));
  WEIR_TRY(Compiled compiled, prepare(query, asking));
  Collect number;
  number.what = churned ? Collect::What::Lost : churn ? Collect::What::Back : Collect::What::State;
  if (!churn) number.state = static_cast<columnar::ActivityState>(at);
  number.keys = cell.breakdown;
  if (!churned) {
    WEIR_TRY(auto bucket, bucket_of_cell(cell, query.common));
    number.at = *bucket;
  }
  compiled.spec.collect = std::move(number);
  return collect(compiled, asking);
}

Result<DrillAnswer> drill_stickiness(const StickinessQuery& query, const DrillCell& cell,
                                     const Asking& asking) {
  if (!cell.series.empty() || cell.bucket)
    return bad_cell(cell.bucket ? "bucket" : "series", "does not belong to stickiness");
  WEIR_CHECK_OK(check_cell_keys(cell, query.common));
  WEIR_TRY(Compiled compiled, prepare(query, asking));
  if (cell.step < 1 || static_cast<size_t>(cell.step) > compiled.spec.buckets.size()) {
    return bad_cell("step", "must be 1 to " + std::to_string(compiled.spec.buckets.size()) +
                                ", a number of intervals");
  }
  columnar::ActivitySpec::Collect number;
  number.what = columnar::ActivitySpec::Collect::What::Buckets;
  number.keys = cell.breakdown;
  number.at = static_cast<size_t>(cell.step);
  number.at_least = query.cumulative;
  compiled.spec.collect = std::move(number);
  return collect(compiled, asking);
}

}  // namespace weir::embedded
