#include "analytics/parse_orders.h"

#include "model/facts.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::analytics {
namespace {

/// "event.x"; keeps `out` when absent, empties it for "none" where that is allowed.
Status parse_property(const json::object& o, std::string_view key, const std::string& where,
                      bool may_be_none, std::string& out) {
  WEIR_CHECK_OK(read_string(o, key, out));
  if (may_be_none && out == "none") {
    out.clear();
  } else if (!out.starts_with("event.") || out == "event.") {
    return bad_field(fmt::format("{}.{}", where, key),
                     fmt::format("must name a property like \"event.amount_fen\"{}",
                                 may_be_none ? ", or be \"none\"" : ""));
  }
  return {};
}

Status parse_refund(const json::object& o, const std::string& where, OrderDef& out) {
  const json::value* v = json::find(o, "refund");
  out.refund.events = {std::string(facts::kOrderRefunded)};
  if (absent(v)) return {};
  std::string at = where + ".refund";
  WEIR_TRY(const json::object* refund, json::as_object(*v, at));
  WEIR_CHECK_OK(check_fields(*refund, at, {"event", "events", "filter", "value", "id"}));
  WEIR_TRY(out.refund.events, parse_events(*refund, at));
  WEIR_TRY(out.refund.filter, parse_filter(json::find(*refund, "filter"), at + ".filter"));
  WEIR_CHECK_OK(parse_property(*refund, "value", at, false, out.refund_value));
  return parse_property(*refund, "id", at, false, out.refund_id);
}

}  // namespace

Result<OrderDef> parse_orders(const json::object& query, std::string_view key) {
  OrderDef out;
  out.paid.events = {std::string(facts::kOrderPaid)};
  std::string where(key);
  json::object none;
  const json::object* o = &none;
  if (const json::value* v = json::find(query, key); !absent(v)) {
    WEIR_TRY(o, json::as_object(*v, where));
  }
  WEIR_CHECK_OK(check_fields(*o, where, {"event", "events", "filter", "value", "id", "refund"}));
  if (json::find(*o, "event") != nullptr || json::find(*o, "events") != nullptr) {
    WEIR_TRY(out.paid.events, parse_events(*o, where));
  }
  WEIR_TRY(out.paid.filter, parse_filter(json::find(*o, "filter"), where + ".filter"));
  WEIR_CHECK_OK(parse_property(*o, "value", where, false, out.value));
  WEIR_CHECK_OK(parse_property(*o, "id", where, true, out.id));
  WEIR_CHECK_OK(parse_refund(*o, where, out));
  WEIR_TRY(size_t revenue, read_choice(query, "revenue", "", {"net", "gross"}, 0));
  if (revenue == 1) out.refund = {};
  return out;
}

Result<json::object> with_end_of_as_of(const json::object& query, const ParseInput& input) {
  json::object out = query;
  const json::value* v = json::find(query, "as_of");
  if (absent(v) || !v->is_string() || v->get_string().size() != 10) return out;
  std::string tz = input.calendar.name();
  WEIR_CHECK_OK(read_string(query, "tz", tz));
  auto calendar = Calendar::open(tz);
  if (!calendar) return bad_field("tz", fmt::format("is \"{}\", which is not a time zone", tz));
  auto date = calendar->parse_date(json::view(v->get_string()));
  if (!date) return bad_field("as_of", "is not a date like \"2026-03-31\"");
  out["as_of"] = calendar->day_start(calendar->day_number(*date) + 1) - 1;
  return out;
}

Status parse_common_as_of(const json::object& query, const ParseInput& input, int days_back,
                          QueryCommon& out) {
  WEIR_TRY(json::object with_range, with_end_of_as_of(query, input));
  with_range["range"] = json::object{{"last", 1}, {"unit", "day"}};
  WEIR_CHECK_OK(parse_common(with_range, input, out));
  WEIR_CHECK_OK(read_instant(query, "known_at", input, out.known_at));
  if (!absent(json::find(query, "as_of"))) return {};
  WEIR_TRY(Calendar calendar, Calendar::open(out.tz));
  out.as_of = calendar.day_start(calendar.day_number(input.now) + 1 - days_back) - 1;
  return {};
}

Result<std::vector<double>> parse_ascending(const json::value& v, const std::string& where,
                                            size_t most) {
  if (!v.is_array() || v.get_array().empty() || v.get_array().size() > most) {
    return bad_field(where, fmt::format("must be a list of 1 to {} numbers", most));
  }
  std::vector<double> out;
  for (const json::value& number : v.get_array()) {
    if (!number.is_number()) return bad_field(where, "must be a list of numbers");
    out.push_back(number.to_number<double>());
  }
  if (!std::is_sorted(out.begin(), out.end(), std::less_equal<>()))
    return bad_field(where, "must ascend");
  return out;
}

}  // namespace weir::analytics
