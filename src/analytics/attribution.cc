#include "analytics/attribution.h"

#include "analytics/drill.h"
#include "analytics/parse_orders.h"
#include "analytics/render_fields.h"
#include "model/query_attribution.h"
#include "ports/answers_attribution.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::analytics {
namespace {

Status parse_names(const json::object& o, std::string_view key, std::string_view where,
                   std::vector<std::string>& out) {
  const json::value* v = json::find(o, key);
  if (absent(v)) return {};
  std::string at = fmt::format("{}.{}", where, key);
  if (!v->is_array()) return bad_field(at, "must be a list of names");
  out.clear();
  for (const json::value& name : v->get_array()) {
    if (!name.is_string()) return bad_field(at, "must be a list of names");
    out.emplace_back(json::view(name.get_string()));
  }
  return {};
}

Status parse_touches(const json::object& query, AttributionQuery& out) {
  WEIR_TRY(const json::object* o, json::required_object(query, "touches"));
  WEIR_CHECK_OK(check_fields(
      *o, "touches",
      {"types", "event", "events", "filter", "dimension", "direct", "view_types", "view_window"}));
  WEIR_CHECK_OK(parse_names(*o, "types", "touches", out.touches.events));
  if (out.touches.events.empty()) {
    if (!absent(json::find(*o, "types")))
      return bad_field("touches.types", "must name at least one event");
    WEIR_TRY(out.touches.events, parse_events(*o, "touches"));
  }
  WEIR_TRY(out.touches.filter, parse_filter(json::find(*o, "filter"), "touches.filter"));
  WEIR_CHECK_OK(parse_names(*o, "direct", "touches", out.direct));
  WEIR_CHECK_OK(parse_names(*o, "view_types", "touches", out.views.events));
  out.views.filter = out.touches.filter;
  out.dimension = json::optional_string(*o, "dimension", "channel");
  if (!out.dimension.starts_with("event.")) out.dimension = "event." + out.dimension;
  const json::value* window = json::find(*o, "view_window");
  if (absent(window)) {
    if (out.views.events.empty()) return {};
    return bad_field("touches.view_window", "is missing: how long a view counts, at most 24 hours");
  }
  WEIR_TRY(out.view_window_ms, parse_length(*window, "touches.view_window"));
  if (out.view_window_ms < kSecondMs || out.view_window_ms > kDayMs)
    return bad_field("touches.view_window", "must be 1 second to 24 hours");
  return {};
}

Status parse_models(const json::object& query, AttributionQuery& out) {
  std::vector<std::string> names = {"last_non_direct"};
  if (!absent(json::find(query, "models"))) {
    WEIR_TRY(const json::array* list, json::required_array(query, "models"));
    names.clear();
    for (const json::value& v : *list)
      names.emplace_back(v.is_string() ? json::view(v.get_string()) : std::string_view());
  }
  for (const std::string& name : names) {
    auto model = attribution_model(name);
    if (!model) {
      return bad_field("models", fmt::format("names \"{}\"; known are {}", name,
                                             fmt::join(kAttributionModels, ", ")));
    }
    if (std::find(out.models.begin(), out.models.end(), *model) != out.models.end())
      return bad_field("models", fmt::format("names \"{}\" twice", name));
    out.models.push_back(*model);
  }
  if (out.models.empty()) return bad_field("models", "must name at least one model");
  return {};
}

Status parse_params(const json::object& query, AttributionQuery& out) {
  const json::value* v = json::find(query, "params");
  if (absent(v)) return {};
  WEIR_TRY(const json::object* o, json::as_object(*v, "params"));
  WEIR_CHECK_OK(check_fields(*o, "params", {"position", "half_life", "repeats"}));
  if (const json::value* position = json::find(*o, "position"); !absent(position)) {
    bool good = position->is_array() && position->get_array().size() == 3;
    for (size_t i = 0; good && i < 3; ++i) {
      const json::value& share = position->get_array()[i];
      good = share.is_number() && share.to_number<double>() >= 0;
      if (good) out.position[i] = share.to_number<double>();
    }
    if (!good || out.position[0] + out.position[2] <= 0)
      return bad_field("params.position",
                       "must be shares of the first touch, those between and the last, like "
                       "[40,20,40]; the first or the last above 0");
  }
  if (const json::value* half_life = json::find(*o, "half_life"); !absent(half_life)) {
    WEIR_TRY(out.half_life_ms, parse_length(*half_life, "params.half_life"));
    if (out.half_life_ms < kSecondMs || out.half_life_ms > 366 * kDayMs)
      return bad_field("params.half_life", "must be 1 second to 366 days");
  }
  WEIR_TRY(size_t repeats, read_choice(*o, "repeats", "params", {"count", "distinct"}, 0));
  out.linear_distinct = repeats == 1;
  return {};
}

Result<AttributionQuery> parse(const json::object& query, const ParseInput& input) {
  WEIR_CHECK_OK(check_fields(query, "",
                             {"kind", "range", "week_start", "filter", "segment", "as_of", "tz",
                              "exact", "sample", "conversion", "revenue", "touches", "lookback",
                              "models", "params", "reset_after_conversion"}));
  AttributionQuery out;
  WEIR_CHECK_OK(parse_common(query, input, out.common));
  WEIR_TRY(out.conversion, parse_orders(query, "conversion"));
  WEIR_CHECK_OK(parse_touches(query, out));
  WEIR_CHECK_OK(parse_models(query, out));
  WEIR_CHECK_OK(parse_params(query, out));
  WEIR_CHECK_OK(read_bool(query, "reset_after_conversion", out.reset_after_conversion));
  const json::value* lookback = json::find(query, "lookback");
  if (absent(lookback)) return out;
  WEIR_TRY(out.lookback_ms, parse_length(*lookback, "lookback"));
  if (out.lookback_ms < kSecondMs || out.lookback_ms > 366 * kDayMs)
    return bad_field("lookback", "must be 1 second to 366 days");
  return out;
}

json::object render_credit(const AttributionCredit& credit) {
  return {{"orders", number(credit.orders)},
          {"value", number(credit.value)},
          {"persons", credit.persons}};
}

json::array render_counts(const std::vector<uint64_t>& counts, std::string_view name) {
  json::array out;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) out.push_back(json::object{{name, i}, {"orders", counts[i]}});
  }
  return out;
}

