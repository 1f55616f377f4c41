#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile_orders.h"
#include "columnar/attribution.h"
#include "model/query_attribution.h"
#include "ports/answers_attribution.h"

#include <algorithm>

namespace weir::embedded {
namespace {

using columnar::CreditRule;

Result<PeopleRequest> people_request(const AttributionQuery& query) {
  PeopleRequest request;
  WEIR_CHECK_OK(collect_common(query.common, request));
  WEIR_CHECK_OK(collect_order_traits(query.conversion, "conversion", request));
  WEIR_CHECK_OK(collect_traits(query.touches.filter, "touches.filter", request));
  return request;
}

CreditRule rule_of(AttributionQuery::Model model, const AttributionQuery& query) {
  switch (model) {
    case AttributionQuery::Model::First: return CreditRule::First;
    case AttributionQuery::Model::Last: return CreditRule::Last;
    case AttributionQuery::Model::LastNonDirect: return CreditRule::LastNonDirect;
    case AttributionQuery::Model::Linear:
      return query.linear_distinct ? CreditRule::Distinct : CreditRule::Linear;
    case AttributionQuery::Model::PositionBased: return CreditRule::Position;
    case AttributionQuery::Model::TimeDecay: return CreditRule::TimeDecay;
    case AttributionQuery::Model::Markov: return CreditRule::Markov;
    case AttributionQuery::Model::Shapley: return CreditRule::Distinct;
    case AttributionQuery::Model::ShapleyRate: return CreditRule::ShapleyRate;
  }
  return CreditRule::Last;
}

Result<columnar::AttributionSpec> compile(const AttributionQuery& query, const CompileInput& in) {
  const QueryCommon& common = query.common;
  columnar::AttributionSpec out;
  WEIR_TRY(out.calendar, Calendar::open(common.tz));
  out.orders = compile_orders(query.conversion, common.filter, in);
  out.touches = select(query.touches, in);
  out.views = select(query.views, in);
  out.filter = compile_filter(common.filter, in.dictionary, in.request, in.people);
  Breakdown channel;
  channel.prop = query.dimension;
  out.channel = key_of(channel, in);
  out.direct = query.direct;
  out.from = common.range.from;
  out.to = common.range.to;
  out.as_of = common.as_of;
  out.lookback_ms = query.lookback_ms;
  out.view_ms = query.view_window_ms;
  out.reset_after_order = query.reset_after_conversion;
  for (AttributionQuery::Model model : query.models) out.rules.push_back(rule_of(model, query));
  double sum = query.position[0] + query.position[1] + query.position[2];
  out.position_first = query.position[0] / sum;
  out.position_middle = query.position[1] / sum;
  out.position_last = query.position[2] / sum;
  out.half_life_ms = query.half_life_ms;
  out.groups = group_filter(common, in);
  return out;
}

AttributionCredit credit_of(const columnar::AttributionResult::Credit& c) {
  return {c.orders, c.value, c.groups};
}

Result<columnar::AttributionResult> run(const AttributionQuery& query, const Asking& asking,
                                        std::optional<columnar::AttributionSpec::Collect> collect) {
  WEIR_TRY(PeopleRequest request, people_request(query));
  WEIR_TRY(auto people, asking.people(request));
  WEIR_TRY(auto snapshot, asking.snapshot(query.common.as_of));
  WEIR_TRY(columnar::AttributionSpec spec, compile(query, asking.input(request, people)));
  spec.collect = std::move(collect);
  return run_attribution(snapshot, spec, asking.budget(), asking.helpers);
}

}  // namespace

Result<DrillAnswer> drill_attribution(const AttributionQuery& query, const DrillCell& cell,
                                      const Asking& asking) {
  columnar::AttributionSpec::Collect wanted;
  if (cell.breakdown.size() > 1)
    return no_such_number("of.breakdown", "must be one channel, as the answer shows it");
  if (!cell.breakdown.empty()) wanted.channel = cell.breakdown[0];
  if (!cell.series.empty()) {
    auto model = attribution_model(cell.series);
    auto it = std::find(query.models.begin(), query.models.end(), model);
    if (!model || it == query.models.end())
      return no_such_number("of.series", "must be one of the question's models");
    wanted.rule = static_cast<size_t>(it - query.models.begin());
  }
  WEIR_TRY(columnar::AttributionResult result, run(query, asking, std::move(wanted)));
  return drill_answer(result.groups, result.rows_scanned);
}

Result<AttributionAnswer> ask_attribution(const AttributionQuery& query, const Asking& asking) {
  WEIR_TRY(columnar::AttributionResult result, run(query, asking, std::nullopt));
  AttributionAnswer out;
  for (auto& channel : result.channels) {
    AttributionAnswer::Channel to{
        std::move(channel.name), {}, channel.assisted, channel.last, channel.removal, channel.rate};
    for (const auto& credit : channel.credits) to.credits.push_back(credit_of(credit));
    out.channels.push_back(std::move(to));
  }
  out.all = credit_of(result.all);
  out.none = credit_of(result.none);
  out.lengths = std::move(result.lengths);
  out.lag_days = std::move(result.lag_days);
  out.probability = result.probability;
  out.events_scanned = result.rows_scanned;
  return out;
}

}  // namespace weir::embedded
