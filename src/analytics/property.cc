#include "analytics/property.h"

#include "analytics/drill.h"
#include "analytics/parse_orders.h"
#include "analytics/render_fields.h"
#include "model/query_value.h"
#include "ports/answers_value.h"

#include <functional>

namespace weir::analytics {
namespace {

Result<PropertyQuery> parse(const json::object& object, const ParseInput& input) {
  WEIR_CHECK_OK(check_fields(object, "",
                             {"kind", "interval", "week_start", "filter", "segment", "tz", "exact",
                              "sample", "prop", "as", "bins"}));
  PropertyQuery out;
  json::object query = object;
  query["range"] = json::object{{"last", 1}, {"unit", "day"}};
  WEIR_CHECK_OK(parse_common(query, input, out.common));
  if (absent(json::find(query, "interval"))) out.common.interval = Interval::Month;
  if (!of_profiles(out.common.filter))
    return bad_field("filter", "can only ask for \"profile.\" properties");
  WEIR_TRY(out.prop, json::required_string(query, "prop"));
  if (!out.prop.starts_with("profile.") || out.prop == "profile.")
    return bad_field("prop", "must name a property like \"profile.city\"");
  WEIR_TRY(size_t as, read_choice(query, "as", "", {"auto", "category", "number", "date"}, 0));
  out.as = static_cast<PropertyQuery::As>(as);
  const json::value* bins = json::find(query, "bins");
  if (absent(bins)) return out;
  if (out.as != PropertyQuery::As::Auto && out.as != PropertyQuery::As::Number)
    return bad_field("bins", "is for numbers");
  WEIR_TRY(out.bins, parse_ascending(*bins, "bins", 100));
  return out;
}

json::array render_values(const PropertyAnswer& answer) {
  json::array out;
  for (const auto& value : answer.values)
    out.push_back(json::object{{"value", value.text}, {"persons", value.persons}});
  return out;
}

json::array render_bins(const PropertyAnswer& answer) {
  json::array out;
  for (size_t i = 0; i < answer.counts.size(); ++i) {
    json::value from = i > 0 ? number(answer.bins[i - 1]) : json::value(nullptr);
    json::value to = i < answer.bins.size() ? number(answer.bins[i]) : json::value(nullptr);
    out.push_back(json::object{
        {"from", std::move(from)}, {"to", std::move(to)}, {"persons", answer.counts[i]}});
  }
  return out;
}

json::object render_stats(const PropertyAnswer& answer) {
  auto value = [&](double PropertyAnswer::Stats::* field) {
    return answer.stats ? number((*answer.stats).*field) : json::value(nullptr);
  };
  using Stats = PropertyAnswer::Stats;
  return {{"min", value(&Stats::min)},
          {"avg", value(&Stats::avg)},
          {"p50", value(&Stats::p50)},
          {"p90", value(&Stats::p90)},
          {"max", value(&Stats::max)}};
}

}  // namespace

bool of_profiles(const Filter& filter) {
  return filter.kind == Filter::Kind::Leaf
             ? filter.prop.starts_with("profile.")
             : std::all_of(filter.children.begin(), filter.children.end(), of_profiles);
}

Result<Asked> ask_property(const json::object& object, const Ask& ask) {
  WEIR_TRY(PropertyQuery query, parse(object, {ask.now, ask.calendar}));
  WEIR_TRY(PropertyAnswer answer, ask.port.property(query, ask.control));
  WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
  json::object out{{"kind", "property"}, {"tz", query.common.tz}};
  switch (answer.as) {
    case PropertyAnswer::As::Category:
      out["as"] = "category";
      out["values"] = render_values(answer);
      break;
    case PropertyAnswer::As::Number:
      out["as"] = "number";
      out["bins"] = render_bins(answer);
      out["stats"] = render_stats(answer);
      break;
    case PropertyAnswer::As::Date: {
      out["as"] = "date";
      json::array buckets;
      for (size_t b = 0; b < answer.buckets.size(); ++b) {
        buckets.push_back(json::object{
            {"bucket", bucket_text(answer.buckets[b], query.common.interval, calendar)},
            {"persons", answer.counts[b]}});
      }
      out["buckets"] = std::move(buckets);
      break;
    }
  }
  out["persons"] = answer.persons;
  out["none"] = answer.none;
  return Asked{std::move(out), ask.now, {}};
}

Result<Drilled> drill_property(const json::object& object, const json::object& of, const Ask& ask) {
  WEIR_TRY(PropertyQuery query, parse(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of};
}

}  // namespace weir::analytics
