#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile_orders.h"
#include "columnar/entry_chain.h"
#include "model/query_chain.h"
#include "ports/answers_chain.h"

#include <algorithm>

namespace weir::embedded {
namespace {

using columnar::EntryChainSpec;

Result<PeopleRequest> people_request(const FullChainQuery& query) {
  PeopleRequest request;
  WEIR_CHECK_OK(collect_common(query.common, request));
  WEIR_CHECK_OK(collect_order_traits(query.orders, "order", request));
  WEIR_CHECK_OK(collect_traits(query.touches.filter, "touches.filter", request));
  WEIR_CHECK_OK(collect_traits(query.active.filter, "engaged.filter", request));
  for (size_t i = 0; i < query.entries.size(); ++i) {
    WEIR_CHECK_OK(collect_traits(query.entries[i].events.filter,
                                 "entries[" + std::to_string(i) + "].filter", request));
  }
  return request;
}

Result<columnar::EntryChainResult> run(const FullChainQuery& query, const Asking& asking,
                                       std::optional<EntryChainSpec::Collect> collect,
                                       columnar::Buckets& buckets) {
  const QueryCommon& common = query.common;
  if (query.entries.empty() || query.entries.size() > columnar::kEntryKindsMax)
    return fail(ErrorCode::InvalidArgument, "there are 1 to 8 kinds of entries", "entries");
  WEIR_TRY(PeopleRequest request, people_request(query));
  WEIR_TRY(auto people, asking.people(request));
  WEIR_TRY(auto snapshot, asking.snapshot(common.as_of));
  CompileInput in = asking.input(request, people);
  EntryChainSpec spec;
  WEIR_TRY(spec.calendar, Calendar::open(common.tz));
  for (const auto& entry : query.entries) spec.entries.push_back(select(entry.events, in));
  spec.filter = compile_filter(common.filter, in.dictionary, in.request, in.people);
  spec.touches = select(query.touches, in);
  Breakdown channel;
  channel.prop = query.dimension;
  spec.channel = {key_of(channel, in)};
  spec.direct = query.direct;
  spec.touch_ms = query.source_window_ms;
  spec.active = select(query.active, in);
  spec.active_ms = query.engaged_ms;
  spec.orders = compile_orders(query.orders, {}, in);
  spec.order_ms = query.order_ms;
  spec.repeat_ms = query.repurchase_ms;
  spec.from = common.range.from;
  spec.to = common.range.to;
  spec.as_of = common.as_of;
  WEIR_TRY(spec.buckets, buckets_of(common, spec.calendar));
  spec.groups = group_filter(common, in);
  spec.collect = std::move(collect);
  buckets = spec.buckets;
  return run_entry_chain(snapshot, spec, asking.budget(), asking.helpers);
}

FullChainAnswer::Cell cell_of(columnar::EntryChainCell& c) {
  return {c.groups,     std::move(c.kinds), c.active, c.buyers,
          c.new_buyers, c.repeaters,        c.orders, c.net};
}

FullChainAnswer::Series series_of(std::string source, columnar::EntryChainCell& total,
                                  std::vector<columnar::EntryChainCell>& buckets) {
  FullChainAnswer::Series out{std::move(source), cell_of(total), {}};
  for (auto& cell : buckets) out.values.push_back(cell_of(cell));
  return out;
}

Result<uint32_t> stage_of(const FullChainQuery& query, const std::string& series) {
  if (series.empty() || series == "entries") return EntryChainSpec::kEverybody;
  if (series == "engaged") return EntryChainSpec::kActive;
  if (series == "buyers") return EntryChainSpec::kBuyer;
  if (series == "new_buyers") return EntryChainSpec::kNewBuyer;
  if (series == "repurchasers") return EntryChainSpec::kRepeater;
  auto it = std::find_if(query.entries.begin(), query.entries.end(),
                         [&](const auto& entry) { return entry.name == series; });
  if (it != query.entries.end()) return static_cast<uint32_t>(it - query.entries.begin());
  return no_such_number("of.series",
                        "must be entries, the name of an entry, engaged, buyers, new_buyers or "
                        "repurchasers");
}

}  // namespace

Result<FullChainAnswer> ask_full_chain(const FullChainQuery& query, const Asking& asking) {
  FullChainAnswer out;
  columnar::Buckets buckets;
  WEIR_TRY(columnar::EntryChainResult result, run(query, asking, std::nullopt, buckets));
  out.buckets = buckets.starts;
  out.buckets_end = buckets.end;
  out.total = series_of({}, result.total, result.buckets);
  for (auto& line : result.lines) {
    if (line.total.groups == 0) continue;  // the line of nobody, when there is no source
    std::string source =
        line.source == columnar::kNoneKey ? std::string(kOrganicSource) : line.source;
    out.sources.push_back(series_of(std::move(source), line.total, line.buckets));
  }
  out.events_scanned = result.rows_scanned;
  return out;
}

Result<DrillAnswer> drill_full_chain(const FullChainQuery& query, const DrillCell& cell,
                                     const Asking& asking) {
  EntryChainSpec::Collect wanted;
  if (cell.breakdown.size() > 1)
    return no_such_number("of.breakdown", "must be one source, as the answer shows it");
  if (!cell.breakdown.empty()) {
    const std::string& source = cell.breakdown[0];
    wanted.source = source == kOrganicSource ? std::string(columnar::kNoneKey) : source;
  }
  WEIR_TRY(wanted.bucket, bucket_of_cell(cell, query.common));
  WEIR_TRY(wanted.stage, stage_of(query, cell.series));
  columnar::Buckets buckets;
  WEIR_TRY(columnar::EntryChainResult result, run(query, asking, std::move(wanted), buckets));
  return drill_answer(result.groups, result.rows_scanned);
}

}  // namespace weir::embedded
