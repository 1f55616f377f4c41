#include "analytics/distribution.h"

#include "analytics/drill.h"
#include "analytics/parse_fields.h"
#include "analytics/render_fields.h"
#include "model/query_distribution.h"
#include "ports/answers_distribution.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::analytics {
namespace {

// 1, 2, 3–5, 6–10, 11–20, 21 and more times.
const std::vector<double> kDefaultBins = {1, 2, 3, 6, 11, 21};

bool of_property(DistributionQuery::Metric metric) {
  return metric == DistributionQuery::Metric::Sum || metric == DistributionQuery::Metric::Avg;
}

Status parse_metric(const json::object& query, DistributionQuery& out) {
  WEIR_TRY(const json::object* o, json::required_object(query, "metric"));
  WEIR_CHECK_OK(check_fields(*o, "metric", {"event", "events", "filter", "agg", "prop"}));
  WEIR_TRY(out.events.events, parse_events(*o, "metric"));
  WEIR_TRY(out.events.filter, parse_filter(json::find(*o, "filter"), "metric.filter"));
  WEIR_TRY(size_t metric, read_choice(*o, "agg", "metric",
                                      {"count", "active_days", "active_hours", "sum", "avg"}, 0));
  out.metric = static_cast<DistributionQuery::Metric>(metric);
  out.prop = json::optional_string(*o, "prop");
  if (of_property(out.metric) && (!out.prop.starts_with("event.") || out.prop == "event.")) {
    return bad_field("metric.prop", "must name a property like \"event.amount_fen\"");
  }
  return {};
}

Status parse_bounds(const json::object& query, DistributionQuery& out) {
  const json::value* v = json::find(query, "bins");
  if (absent(v)) {
    if (!of_property(out.metric)) out.bins = kDefaultBins;
    return {};
  }
  if (v->is_string() && json::view(v->get_string()) == "auto") return {};
  if (!v->is_array() || v->get_array().empty() || v->get_array().size() > 100) {
    return bad_field("bins", "must be \"auto\" or a list of 1 to 100 numbers");
  }
  for (const json::value& bound : v->get_array()) {
    if (!bound.is_number()) return bad_field("bins", "must be a list of numbers");
    out.bins.push_back(bound.to_number<double>());
  }
  if (!std::is_sorted(out.bins.begin(), out.bins.end(), std::less_equal<>()))
    return bad_field("bins", "must ascend");
  return {};
}

Result<DistributionQuery> parse(const json::object& query, const ParseInput& input) {
  WEIR_CHECK_OK(
      check_fields(query, "",
                   {"kind", "range", "interval", "week_start", "filter", "segment", "breakdown",
                    "as_of", "tz", "exact", "sample", "metric", "bins", "include_zero"}));
  DistributionQuery out;
  WEIR_CHECK_OK(parse_common(query, input, out.common));
  WEIR_CHECK_OK(parse_breakdown(query, false, out.common.breakdown));
  WEIR_CHECK_OK(parse_metric(query, out));
  WEIR_CHECK_OK(parse_bounds(query, out));
  WEIR_CHECK_OK(read_bool(query, "include_zero", out.include_zero));
  if (out.include_zero && out.common.segment.empty()) {
    return bad_field("include_zero",
                     "needs a \"segment\": who else did nothing is not a useful number");
  }
  out.trend = !absent(json::find(query, "interval"));
  return out;
}

json::object render_cell(const DistributionCell& cell) {
  json::object out{{"persons", cell.persons}};
  auto put = [&](std::string_view name, double value) {
    out[name] = cell.persons == 0 ? json::value(nullptr) : number(value);
  };
  out["sum"] = number(cell.sum);
  put("avg", cell.sum / static_cast<double>(std::max<uint64_t>(cell.persons, 1)));
  put("min", cell.min);
  put("p25", cell.p25);
  put("p50", cell.p50);
  put("p75", cell.p75);
  put("p90", cell.p90);
  put("max", cell.max);
  json::array counts;
  for (uint64_t count : cell.counts) counts.emplace_back(count);
  out["counts"] = std::move(counts);
  return out;
}

json::object render_series(const DistributionAnswer::Series& series) {
  json::array values;
  for (const DistributionCell& cell : series.values) values.push_back(render_cell(cell));
  return {{"breakdown", texts(series.breakdown)},
          {"total", render_cell(series.total)},
          {"values", std::move(values)}};
}

json::array render_bins(const std::vector<double>& bounds) {
  json::array out{json::object{{"from", nullptr}, {"to", number(bounds.front())}}};
  for (size_t i = 0; i < bounds.size(); ++i) {
    json::value to = i + 1 < bounds.size() ? number(bounds[i + 1]) : json::value(nullptr);
    out.push_back(json::object{{"from", number(bounds[i])}, {"to", std::move(to)}});
  }
  return out;
}

Result<json::object> render(const DistributionQuery& query, const DistributionAnswer& answer) {
  WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
  json::array series;
  for (const auto& s : answer.series) series.push_back(render_series(s));
  json::object total = render_series(answer.total);
  total.erase("breakdown");
  return json::object{{"kind", "distribution"},
                      {"tz", query.common.tz},
                      {"bins", render_bins(answer.bins)},
                      {"buckets", bucket_texts(answer.buckets, query.common.interval, calendar)},
                      {"final", flags(answer.final_flags)},
                      {"total", std::move(total["total"])},
                      {"values", std::move(total["values"])},
                      {"series", std::move(series)}};
}

}  // namespace

Result<Asked> ask_distribution(const json::object& object, const Ask& ask) {
  WEIR_TRY(DistributionQuery query, parse(object, {ask.now, ask.calendar}));
  WEIR_TRY(DistributionAnswer answer, ask.port.distribution(query, ask.control));
  WEIR_TRY(json::object out, render(query, answer));
  return Asked{std::move(out), query.common.as_of, answer.events_scanned};
}

Result<Drilled> drill_distribution(const json::object& object, const json::object& of,
                                   const Ask& ask) {
  WEIR_TRY(DistributionQuery query, parse(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of};
}

}  // namespace weir::analytics
