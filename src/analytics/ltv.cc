#include "analytics/ltv.h"

#include "analytics/cost_table.h"
#include "analytics/drill.h"
#include "analytics/parse_orders.h"
#include "analytics/render_fields.h"
#include "model/query_value.h"
#include "ports/answers_value.h"

#include <fmt/format.h>

#include <array>

namespace weir::analytics {
namespace {

constexpr int64_t kPeriodsMax = 400;

/// What the answer makes of the numbers.
struct LtvView {
  bool incomplete = false;  // show periods that not every member has been through
  double margin = 1;
  CostTable cost;
};

Result<LtvQuery> parse_ltv(const json::object& object, const ParseInput& input, LtvView& view) {
  WEIR_CHECK_OK(check_fields(
      object, "",
      {"kind",  "range",   "interval", "week_start", "filter",      "segment", "breakdown",
       "as_of", "tz",      "exact",    "sample",     "acquisition", "order",   "revenue",
       "unit",  "periods", "clock",    "incomplete", "margin",      "cost"}));
  WEIR_TRY(json::object query, with_end_of_as_of(object, input));
  LtvQuery out;
  WEIR_CHECK_OK(parse_common(query, input, out.common));
  WEIR_CHECK_OK(parse_breakdown(query, false, out.common.breakdown));
  WEIR_TRY(out.acquisition, parse_event_set(query, "acquisition"));
  WEIR_TRY(out.orders, parse_orders(query, "order"));
  WEIR_TRY(size_t unit, read_choice(query, "unit", "", {"day", "week", "month"}, 0));
  constexpr std::array<int32_t, 3> kDays = {1, 7, 30};
  out.days = kDays[unit];
  WEIR_TRY(size_t clock, read_choice(query, "clock", "", {"calendar", "rolling"}, 0));
  out.rolling = clock == 1;
  int64_t periods = json::optional_int(query, "periods", 31);
  if (periods < 1 || periods > kPeriodsMax)
    return bad_field("periods", fmt::format("must be 1 to {}", kPeriodsMax));
  out.periods = static_cast<size_t>(periods);
  WEIR_CHECK_OK(read_bool(query, "incomplete", view.incomplete));
  if (const json::value* margin = json::find(query, "margin"); !absent(margin)) {
    if (!margin->is_number() || margin->to_number<double>() <= 0 || margin->to_number<double>() > 1)
      return bad_field("margin", "must be above 0, at most 1");
    view.margin = margin->to_number<double>();
  }
  WEIR_TRY(Calendar calendar, Calendar::open(out.common.tz));
  WEIR_TRY(view.cost, CostTable::parse(query, calendar));
  return out;
}

/// LT2: the first period by which margin covers the cost of a person; null when not yet.
json::value payback(const LtvAnswer::Cell& cell, double cac, double margin) {
  for (size_t n = 0; n < cell.amount.size() && cell.complete[n]; ++n) {
    if (cell.amount[n] / static_cast<double>(cell.persons) * margin >= cac) return n;
  }
  return nullptr;
}

struct CostDays {
  int32_t from, to;
  const std::string* source;  // null = all
};

json::object render_cell(const LtvAnswer::Cell& cell, const LtvView& view, CostDays days) {
  json::array ltv, amount, buyers, complete;
  auto persons = static_cast<double>(cell.persons);
  for (size_t n = 0; n < cell.amount.size(); ++n) {
    bool shown = cell.persons > 0 && (cell.complete[n] || view.incomplete);
    ltv.push_back(shown ? number(cell.amount[n] / persons) : json::value(nullptr));
    amount.push_back(shown ? number(cell.amount[n]) : json::value(nullptr));
    buyers.push_back(shown ? json::value(cell.buyers[n]) : json::value(nullptr));
    complete.emplace_back(static_cast<bool>(cell.complete[n]));
  }
  json::object out{{"persons", cell.persons},
                   {"ltv", std::move(ltv)},
                   {"amount", std::move(amount)},
                   {"buyers", std::move(buyers)},
                   {"complete", std::move(complete)}};
  if (view.cost.empty()) return out;
  double cost = view.cost.total(days.from, days.to, days.source);
  out["cost"] = number(cost);
  out["cac"] = cell.persons == 0 ? json::value(nullptr) : number(cost / persons);
  out["payback"] =
      cell.persons == 0 ? json::value(nullptr) : payback(cell, cost / persons, view.margin);
  return out;
}

class LtvRenderer {
 public:
  LtvRenderer(const LtvQuery& query, const LtvAnswer& answer, const LtvView& view,
              const Calendar& calendar)
      : answer_(answer), view_(view) {
    from_ = calendar.day_number(query.common.range.from);
    to_ = calendar.day_number(query.common.range.to - 1) + 1;
    for (TimeMs start : answer.buckets) bounds_.push_back(calendar.day_number(start));
    bounds_.push_back(calendar.day_number(answer.buckets_end));
  }

  json::object series(const LtvAnswer::Series& s) const {
    const std::string* source = s.breakdown.empty() ? nullptr : &s.breakdown[0];
    json::array cohorts;
    for (size_t b = 0; b < s.cohorts.size(); ++b) {
      CostDays days{std::max(from_, bounds_[b]), std::min(to_, bounds_[b + 1]), source};
      cohorts.push_back(render_cell(s.cohorts[b], view_, days));
    }
    return {{"breakdown", texts(s.breakdown)},
            {"total", render_cell(s.total, view_, {from_, to_, source})},
            {"cohorts", std::move(cohorts)}};
  }