bool has_model(const AttributionQuery& query, AttributionQuery::Model model) {
  return std::find(query.models.begin(), query.models.end(), model) != query.models.end();
}

json::object render_channel(const AttributionQuery& query, const AttributionAnswer::Channel& c) {
  json::array credits;
  for (size_t m = 0; m < query.models.size(); ++m) {
    json::object credit{{"model", kAttributionModels[static_cast<size_t>(query.models[m])]}};
    for (auto& field : render_credit(c.credits[m])) credit[field.key()] = std::move(field.value());
    credits.push_back(std::move(credit));
  }
  json::object out{{"channel", c.name},
                   {"credits", std::move(credits)},
                   {"last_orders", c.last},
                   {"assisted_orders", c.assisted},
                   {"assist_ratio", ratio(c.assisted, c.last)}};
  if (has_model(query, AttributionQuery::Model::Markov)) out["removal_effect"] = c.removal;
  if (has_model(query, AttributionQuery::Model::ShapleyRate)) out["rate_gain"] = c.rate;
  return out;
}

json::object render(const AttributionQuery& query, const AttributionAnswer& answer) {
  json::array channels, models;
  for (AttributionQuery::Model model : query.models)
    models.emplace_back(kAttributionModels[static_cast<size_t>(model)]);
  for (const auto& channel : answer.channels) channels.push_back(render_channel(query, channel));
  json::object out{{"kind", "attribution"},
                   {"tz", query.common.tz},
                   {"final", query.common.as_of >= query.common.range.to + 72 * kHourMs},
                   {"models", std::move(models)},
                   {"total", render_credit(answer.all)},
                   {"unattributed", render_credit(answer.none)},
                   {"channels", std::move(channels)},
                   {"path_lengths", render_counts(answer.lengths, "touches")},
                   {"lags", render_counts(answer.lag_days, "days")}};
  if (has_model(query, AttributionQuery::Model::Markov))
    out["conversion_probability"] = answer.probability;
  return out;
}

}  // namespace

Result<Asked> ask_attribution(const json::object& object, const Ask& ask) {
  WEIR_TRY(AttributionQuery query, parse(object, {ask.now, ask.calendar}));
  WEIR_TRY(AttributionAnswer answer, ask.port.attribution(query, ask.control));
  return Asked{render(query, answer), query.common.as_of, answer.events_scanned};
}

Result<Drilled> drill_attribution(const json::object& object, const json::object& of,
                                  const Ask& ask) {
  WEIR_TRY(AttributionQuery query, parse(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of};
}

}  // namespace weir::analytics
