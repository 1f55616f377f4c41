// RFM, stages, LTV, repurchase: questions about orders of people.

#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile_orders.h"
#include "adapters/embedded/behaviour/people_base.h"
#include "columnar/ltv.h"
#include "columnar/purchases.h"
#include "columnar/repurchase.h"
#include "columnar/rfm.h"
#include "columnar/stages.h"
#include "model/query_value.h"
#include "ports/answers_value.h"

#include <algorithm>

namespace weir::embedded {
namespace {

/// What all four are asked with.
struct Prepared {
  PeopleRequest request;
  std::shared_ptr<const PeopleColumns> people;
  std::shared_ptr<const columnar::Snapshot> snapshot;
  Calendar calendar = Calendar::shanghai();
};

Result<Prepared> prepare(const QueryCommon& common, const OrderDef& orders, PeopleRequest request,
                         const Asking& asking) {
  Prepared out;
  WEIR_CHECK_OK(collect_common(common, request));
  WEIR_CHECK_OK(collect_order_traits(orders, "order", request));
  out.request = std::move(request);
  WEIR_TRY(out.people, asking.people(out.request));
  WEIR_TRY(out.snapshot, asking.snapshot(common.known_at));
  WEIR_TRY(out.calendar, Calendar::open(common.tz));
  return out;
}

columnar::RfmScore score_of(RfmQuery::Mode mode) {
  switch (mode) {
    case RfmQuery::Mode::Thresholds: return columnar::RfmScore::Thresholds;
    case RfmQuery::Mode::Mean: return columnar::RfmScore::Mean;
    case RfmQuery::Mode::Median: return columnar::RfmScore::Median;
    case RfmQuery::Mode::Quintile: return columnar::RfmScore::Quintile;
    case RfmQuery::Mode::Cuts: return columnar::RfmScore::Cuts;
  }
  return columnar::RfmScore::Thresholds;
}

RfmAnswer::Cell cell_of(const columnar::RfmResult::Cell& c) {
  return {c.scores, c.groups, c.orders, c.amount};
}

LtvAnswer::Cell cell_of(columnar::LtvCell& c) {
  return {c.groups, std::move(c.amount), std::move(c.buyers), std::move(c.complete)};
}

std::vector<LtvAnswer::Cell> cells_of(std::vector<columnar::LtvCell>& cells) {
  std::vector<LtvAnswer::Cell> out;
  for (columnar::LtvCell& cell : cells) out.push_back(cell_of(cell));
  return out;
}

std::vector<bool> final_flags(const columnar::Buckets& buckets, TimeMs as_of) {
  std::vector<bool> out;
  for (size_t b = 0; b < buckets.size(); ++b)
    out.push_back(as_of >= buckets.bucket_end(b) + kFinalAfterMs);
  return out;
}

Result<columnar::RfmResult> run(const RfmQuery& query, const Asking& asking,
                                const std::optional<columnar::RfmSpec::Collect>& collect) {
  const QueryCommon& common = query.common;
  WEIR_TRY(Prepared p, prepare(common, query.orders, {}, asking));
  CompileInput in = asking.input(p.request, p.people);
  columnar::RfmSpec spec;
  spec.orders = compile_orders(query.orders, common.filter, in);
  spec.calendar = p.calendar;
  spec.from = common.range.from;
  spec.to = std::min(common.range.to - 1, common.as_of);
  spec.as_of = common.as_of;
  spec.elapsed = query.elapsed;
  spec.score = score_of(query.mode);
  spec.cuts = query.cuts;
  spec.groups = group_filter(common, in);
  spec.collect = collect;
  return run_rfm(p.snapshot, spec, asking.budget(), asking.helpers);
}

/// Also who is in the base.
Result<columnar::StagesResult> run(const StagesQuery& query, const Asking& asking,
                                   const std::optional<columnar::StagesSpec::Collect>& collect,
                                   std::vector<uint32_t>& everybody) {
  const QueryCommon& common = query.common;
  PeopleRequest request;
  PeopleBase::request(common.segment, request);
  WEIR_TRY(Prepared p, prepare(common, query.orders, std::move(request), asking));
  PeopleBase base(p.people, p.request);
  CompileInput in = asking.input(p.request, p.people);
  columnar::StagesSpec spec;
  spec.orders = compile_orders(query.orders, common.filter, in);
  spec.orders.per_day = query.per_day;
  spec.calendar = p.calendar;
  spec.as_of = common.as_of;
  spec.rule = query.rule;
  spec.groups = [&base](uint32_t group) { return base.contains(group); };
  spec.collect = collect;
  everybody = base.all();
  return run_stages(p.snapshot, spec, asking.budget(), asking.helpers);
}

Result<columnar::LtvResult> run(const LtvQuery& query, const Asking& asking,
                                std::optional<columnar::LtvSpec::Collect> collect,
                                columnar::Buckets& buckets) {
  const QueryCommon& common = query.common;
  PeopleRequest request;
  WEIR_CHECK_OK(collect_traits(query.acquisition.filter, "acquisition.filter", request));
  WEIR_TRY(Prepared p, prepare(common, query.orders, std::move(request), asking));
  CompileInput in = asking.input(p.request, p.people);
  columnar::LtvSpec spec;
  spec.orders = compile_orders(query.orders, common.filter, in);
  spec.acquisition = select(query.acquisition, in);
  spec.filter = compile_filter(common.filter, in.dictionary, in.request, in.people);
  spec.calendar = p.calendar;
  spec.from = common.range.from;
  spec.to = common.range.to;
  spec.as_of = common.as_of;
  WEIR_TRY(spec.buckets, buckets_of(common, p.calendar));
  spec.days = query.days;
  spec.periods = query.periods;
  spec.rolling = query.rolling;
  for (const Breakdown& b : common.breakdown) spec.keys.push_back(key_of(b, in));
  spec.groups = group_filter(common, in);
  spec.collect = std::move(collect);
  buckets = spec.buckets;
  return run_ltv(p.snapshot, spec, asking.budget(), asking.helpers);
}

Result<columnar::RepurchaseResult> run(
    const RepurchaseQuery& query, const Asking& asking,
    const std::optional<columnar::RepurchaseSpec::Collect>& collect, columnar::Buckets& buckets) {
  const QueryCommon& common = query.common;
  WEIR_TRY(Prepared p, prepare(common, query.orders, {}, asking));
  CompileInput in = asking.input(p.request, p.people);
  columnar::RepurchaseSpec spec;
  spec.orders = compile_orders(query.orders, common.filter, in);
  spec.orders.per_day = query.merge_same_day;
  spec.calendar = p.calendar;
  spec.from = common.range.from;
  spec.to = common.range.to;
  spec.as_of = common.as_of;
  WEIR_TRY(spec.buckets, buckets_of(common, p.calendar));
  spec.within_days = query.within_days;
  spec.groups = group_filter(common, in);
  spec.collect = collect;
  buckets = spec.buckets;
  return run_repurchase(p.snapshot, spec, asking.budget(), asking.helpers);
}

}  // namespace

Result<RfmAnswer> ask_rfm(const RfmQuery& query, const Asking& asking) {
  WEIR_TRY(columnar::RfmResult result, run(query, asking, std::nullopt));
  RfmAnswer out;
  for (const auto& cell : result.cells) out.cells.push_back(cell_of(cell));
  for (size_t axis = 0; axis < 3; ++axis) {
    const auto& a = result.axes[axis];
    out.axes[axis] = {a.min, a.p20, a.p40, a.p50, a.p60, a.p80, a.max, a.mean};
  }
  out.total = cell_of(result.total);
  out.events_scanned = result.rows_scanned;
  return out;
}

Result<StagesAnswer> ask_stages(const StagesQuery& query, const Asking& asking) {
  std::vector<uint32_t> everybody;
  WEIR_TRY(columnar::StagesResult result, run(query, asking, std::nullopt, everybody));
  StagesAnswer out;
  out.prospects = everybody.size();
  for (size_t s = 0; s < kLifeStages; ++s) {
    const auto& stage = result.stages[s];
    out.stages[s] = {stage.groups, stage.orders, stage.amount, stage.revived};
    out.prospects -= stage.groups;
  }
  out.events_scanned = result.rows_scanned;
  return out;
}

Result<LtvAnswer> ask_ltv(const LtvQuery& query, const Asking& asking) {
  columnar::Buckets buckets;
  WEIR_TRY(columnar::LtvResult result, run(query, asking, std::nullopt, buckets));
  LtvAnswer out;
  out.buckets = buckets.starts;
  out.buckets_end = buckets.end;
  out.final_flags = final_flags(buckets, query.common.as_of);
  out.total = {{}, cell_of(result.total), cells_of(result.buckets)};
  for (auto& line : result.lines)
    out.series.push_back({std::move(line.keys), cell_of(line.total), cells_of(line.buckets)});
  out.events_scanned = result.rows_scanned;
  return out;
}

Result<RepurchaseAnswer> ask_repurchase(const RepurchaseQuery& query, const Asking& asking) {
  columnar::Buckets buckets;
  WEIR_TRY(columnar::RepurchaseResult result, run(query, asking, std::nullopt, buckets));
  RepurchaseAnswer out;
  out.buckets = buckets.starts;
  out.final_flags = final_flags(buckets, query.common.as_of);
  out.total = {result.total.buyers, result.total.again, result.complete_buyers,
               result.total.complete};
  for (const auto& cell : result.buckets) {
    out.values.push_back({cell.buyers, cell.again,
                          std::vector<uint64_t>(cell.again.size(), cell.buyers), cell.complete});
  }
  out.events_scanned = result.rows_scanned;
  return out;
}

Result<PurchasesAnswer> ask_purchases(const PurchasesQuery& query, const Asking& asking) {
  const QueryCommon& common = query.common;
  WEIR_TRY(Prepared p, prepare(common, query.orders, {}, asking));
  CompileInput in = asking.input(p.request, p.people);
  columnar::PurchasesSpec spec;
  spec.orders = compile_orders(query.orders, common.filter, in);
  spec.calendar = p.calendar;
  spec.as_of = common.as_of;
  spec.weeks = query.weeks;
  spec.cut = query.cut;
  spec.groups = group_filter(common, in);
  WEIR_TRY(columnar::PurchasesResult result,
           run_purchases(p.snapshot, spec, asking.budget(), asking.helpers));
  PurchasesAnswer out;
  out.buyers.reserve(result.groups.size());
  for (const columnar::Purchases& g : result.groups) {
    out.buyers.push_back({ProfileOrdinal(g.group), g.first, g.last, g.repeats, g.value,
                          g.repeat_value, g.cut_repeats, g.cut_last, g.cut_repeat_value});
  }
  out.end = result.end;
  out.events_scanned = result.rows_scanned;
  return out;
}

Result<DrillAnswer> drill_rfm(const RfmQuery& query, const DrillCell& cell, const Asking& asking) {
  columnar::RfmSpec::Collect wanted;
  bool digits = std::all_of(cell.series.begin(), cell.series.end(),
                            [](char c) { return c >= '0' && c <= '9'; });
  if (!cell.series.empty() && (!digits || cell.series.size() != wanted.size()))
    return no_such_number("of.series", "must be a cell like \"111\"");
  for (size_t axis = 0; axis < cell.series.size(); ++axis) wanted[axis] = cell.series[axis] - '0';
  WEIR_TRY(columnar::RfmResult result, run(query, asking, wanted));
  return drill_answer(result.groups, result.rows_scanned);
}

Result<DrillAnswer> drill_stages(const StagesQuery& query, const DrillCell& cell,
                                 const Asking& asking) {
  constexpr std::array<std::string_view, kLifeStages> kNames = {"new", "active", "silent",
                                                                "dormant", "lost"};
  columnar::StagesSpec::Collect wanted;
  bool prospects = cell.series == "prospect";
  const auto* it = std::find(kNames.begin(), kNames.end(), cell.series);
  if (it != kNames.end()) {
    wanted.stage = static_cast<LifeStage>(it - kNames.begin());
  } else if (cell.series == "revived") {
    wanted.revived = true;
  } else if (!prospects) {
    return no_such_number("of.series", "must be a stage, or \"revived\"");
  }
  std::vector<uint32_t> everybody, found;
  WEIR_TRY(columnar::StagesResult result, run(query, asking, wanted, everybody));
  if (!prospects) return drill_answer(result.groups, result.rows_scanned);
  std::set_difference(everybody.begin(), everybody.end(), result.groups.begin(),
                      result.groups.end(), std::back_inserter(found));
  return drill_answer(found, result.rows_scanned);
}

Result<DrillAnswer> drill_ltv(const LtvQuery& query, const DrillCell& cell, const Asking& asking) {
  WEIR_CHECK_OK(check_cell_keys(cell, query.common));
  columnar::LtvSpec::Collect wanted;
  if (!cell.breakdown.empty()) wanted.keys = cell.breakdown;
  WEIR_TRY(wanted.bucket, bucket_of_cell(cell, query.common));
  if (cell.step > 0) wanted.buyers_to = static_cast<size_t>(cell.step - 1);
  columnar::Buckets buckets;
  WEIR_TRY(columnar::LtvResult result, run(query, asking, std::move(wanted), buckets));
  return drill_answer(result.groups, result.rows_scanned);
}

Result<DrillAnswer> drill_repurchase(const RepurchaseQuery& query, const DrillCell& cell,
                                     const Asking& asking) {
  columnar::RepurchaseSpec::Collect wanted;
  WEIR_TRY(wanted.bucket, bucket_of_cell(cell, query.common));
  size_t columns = std::max<size_t>(1, query.within_days.size());
  if (cell.step > static_cast<int>(columns))
    return no_such_number("of.step", "must be 1 to the number of \"within\"");
  if (cell.step > 0) wanted.again_index = static_cast<size_t>(cell.step - 1);
  columnar::Buckets buckets;
  WEIR_TRY(columnar::RepurchaseResult result, run(query, asking, wanted, buckets));
  return drill_answer(result.groups, result.rows_scanned);
}

}  // namespace weir::embedded
