#include "analytics/ask.h"
#include "analytics/formula.h"
#include "analytics/parse.h"
#include "analytics/range.h"
#include "analytics/render.h"
#include "analytics/retention.h"

#include <algorithm>

namespace weir::analytics {
namespace {

Result<Asked> ask_trends(const json::object& object, const Ask& ask) {
  WEIR_TRY(TrendsQuery query, parse_trends(object, {ask.now, ask.calendar}));
  WEIR_TRY(TrendsAnswer answer, ask.port.trends(query, ask.control));
  WEIR_CHECK_OK(add_formulas(query, answer));
  std::optional<TrendsAnswer> before;
  if (query.compare != TrendsQuery::Compare::None) {
    WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
    TrendsQuery earlier = query;
    earlier.common.range = query.compare == TrendsQuery::Compare::Previous
                               ? previous_range(query.common.range, calendar)
                               : year_ago(query.common.range, calendar);
    WEIR_TRY(before, ask.port.trends(earlier, ask.control));
    WEIR_CHECK_OK(add_formulas(earlier, *before));
    answer.events_scanned += before->events_scanned;
  }
  WEIR_TRY(json::object out, render_trends(query, answer, before));
  return Asked{std::move(out), query.common.as_of, answer.events_scanned};
}

Result<Asked> ask_funnel(const json::object& object, const Ask& ask) {
  WEIR_TRY(FunnelQuery query, parse_funnel(object, {ask.now, ask.calendar}));
  WEIR_TRY(FunnelAnswer answer, ask.port.funnel(query, ask.control));
  WEIR_TRY(json::object out, render_funnel(query, answer));
  return Asked{std::move(out), query.common.as_of, answer.events_scanned};
}

Result<Asked> ask_timeline(const json::object& object, const Ask& ask) {
  WEIR_TRY(TimelineQuery query, parse_timeline(object));
  WEIR_TRY(TimelinePage page, ask.port.timeline(query));
  return Asked{render_timeline(page), ask.now, {}};
}

struct Kind {
  std::string_view name;
  AskFunction ask;
};

constexpr Kind kKinds[] = {
    {"trends", ask_trends},
    {"funnel", ask_funnel},
    {"retention", ask_retention},
    {"timeline", ask_timeline},
};

}  // namespace

AskFunction find_kind(std::string_view kind) {
  const auto* it = std::find_if(std::begin(kKinds), std::end(kKinds),
                                [&](const Kind& k) { return k.name == kind; });
  return it == std::end(kKinds) ? nullptr : it->ask;
}

std::string kind_names() {
  std::string out;
  for (const Kind& kind : kKinds) {
    if (!out.empty()) out += ", ";
    out += kind.name;
  }
  return out;
}

}  // namespace weir::analytics
