#include "analytics/interval.h"

#include "analytics/drill.h"
#include "analytics/parse_fields.h"
#include "analytics/render_fields.h"
#include "model/query_interval.h"
#include "ports/answers_interval.h"

#include <fmt/format.h>

namespace weir::analytics {
namespace {

/// Takes "of" out of the breakdown's entries, which parse_breakdown does not know.
Status take_sides(json::object& query, std::vector<bool>& of_end) {
  auto it = query.find("breakdown");
  if (it == query.end() || !it->value().is_array()) return {};
  json::array& entries = it->value().get_array();
  for (size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].is_object()) return {};
    WEIR_TRY(size_t side, read_choice(entries[i].get_object(), "of",
                                      fmt::format("breakdown[{}]", i), {"start", "end"}, 0));
    of_end.push_back(side == 1);
    entries[i].get_object().erase("of");
  }
  return {};
}

Status parse_limit(const json::object& query, IntervalQuery& out) {
  const json::value* v = json::find(query, "limit");
  if (absent(v)) return {};
  if (v->is_string() && json::view(v->get_string()) == "none") {
    out.limit_ms.reset();
    return {};
  }
  WEIR_TRY(out.limit_ms, parse_length(*v, "limit"));
  if (*out.limit_ms < kSecondMs || *out.limit_ms > 366 * kDayMs) {
    return bad_field("limit", "must be 1 second to 366 days, or \"none\"");
  }
  return {};
}

Status parse_relations(const json::object& query, IntervalQuery& out) {
  if (absent(json::find(query, "relate"))) return {};
  WEIR_TRY(const json::array* list, json::required_array(query, "relate"));
  if (list->size() > kRelationsMax) return bad_field("relate", "must have at most 3 pairs");
  for (size_t i = 0; i < list->size(); ++i) {
    const json::value& pair = (*list)[i];
    auto is_property = [](const json::value& v) {
      return v.is_string() && json::view(v.get_string()).starts_with("event.");
    };
    if (!pair.is_array() || pair.get_array().size() != 2 || !is_property(pair.get_array()[0]) ||
        !is_property(pair.get_array()[1])) {
      return bad_field(fmt::format("relate[{}]", i),
                       "must be two properties, of the start and of the end event, like "
                       "[\"event.sku_id\",\"event.sku_id\"]");
    }
    out.relate.push_back({std::string(json::view(pair.get_array()[0].get_string())),
                          std::string(json::view(pair.get_array()[1].get_string()))});
  }
  return {};
}

Result<IntervalQuery> parse(json::object query, const ParseInput& input) {
  WEIR_CHECK_OK(check_fields(
      query, "",
      {"kind", "range", "interval", "week_start", "filter", "segment", "breakdown", "as_of", "tz",
       "exact", "sample", "start", "end", "pairing", "limit", "relate", "bound_all"}));
  IntervalQuery out;
  WEIR_CHECK_OK(take_sides(query, out.breakdown_of_end));
  WEIR_CHECK_OK(parse_common(query, input, out.common));
  WEIR_CHECK_OK(parse_breakdown(query, false, out.common.breakdown));
  WEIR_TRY(out.start, parse_event_set(query, "start"));
  WEIR_TRY(out.end, parse_event_set(query, "end"));
  out.consecutive = *json::find(query, "start") == *json::find(query, "end");
  WEIR_TRY(size_t pairing, read_choice(query, "pairing", "", {"nearest", "first", "latest"}, 0));
  out.pairing = static_cast<IntervalQuery::Pairing>(pairing);
  WEIR_CHECK_OK(read_bool(query, "bound_all", out.bound_all));
  WEIR_CHECK_OK(parse_limit(query, out));
  WEIR_CHECK_OK(parse_relations(query, out));
  return out;
}

json::object render_box(const IntervalBoxPlot& box) {
  json::object out{{"pairs", box.pairs}, {"persons", box.persons}};
  auto put = [&](std::string_view name, double value) {
    out[name] = box.pairs == 0 ? json::value(nullptr) : number(value);
  };
  put("min_ms", static_cast<double>(box.min_ms));
  put("p25_ms", box.p25_ms);
  put("p50_ms", box.p50_ms);
  put("p75_ms", box.p75_ms);
  put("p90_ms", box.p90_ms);
  put("max_ms", static_cast<double>(box.max_ms));
  put("avg_ms", box.avg_ms);
  return out;
}

json::array render_histogram(const std::vector<IntervalAnswer::Bin>& bins) {
  json::array out;
  for (const auto& bin : bins) {
    out.push_back(
        json::object{{"from_ms", bin.from_ms},
                     {"to_ms", bin.to_ms < 0 ? json::value(nullptr) : json::value(bin.to_ms)},
                     {"pairs", bin.pairs}});
  }
  return out;
}

Result<json::object> render(const IntervalQuery& query, const IntervalAnswer& answer) {
  WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
  json::array series;
  for (const IntervalAnswer::Series& s : answer.series) {
    json::array values;
    for (const IntervalBoxPlot& box : s.values) values.push_back(render_box(box));
    series.push_back(json::object{{"breakdown", texts(s.breakdown)},
                                  {"total", render_box(s.total)},
                                  {"values", std::move(values)},
                                  {"histogram", render_histogram(s.histogram)}});
  }
  return json::object{{"kind", "interval"},
                      {"tz", query.common.tz},
                      {"buckets", bucket_texts(answer.buckets, query.common.interval, calendar)},
                      {"final", flags(answer.final_flags)},
                      {"total", render_box(answer.total)},
                      {"histogram", render_histogram(answer.histogram)},
                      {"series", std::move(series)}};
}

}  // namespace

Result<Asked> ask_interval(const json::object& object, const Ask& ask) {
  WEIR_TRY(IntervalQuery query, parse(object, {ask.now, ask.calendar}));
  WEIR_TRY(IntervalAnswer answer, ask.port.interval(query, ask.control));
  WEIR_TRY(json::object out, render(query, answer));
  return Asked{std::move(out), query.common.as_of, answer.events_scanned};
}

Result<Drilled> drill_interval(const json::object& object, const json::object& of, const Ask& ask) {
  WEIR_TRY(IntervalQuery query, parse(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of};
}

}  // namespace weir::analytics