 private:
  const LtvAnswer& answer_;
  const LtvView& view_;
  int32_t from_ = 0, to_ = 0;  // local days of the range
  std::vector<int32_t> bounds_;
};

Result<json::object> render_ltv(const LtvQuery& query, const LtvAnswer& answer,
                                const LtvView& view) {
  WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
  LtvRenderer renderer(query, answer, view, calendar);
  json::array series;
  for (const auto& s : answer.series) series.push_back(renderer.series(s));
  json::object all = renderer.series(answer.total);
  return json::object{{"kind", "ltv"},
                      {"tz", query.common.tz},
                      {"period_days", query.days},
                      {"buckets", bucket_texts(answer.buckets, query.common.interval, calendar)},
                      {"final", flags(answer.final_flags)},
                      {"total", std::move(all["total"])},
                      {"cohorts", std::move(all["cohorts"])},
                      {"series", std::move(series)}};
}

Result<RepurchaseQuery> parse_repurchase(const json::object& object, const ParseInput& input) {
  WEIR_CHECK_OK(
      check_fields(object, "",
                   {"kind", "range", "interval", "week_start", "filter", "segment", "as_of", "tz",
                    "exact", "sample", "order", "revenue", "variant", "within", "merge_same_day"}));
  WEIR_TRY(json::object query, with_end_of_as_of(object, input));
  RepurchaseQuery out;
  WEIR_CHECK_OK(parse_common(query, input, out.common));
  WEIR_TRY(out.orders, parse_orders(query, "order"));
  WEIR_CHECK_OK(read_bool(query, "merge_same_day", out.merge_same_day));
  WEIR_TRY(size_t variant, read_choice(query, "variant", "", {"range", "cohort"}, 0));
  const json::value* within = json::find(query, "within");
  if (variant == 0) {
    if (!absent(within)) return bad_field("within", "is for \"variant\":\"cohort\"");
    return out;
  }
  out.within_days = {30, 60, 90, 180};
  if (absent(within)) return out;
  WEIR_TRY(std::vector<double> days, parse_ascending(*within, "within", 20));
  out.within_days.clear();
  for (double d : days) {
    if (d < 1 || d > 3660 || d != static_cast<double>(static_cast<int64_t>(d)))
      return bad_field("within", "must be whole days, 1 to 3660");
    out.within_days.push_back(static_cast<int64_t>(d));
  }
  return out;
}

json::object render_cell(const RepurchaseQuery& query, const RepurchaseAnswer::Cell& cell) {
  json::object out{{"buyers", cell.buyers}};
  if (query.within_days.empty()) {
    out["repeat_buyers"] = cell.again[0];
    out["rate"] = ratio(cell.again[0], cell.buyers);
    return out;
  }
  json::array within;
  for (size_t n = 0; n < query.within_days.size(); ++n) {
    bool complete = cell.complete[n] && cell.of[n] > 0;
    within.push_back(
        json::object{{"days", query.within_days[n]},
                     {"complete", static_cast<bool>(cell.complete[n])},
                     {"of", cell.of[n]},
                     {"repeat_buyers", cell.again[n]},
                     {"rate", complete ? ratio(cell.again[n], cell.of[n]) : json::value(nullptr)}});
  }
  out["within"] = std::move(within);
  return out;
}

}  // namespace

Result<Asked> ask_ltv(const json::object& object, const Ask& ask) {
  LtvView view;
  WEIR_TRY(LtvQuery query, parse_ltv(object, {ask.now, ask.calendar}, view));
  WEIR_TRY(LtvAnswer answer, ask.port.ltv(query, ask.control));
  WEIR_TRY(json::object out, render_ltv(query, answer, view));
  return Asked{std::move(out), query.common.as_of, answer.events_scanned};
}

Result<Asked> ask_repurchase(const json::object& object, const Ask& ask) {
  WEIR_TRY(RepurchaseQuery query, parse_repurchase(object, {ask.now, ask.calendar}));
  WEIR_TRY(RepurchaseAnswer answer, ask.port.repurchase(query, ask.control));
  WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
  json::array values;
  for (const auto& cell : answer.values) values.push_back(render_cell(query, cell));
  json::object out{{"kind", "repurchase"},
                   {"tz", query.common.tz},
                   {"variant", query.within_days.empty() ? "range" : "cohort"},
                   {"buckets", bucket_texts(answer.buckets, query.common.interval, calendar)},
                   {"final", flags(answer.final_flags)},
                   {"total", render_cell(query, answer.total)},
                   {"values", std::move(values)}};
  return Asked{std::move(out), query.common.as_of, answer.events_scanned};
}

Result<Drilled> drill_repurchase(const json::object& object, const json::object& of,
                                 const Ask& ask) {
  WEIR_TRY(RepurchaseQuery query, parse_repurchase(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of};
}

Result<Drilled> drill_ltv(const json::object& object, const json::object& of, const Ask& ask) {
  LtvView view;
  WEIR_TRY(LtvQuery query, parse_ltv(object, {ask.now, ask.calendar}, view));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of};
}

}  // namespace weir::analytics
