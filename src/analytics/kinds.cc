#include "analytics/activity.h"
#include "analytics/ask.h"
#include "analytics/attribution.h"
#include "analytics/clv.h"
#include "analytics/distribution.h"
#include "analytics/drill.h"
#include "analytics/formula.h"
#include "analytics/full_chain.h"
#include "analytics/interval.h"
#include "analytics/lookalike.h"
#include "analytics/ltv.h"
#include "analytics/parse.h"
#include "analytics/parse_fields.h"
#include "analytics/portrait.h"
#include "analytics/property.h"
#include "analytics/range.h"
#include "analytics/render.h"
#include "analytics/retention.h"
#include "analytics/rfm.h"
#include "analytics/sampling.h"
#include "analytics/segment_count.h"
#include "analytics/sessions.h"

#include <algorithm>

namespace weir::analytics {
namespace {

/// The range that the answer's second line is about.
Result<TrendsQuery> compared(const TrendsQuery& query) {
  WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
  TrendsQuery out = query;
  out.common.range = query.compare == TrendsQuery::Compare::Previous
                         ? previous_range(query.common.range, calendar)
                         : year_ago(query.common.range, calendar);
  return out;
}

Result<Asked> ask_trends(const json::object& object, const Ask& ask) {
  WEIR_TRY(TrendsQuery query, parse_trends(object, {ask.now, ask.calendar}));
  WEIR_TRY(TrendsAnswer answer, ask.port.trends(query, ask.control));
  scale(answer, query);
  WEIR_CHECK_OK(add_formulas(query, answer));
  std::optional<TrendsAnswer> before;
  if (query.compare != TrendsQuery::Compare::None) {
    WEIR_TRY(TrendsQuery earlier, compared(query));
    WEIR_TRY(before, ask.port.trends(earlier, ask.control));
    scale(*before, earlier);
    WEIR_CHECK_OK(add_formulas(earlier, *before));
    answer.events_scanned += before->events_scanned;
  }
  WEIR_TRY(json::object out, render_trends(query, answer, before));
  return Asked{std::move(out), query.common.as_of, answer.events_scanned,
               query.common.sample < 1.0};
}

Result<Drilled> drill_trends(const json::object& object, const json::object& of, const Ask& ask) {
  WEIR_TRY(TrendsQuery query, parse_trends(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  if (json::optional_bool(of, kCompareField, false)) {
    if (query.compare == TrendsQuery::Compare::None)
      return bad_field("of.compare", "is true, but the question does not compare");
    cell.bucket_range = query.common.range;
    WEIR_TRY(query, compared(query));
  }
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of};
}

Result<Asked> ask_funnel(const json::object& object, const Ask& ask) {
  WEIR_TRY(FunnelQuery query, parse_funnel(object, {ask.now, ask.calendar}));
  WEIR_TRY(FunnelAnswer answer, ask.port.funnel(query, ask.control));
  scale(answer, query);
  WEIR_TRY(json::object out, render_funnel(query, answer));
  return Asked{std::move(out), query.common.as_of, answer.events_scanned,
               query.common.sample < 1.0};
}

Result<Drilled> drill_funnel(const json::object& object, const json::object& of, const Ask& ask) {
  WEIR_TRY(FunnelQuery query, parse_funnel(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of};
}

Result<Asked> ask_timeline(const json::object& object, const Ask& ask) {
  WEIR_TRY(TimelineQuery query, parse_timeline(object));
  WEIR_TRY(TimelinePage page, ask.port.timeline(query));
  return Asked{render_timeline(page), ask.now, {}};
}

constexpr Kind kKinds[] = {
    {"trends", ask_trends, drill_trends, true},
    {"funnel", ask_funnel, drill_funnel, true},
    {"retention", ask_retention, drill_retention},
    {"segment", ask_segment, nullptr},
    {"lifecycle", ask_lifecycle, drill_lifecycle},
    {"stickiness", ask_stickiness, drill_stickiness},
    {"sessions", ask_sessions, drill_sessions},
    {"paths", ask_paths, drill_paths},
    {"distribution", ask_distribution, drill_distribution},
    {"interval", ask_interval, drill_interval},
    {"attribution", ask_attribution, drill_attribution},
    {"rfm", ask_rfm, drill_rfm},
    {"stages", ask_stages, drill_stages},
    {"full_chain", ask_full_chain, drill_full_chain},
    {"ltv", ask_ltv, drill_ltv},
    {"repurchase", ask_repurchase, drill_repurchase},
    {"clv", ask_clv, drill_clv},
    {"portrait", ask_portrait, drill_portrait},
    {"lookalike", ask_lookalike, drill_lookalike},
    {"property", ask_property, drill_property},
    {"timeline", ask_timeline, nullptr},
};

}  // namespace

const Kind* find_kind(std::string_view name) {
  const auto* it = std::find_if(std::begin(kKinds), std::end(kKinds),
                                [&](const Kind& k) { return k.name == name; });
  return it == std::end(kKinds) ? nullptr : it;
}

std::string kind_names() {
  std::string out;
  for (const Kind& kind : kKinds) {
    out += kind.name;
    out += ", ";
  }
  out += kDrillKind;
  return out;
}

}  // namespace weir::analytics
