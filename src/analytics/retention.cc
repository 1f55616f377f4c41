#include "analytics/retention.h"

#include "analytics/drill.h"
#include "analytics/parse_fields.h"
#include "analytics/render_fields.h"

#include <fmt/format.h>

namespace weir::analytics {
namespace {

Status parse_brackets(const json::object& query, RetentionQuery& out) {
  const json::value* v = json::find(query, "brackets");
  bool wanted = out.type == RetentionQuery::Type::Bracket;
  if (absent(v)) {
    return wanted ? Status(bad_field("brackets", "is missing: type bracket needs it")) : Status();
  }
  if (!wanted) return bad_field("brackets", "needs \"type\":\"bracket\"");
  if (!v->is_array() || v->get_array().empty() || v->get_array().size() > kRetentionBracketsMax)
    return bad_field("brackets", "must be a list of 1 to 50 pairs like [1,3]");
  out.periods = 1;
  for (const json::value& pair : v->get_array()) {
    bool good = pair.is_array() && pair.get_array().size() == 2 && pair.get_array()[0].is_int64() &&
                pair.get_array()[1].is_int64();
    int64_t first = good ? pair.get_array()[0].get_int64() : -1;
    int64_t last = good ? pair.get_array()[1].get_int64() : -1;
    if (first < 0 || last < first || last > static_cast<int64_t>(kRetentionPeriodsMax))
      return bad_field("brackets", "must be pairs of periods, first and last, like [1,3]");
    out.brackets.emplace_back(first, last);
    out.periods = std::max(out.periods, static_cast<size_t>(last));
  }
  return {};
}

Status parse_rules(const json::object& query, RetentionQuery& out) {
  using Type = RetentionQuery::Type;
  WEIR_TRY(size_t unit, read_choice(query, "unit", "", {"hour", "day", "week", "month"}, 1));
  out.common.interval = static_cast<Interval>(unit);
  WEIR_TRY(size_t clock, read_choice(query, "clock", "", {"calendar", "rolling"}, 0));
  out.clock = static_cast<RetentionQuery::Clock>(clock);
  WEIR_TRY(size_t type,
           read_choice(query, "type", "", {"on", "on_or_after", "on_or_before", "bracket"}, 0));
  out.type = static_cast<Type>(type);
  WEIR_TRY(size_t cohort, read_choice(query, "cohort", "", {"recurring", "first_time"}, 0));
  out.first_time = cohort == 1;
  WEIR_TRY(size_t mean, read_choice(query, "mean", "", {"weighted", "simple"}, 0));
  out.simple_mean = mean == 1;
  WEIR_TRY(size_t reference, read_choice(query, "reference", "", {"start", "previous"}, 0));
  out.reference_previous = reference == 1;
  WEIR_CHECK_OK(read_bool(query, "include_period_0", out.include_period_0));
  if (out.include_period_0 && out.type != Type::OnOrBefore)
    return bad_field("include_period_0", "needs \"type\":\"on_or_before\"");
  WEIR_CHECK_OK(read_bool(query, "same_value", out.same_value));
  if (out.same_value && out.common.breakdown.empty())
    return bad_field("same_value", "needs a breakdown");
  int64_t periods = json::optional_int(query, "periods", 7);
  if (periods < 1 || periods > static_cast<int64_t>(kRetentionPeriodsMax))
    return bad_field("periods", "must be 1 to 400");
  out.periods = static_cast<size_t>(periods);
  return parse_brackets(query, out);
}

json::array columns(const RetentionQuery& query) {
  using Type = RetentionQuery::Type;
  json::array out{json::object{{"from", 0}, {"to", 0}}};
  if (query.type == Type::Bracket) {
    for (auto [first, last] : query.brackets)
      out.push_back(json::object{{"from", first}, {"to", last}});
    return out;
  }
  for (size_t n = 1; n <= query.periods; ++n) {
    json::value from = query.type == Type::OnOrBefore ? (query.include_period_0 ? 0 : 1) : n;
    json::value to = query.type == Type::OnOrAfter ? json::value(nullptr) : json::value(n);
    out.push_back(json::object{{"from", from}, {"to", to}});
  }
  return out;
}

/// Counts of a cohort by column, 0 = its size.
uint64_t count_at(const RetentionCohort& cohort, size_t column) {
  return column == 0 ? cohort.size : cohort.retained[column - 1];
}

uint64_t reference_of(const RetentionQuery& query, const RetentionCohort& cohort, size_t column) {
  return query.reference_previous && column > 0 ? count_at(cohort, column - 1) : cohort.size;
}

std::optional<double> share(uint64_t a, uint64_t b) {
  if (b == 0) return std::nullopt;
  return static_cast<double>(a) / static_cast<double>(b);
}

/// RT6, over cohorts whose column has ended.
std::optional<double> mean_at(const RetentionQuery& query, const RetentionLine& line,
                              size_t column) {
  uint64_t retained = 0, of = 0, cohorts = 0;
  double rates = 0;
  for (const RetentionCohort& cohort : line.cohorts) {
    if (!cohort.ended[column]) continue;
    uint64_t count = count_at(cohort, column), reference = reference_of(query, cohort, column);
    retained += count;
    of += reference;
    if (auto rate = share(count, reference)) {
      rates += *rate;
      ++cohorts;
    }
  }
  if (!query.simple_mean) return share(retained, of);
  return cohorts == 0 ? std::nullopt : std::optional(rates / static_cast<double>(cohorts));
}

json::value complement(const std::optional<double>& rate) {
  return number(rate ? std::optional(1 - *rate) : std::nullopt);
}

json::object render_cohort(const RetentionQuery& query, const RetentionCohort& cohort) {
  bool after = query.type == RetentionQuery::Type::OnOrAfter;
  json::array cells;
  for (size_t column = 0; column <= cohort.retained.size(); ++column) {
    uint64_t count = count_at(cohort, column);
    std::optional<double> rate = share(count, reference_of(query, cohort, column));
    // RT5: "on or after" can grow for ever.
    bool partial = !cohort.ended[column] || (after && column > 0);
    json::object cell{{"count", count}, {"rate", number(rate)}, {"partial", partial}};
    if (after && column > 0) cell["churn"] = complement(share(count, cohort.size));
    cells.push_back(std::move(cell));
  }
  return {{"size", cohort.size}, {"n0_return", cohort.n0_return}, {"cells", std::move(cells)}};
}

json::object render_line(const RetentionQuery& query, const RetentionAnswer& answer,
                         const RetentionLine& line, const Calendar& calendar) {
  json::array cohorts, mean;
  uint64_t entries = 0;
  for (size_t c = 0; c < line.cohorts.size(); ++c) {
    json::object cohort{{"bucket", bucket_text(answer.buckets[c], query.common.interval, calendar)},
                        {"final", static_cast<bool>(answer.final_flags[c])}};
    for (auto& field : render_cohort(query, line.cohorts[c]))
      cohort[field.key()] = std::move(field.value());
    cohorts.push_back(std::move(cohort));
    entries += line.cohorts[c].size;
  }
  size_t column_count = line.cohorts.empty() ? 0 : line.cohorts[0].ended.size();
  for (size_t column = 0; column < column_count; ++column)
    mean.push_back(number(mean_at(query, line, column)));
  return {{"cohorts", std::move(cohorts)}, {"mean", std::move(mean)}, {"entries", entries}};
}

}  // namespace

Result<RetentionQuery> parse_retention(const json::object& query, const ParseInput& input) {
  WEIR_CHECK_OK(check_fields(
      query, "", {"kind",      "range",    "week_start", "filter",          "segment", "as_of",
                  "tz",        "exact",    "sample",     "breakdown",       "unit",    "periods",
                  "clock",     "type",     "cohort",     "start",           "return",  "mean",
                  "reference", "brackets", "same_value", "include_period_0"}));
  RetentionQuery out;
  WEIR_CHECK_OK(parse_common(query, input, out.common));
  WEIR_CHECK_OK(parse_breakdown(query, false, out.common.breakdown));
  WEIR_TRY(out.start, parse_event_set(query, "start"));
  WEIR_TRY(out.again, parse_event_set(query, "return"));
  WEIR_CHECK_OK(parse_rules(query, out));
  return out;
}

Result<json::object> render_retention(const RetentionQuery& query, const RetentionAnswer& answer) {
  WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
  json::object out{{"kind", "retention"}, {"columns", columns(query)}};
  add_lines(out, answer.lines, !query.common.breakdown.empty(),
            [&](const RetentionLine& line) { return render_line(query, answer, line, calendar); });
  return out;
}

Result<Asked> ask_retention(const json::object& object, const Ask& ask) {
  WEIR_TRY(RetentionQuery query, parse_retention(object, {ask.now, ask.calendar}));
  WEIR_TRY(RetentionAnswer answer, ask.port.retention(query, ask.control));
  WEIR_TRY(json::object out, render_retention(query, answer));
  return Asked{std::move(out), query.common.as_of, answer.events_scanned};
}

Result<Drilled> drill_retention(const json::object& object, const json::object& of,
                                const Ask& ask) {
  WEIR_TRY(RetentionQuery query, parse_retention(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of};
}

}  // namespace weir::analytics
