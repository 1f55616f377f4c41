#include "analytics/rfm.h"

#include "analytics/drill.h"
#include "analytics/parse_orders.h"
#include "analytics/render_fields.h"
#include "model/query_value.h"
#include "ports/answers_value.h"

#include <fmt/format.h>

#include <array>

namespace weir::analytics {
namespace {

constexpr std::array<std::string_view, 3> kAxes = {"r", "f", "m"};

/// "order_event": name is short for "order": {"event": name}.
Result<json::object> with_order(const json::object& query) {
  json::object out = query;
  const json::value* name = json::find(query, "order_event");
  if (absent(name)) return out;
  if (!absent(json::find(query, "order")))
    return bad_field("order_event", "is short for \"order\"; give one of them");
  out["order"] = json::object{{"event", *name}};
  out.erase("order_event");
  return out;
}

Status parse_score(const json::object& query, RfmQuery& out) {
  const json::value* v = json::find(query, "score");
  if (absent(v)) return {};
  WEIR_TRY(const json::object* o, json::as_object(*v, "score"));
  WEIR_CHECK_OK(check_fields(*o, "score", {"mode", "r", "f", "m"}));
  WEIR_TRY(size_t mode, read_choice(*o, "mode", "score",
                                    {"thresholds", "mean", "median", "quintile", "cuts"}, 0));
  out.mode = static_cast<RfmQuery::Mode>(mode);
  bool cuts = out.mode == RfmQuery::Mode::Cuts, one = out.mode == RfmQuery::Mode::Thresholds;
  for (size_t axis = 0; axis < 3; ++axis) {
    std::string where = fmt::format("score.{}", kAxes[axis]);
    const json::value* bound = json::find(*o, kAxes[axis]);
    if (absent(bound)) {
      if (cuts) return bad_field(where, "is missing: a list of ascending numbers");
      continue;
    }
    if (cuts) {
      WEIR_TRY(out.cuts[axis], parse_ascending(*bound, where, 8));
    } else if (one && bound->is_number()) {
      out.cuts[axis] = {bound->to_number<double>()};
    } else {
      return bad_field(where, one ? "must be a number" : "is not used by this mode");
    }
  }
  return {};
}

/// RF1: the look-back is whole local days that end with that of as_of.
Status parse_lookback(const json::object& query, RfmQuery& out) {
  DurationMs lookback = 365 * kDayMs;
  if (const json::value* v = json::find(query, "lookback"); !absent(v)) {
    WEIR_TRY(lookback, parse_length(*v, "lookback"));
  }
  if (lookback < kDayMs || lookback > 3660 * kDayMs || lookback % kDayMs != 0)
    return bad_field("lookback", "must be whole days, 1 to 3660");
  WEIR_TRY(Calendar calendar, Calendar::open(out.common.tz));
  int32_t today = calendar.day_number(out.common.as_of);
  out.common.range = {calendar.day_start(today + 1 - static_cast<int32_t>(lookback / kDayMs)),
                      calendar.day_start(today + 1)};
  return {};
}

Result<RfmQuery> parse_rfm(const json::object& object, const ParseInput& input) {
  WEIR_CHECK_OK(
      check_fields(object, "",
                   {"kind", "filter", "segment", "as_of", "known_at", "tz", "exact", "sample",
                    "lookback", "order_event", "order", "revenue", "recency", "score"}));
  WEIR_TRY(json::object query, with_order(object));
  RfmQuery out;
  WEIR_CHECK_OK(parse_common_as_of(query, input, 0, out.common));
  WEIR_CHECK_OK(parse_lookback(query, out));
  WEIR_TRY(out.orders, parse_orders(query, "order"));
  WEIR_TRY(size_t recency, read_choice(query, "recency", "", {"days", "elapsed"}, 0));
  out.elapsed = recency == 1;
  WEIR_CHECK_OK(parse_score(query, out));
  return out;
}

bool high_and_low(RfmQuery::Mode mode) {
  return mode != RfmQuery::Mode::Quintile && mode != RfmQuery::Mode::Cuts;
}

json::object render_amounts(const RfmAnswer::Cell& cell) {
  return {{"persons", cell.persons}, {"orders", cell.orders}, {"amount", number(cell.amount)}};
}

json::object render_cell(const RfmAnswer::Cell& cell) {
  json::object out{{"cell", fmt::format("{}", fmt::join(cell.scores, ""))},
                   {"r", cell.scores[0]},
                   {"f", cell.scores[1]},
                   {"m", cell.scores[2]}};
  for (auto& field : render_amounts(cell)) out[field.key()] = std::move(field.value());
  return out;
}

/// RF3: all eight, those without people too.
json::array render_cells(const RfmQuery& query, const RfmAnswer& answer) {
  json::array out;
  if (!high_and_low(query.mode)) {
    for (const auto& cell : answer.cells) out.push_back(render_cell(cell));
    return out;
  }
  size_t next = 0;
  for (int id = 7; id >= 0; --id) {
    RfmAnswer::Cell cell;
    cell.scores = {id >> 2 & 1, id >> 1 & 1, id & 1};
    if (next < answer.cells.size() && answer.cells[next].scores == cell.scores)
      cell = answer.cells[next++];
    out.push_back(render_cell(cell));
  }
  return out;
}

json::object render_axis(const RfmAnswer::Axis& axis, bool any) {
  auto value = [&](double v) { return any ? number(v) : json::value(nullptr); };
  return {{"min", value(axis.min)}, {"p20", value(axis.p20)}, {"p40", value(axis.p40)},
          {"p50", value(axis.p50)}, {"p60", value(axis.p60)}, {"p80", value(axis.p80)},
          {"max", value(axis.max)}, {"avg", value(axis.avg)}};
}

Result<StagesQuery> parse_stages(const json::object& object, const ParseInput& input) {
  WEIR_CHECK_OK(
      check_fields(object, "",
                   {"kind", "filter", "segment", "as_of", "known_at", "tz", "exact", "sample",
                    "order_event", "order", "revenue", "unit", "thresholds", "personal_cycle"}));
  WEIR_TRY(json::object query, with_order(object));
  StagesQuery out;
  // LC1: stages are those at the end of yesterday.
  WEIR_CHECK_OK(parse_common_as_of(query, input, 1, out.common));
  std::function<bool(const Filter&)> of_events = [&](const Filter& filter) {
    return filter.kind == Filter::Kind::Leaf
               ? filter.prop.starts_with("event.")
               : std::all_of(filter.children.begin(), filter.children.end(), of_events);
  };
  if (!of_events(out.common.filter))
    return bad_field("filter",
                     "can only ask for \"event.\" properties of orders; for properties "
                     "of people use a segment");
  WEIR_TRY(out.orders, parse_orders(query, "order"));
  WEIR_TRY(size_t unit, read_choice(query, "unit", "", {"order", "active_day"}, 0));
  out.per_day = unit == 1;
  if (out.per_day) {
    out.rule.days = {7, 30, 90};
    out.orders.refund = {};
  }
  WEIR_CHECK_OK(read_bool(query, "personal_cycle", out.rule.personal_cycle));
  const json::value* thresholds = json::find(query, "thresholds");
  if (absent(thresholds)) return out;
  WEIR_TRY(std::vector<double> days, parse_ascending(*thresholds, "thresholds", 3));
  if (days.size() != 3 || days[0] < 0)
    return bad_field("thresholds", "must be three ascending numbers of days, like [30,90,180]");
  std::copy(days.begin(), days.end(), out.rule.days.begin());
  return out;
}

json::object render_stages(const StagesQuery& query, const StagesAnswer& answer) {
  constexpr std::array<std::string_view, 5> kNames = {"new", "active", "silent", "dormant", "lost"};
  json::array stages{json::object{{"stage", "prospect"},
                                  {"persons", answer.prospects},
                                  {"orders", 0},
                                  {"amount", 0},
                                  {"revived", 0}}};
  uint64_t persons = answer.prospects, revived = 0;
  for (size_t s = 0; s < kNames.size(); ++s) {
    const StagesAnswer::Stage& stage = answer.stages[s];
    persons += stage.persons;
    revived += stage.revived;
    stages.push_back(json::object{{"stage", kNames[s]},
                                  {"persons", stage.persons},
                                  {"orders", stage.orders},
                                  {"amount", number(stage.amount)},
                                  {"revived", stage.revived}});
  }
  return {{"kind", "stages"},
          {"tz", query.common.tz},
          {"persons", persons},
          {"revived", revived},
          {"stages", std::move(stages)}};
}

}  // namespace

Result<Asked> ask_rfm(const json::object& object, const Ask& ask) {
  WEIR_TRY(RfmQuery query, parse_rfm(object, {ask.now, ask.calendar}));
  WEIR_TRY(RfmAnswer answer, ask.port.rfm(query, ask.control));
  WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
  bool any = answer.total.persons > 0;
  json::object axes;
  for (size_t axis = 0; axis < 3; ++axis) axes[kAxes[axis]] = render_axis(answer.axes[axis], any);
  json::object out{{"kind", "rfm"},
                   {"tz", query.common.tz},
                   {"from", calendar.date_text(query.common.range.from)},
                   {"to", calendar.date_text(query.common.range.to - 1)},
                   {"final", query.common.as_of + 72 * kHourMs <= ask.now},
                   {"total", render_amounts(answer.total)},
                   {"axes", std::move(axes)},
                   {"cells", render_cells(query, answer)}};
  return Asked{.out = std::move(out),
               .as_of = query.common.as_of,
               .events_scanned = answer.events_scanned,
               .known_at = query.common.known_at};
}

Result<Asked> ask_stages(const json::object& object, const Ask& ask) {
  WEIR_TRY(StagesQuery query, parse_stages(object, {ask.now, ask.calendar}));
  WEIR_TRY(StagesAnswer answer, ask.port.stages(query, ask.control));
  return Asked{.out = render_stages(query, answer),
               .as_of = query.common.as_of,
               .events_scanned = answer.events_scanned,
               .known_at = query.common.known_at};
}

Result<Drilled> drill_rfm(const json::object& object, const json::object& of, const Ask& ask) {
  WEIR_TRY(RfmQuery query, parse_rfm(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of, query.common.known_at};
}

Result<Drilled> drill_stages(const json::object& object, const json::object& of, const Ask& ask) {
  WEIR_TRY(StagesQuery query, parse_stages(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of, query.common.known_at};
}

}  // namespace weir::analytics
