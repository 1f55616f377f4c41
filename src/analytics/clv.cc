#include "analytics/clv.h"

#include "analytics/clv_scores.h"
#include "analytics/drill.h"
#include "analytics/parse_orders.h"
#include "analytics/render_fields.h"
#include "model/query_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace weir::analytics {
namespace {

constexpr int kRepeatBars = 7;  // numbers of repeats shown apart; the last is "and more"

struct ClvQuestion {
  PurchasesQuery query;
  ClvOptions options;
  double holdout = 0.25;  // share of the time
  int groups = 5;
  int64_t people = 20;
};

Status read_number(const json::object& o, std::string_view key, double low, double high,
                   double& out) {
  const json::value* v = json::find(o, key);
  if (absent(v)) return {};
  if (v->is_number()) {
    double number = v->to_number<double>();
    if (number >= low && number <= high) {
      out = number;
      return {};
    }
  }
  return bad_field(std::string(key), fmt::format("must be a number from {} to {}", low, high));
}

Status read_whole(const json::object& o, std::string_view key, int64_t low, int64_t high,
                  int64_t& out) {
  const json::value* v = json::find(o, key);
  if (absent(v)) return {};
  if (v->is_int64() && v->get_int64() >= low && v->get_int64() <= high) {
    out = v->get_int64();
    return {};
  }
  return bad_field(std::string(key), fmt::format("must be a whole number, {} to {}", low, high));
}

Result<ClvQuestion> parse_clv(const json::object& object, const ParseInput& input) {
  WEIR_CHECK_OK(check_fields(
      object, "",
      {"kind", "filter", "segment", "as_of", "tz", "exact", "sample", "order", "revenue", "unit",
       "horizon", "discount", "margin", "holdout", "groups", "people"}));
  ClvQuestion out;
  QueryCommon& common = out.query.common;
  WEIR_CHECK_OK(parse_common_as_of(object, input, 0, common));
  WEIR_TRY(out.query.orders, parse_orders(object, "order"));
  WEIR_TRY(size_t unit, read_choice(object, "unit", "", {"day", "week", "calendar_week"}, 0));
  out.query.weeks = unit == 2;
  out.options.period_days = out.query.weeks ? 7 : 1;
  out.options.unit_days = unit == 0 ? 1 : 7;
  int64_t months = out.options.months, groups = out.groups;
  WEIR_CHECK_OK(read_whole(object, "horizon", 1, 60, months));
  WEIR_CHECK_OK(read_whole(object, "groups", 2, 10, groups));
  WEIR_CHECK_OK(read_whole(object, "people", 0, 1000, out.people));
  out.options.months = static_cast<int>(months);
  out.groups = static_cast<int>(groups);
  WEIR_CHECK_OK(read_number(object, "discount", 0, 1, out.options.discount));
  WEIR_CHECK_OK(read_number(object, "margin", 0.0001, 1, out.options.margin));
  WEIR_CHECK_OK(read_number(object, "holdout", 0, 0.9, out.holdout));
  return out;
}

/// Everything that is known once the orders were read: behind answers and drills alike.
struct Scored {
  PurchasesAnswer purchases;
  std::vector<ClvBuyer> buyers;  // as purchases.buyers
  ClvModels models;
  std::vector<ClvScore> scores;  // as buyers
  std::vector<int> groups;       // as buyers
};

Result<Scored> score_everybody(const ClvQuestion& question, const Ask& ask) {
  Scored out;
  WEIR_TRY(out.purchases, ask.port.purchases(question.query, ask.control));
  for (const auto& buyer : out.purchases.buyers)
    out.buyers.push_back(buyer_at_end(buyer, out.purchases.end, question.options));
  WEIR_TRY(out.models, fit_models(out.buyers, ask.control.cancelled));
  WEIR_TRY(out.scores, score(out.buyers, out.models, question.options, ask.control.cancelled));
  out.groups = value_groups(out.scores, question.groups);
  return out;
}

json::object render_models(const ClvModels& m) {
  const BgNbd& often = m.purchases.model;
  const GammaGamma& worth = m.value.model;
  return {{"purchases", json::object{{"model", "bg_nbd"},
                                     {"r", often.r},
                                     {"alpha", often.alpha},
                                     {"a", often.a},
                                     {"b", often.b},
                                     {"log_likelihood", m.purchases.log_likelihood}}},
          {"value", json::object{{"model", "gamma_gamma"},
                                 {"p", worth.p},
                                 {"q", worth.q},
                                 {"v", worth.v},
                                 {"mean", worth.expected(0, 0)},
                                 {"log_likelihood", m.value.log_likelihood},
                                 {"correlation", number(m.correlation)}}},
          {"fitted_to", m.fitted_to}};
}

/// How many buyers have so many repeats, and how many the model says.
json::array render_repeats(const Scored& s) {
  std::array<double, kRepeatBars + 1> actual{}, expected{};
  std::map<double, double> ages;
  for (const ClvBuyer& b : s.buyers) {
    ++actual[static_cast<size_t>(std::min<double>(b.history.repeats, kRepeatBars))];
    ++ages[b.history.age];
  }
  for (const auto& [age, buyers] : ages) {
    double fewer = 0;
    for (int n = 0; n < kRepeatBars; ++n) {
      double share = s.models.purchases.model.probability(n, age);
      expected[static_cast<size_t>(n)] += buyers * share;
      fewer += share;
    }
    expected[kRepeatBars] += buyers * std::max(0.0, 1 - fewer);
  }
  json::array out;
  for (int n = 0; n <= kRepeatBars; ++n) {
    auto at = static_cast<size_t>(n);
    out.push_back(json::object{{"repeats", n},
                               {"and_more", n == kRepeatBars},
                               {"persons", static_cast<uint64_t>(actual[at])},
                               {"expected", expected[at]}});
  }
  return out;
}

/// Sums over buyers of what was foreseen and of what came.
struct Foreseen {
  uint64_t persons = 0;
  double expected = 0, actual = 0, off = 0, expected_value = 0, actual_value = 0;

  json::object render() const {
    auto share = [](double a, double b) { return b == 0 ? json::value(nullptr) : a / b; };
    json::object out{{"persons", persons}, {"expected", expected}, {"actual", actual}};
    out["error"] = actual == 0 ? json::value(nullptr) : json::value(expected / actual - 1);
    out["mean_absolute_error"] = share(off, static_cast<double>(persons));
    out["expected_value"] = expected_value;
    out["actual_value"] = actual_value;
    return out;
  }
};

/// CL5: models of what was known at the cut, against what came after it. Null with a reason in
/// `warnings` when that was too little.
Result<json::value> render_holdout(const ClvQuestion& question, const Scored& whole, const Ask& ask,
                                   const Calendar& calendar, json::array& warnings) {
  if (question.holdout == 0 || whole.purchases.buyers.empty()) return json::value(nullptr);
  int32_t end = whole.purchases.end, begin = end;
  for (const auto& buyer : whole.purchases.buyers) begin = std::min(begin, buyer.first);
  int32_t cut = end - static_cast<int32_t>(std::lround((end - begin) * question.holdout));
  PurchasesQuery query = question.query;
  query.cut = cut;
  WEIR_TRY(PurchasesAnswer answer, ask.port.purchases(query, ask.control));
  std::vector<ClvBuyer> known;
  std::vector<const PurchasesAnswer::Buyer*> came;
  for (const auto& buyer : answer.buyers) {
    auto at_cut = buyer_at_cut(buyer, cut, question.options);
    if (!at_cut) continue;
    known.push_back(*at_cut);
    came.push_back(&buyer);
  }
  auto models = fit_models(known, ask.control.cancelled);
  if (!models) {
    if (models.error().code != ErrorCode::FailedPrecondition)
      return std::unexpected(models.error());
    warnings.emplace_back("no hold-out: without the last part of the time, " +
                          models.error().message);
    return json::value(nullptr);
  }
  double span = question.options.in_units(end - cut);
  std::array<Foreseen, kRepeatBars + 1> by_repeats;
  Foreseen total;
  for (size_t i = 0; i < known.size(); ++i) {
    double expected = models->purchases.model.expected(known[i].history, span);
    double value = models->value.model.expected(known[i].history.repeats, known[i].mean);
    double actual = came[i]->repeats - came[i]->cut_repeats;
    auto bar = static_cast<size_t>(std::min<double>(known[i].history.repeats, kRepeatBars));
    for (Foreseen* sum : {&total, &by_repeats[bar]}) {
      ++sum->persons;
      sum->expected += expected;
      sum->actual += actual;
      sum->off += std::abs(expected - actual);
      sum->expected_value += expected * value;
      sum->actual_value += came[i]->repeat_value - came[i]->cut_repeat_value;
    }
  }
  json::object out = total.render();
  int32_t day = calendar.day_number(question.query.common.as_of);
  auto days = static_cast<int32_t>((end - cut) * question.options.period_days);
  out["from"] = calendar.date_text(calendar.day_start(day - days + 1));
  out["to"] = calendar.date_text(calendar.day_start(day));
  json::array bars;
  for (int n = 0; n <= kRepeatBars; ++n) {
    json::object one = by_repeats[static_cast<size_t>(n)].render();
    one["repeats"] = n;
    one["and_more"] = n == kRepeatBars;
    bars.push_back(std::move(one));
  }
  out["by_repeats"] = std::move(bars);
  return json::value(std::move(out));
}

struct GroupSum {
  uint64_t persons = 0;
  double alive = 0, purchases = 0, clv = 0, historic = 0;
  double low = INFINITY, high = 0;

  void add(const ClvScore& s, double past) {
    ++persons;
    alive += s.alive;
    purchases += s.purchases;
    clv += s.clv;
    historic += past;
    low = std::min(low, s.clv);
    high = std::max(high, s.clv);
  }
  json::object render() const {
    auto all = static_cast<double>(persons);
    auto each = [&](double sum) { return persons == 0 ? json::value(nullptr) : sum / all; };
    return {{"persons", persons},
            {"alive", each(alive)},
            {"expected_purchases", purchases},
            {"clv", clv},
            {"clv_per_person", each(clv)},
            {"clv_min", persons == 0 ? json::value(nullptr) : json::value(low)},
            {"clv_max", persons == 0 ? json::value(nullptr) : json::value(high)},
            {"historic", historic}};
  }
};

void add_groups(const ClvQuestion& question, const Scored& s, json::object& out) {
  std::vector<GroupSum> sums(static_cast<size_t>(question.groups));
  GroupSum total;
  for (size_t i = 0; i < s.scores.size(); ++i) {
    double past = s.purchases.buyers[i].value * question.options.margin;
    sums[static_cast<size_t>(s.groups[i] - 1)].add(s.scores[i], past);
    total.add(s.scores[i], past);
  }
  json::array groups;
  for (size_t g = 0; g < sums.size(); ++g) {
    json::object one = sums[g].render();
    one["group"] = g + 1;
    groups.push_back(std::move(one));
  }
  out["total"] = total.render();
  out["groups"] = std::move(groups);
}

/// Those who will be worth most.
json::array render_people(const ClvQuestion& question, const Scored& s) {
  std::vector<size_t> order(s.scores.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  auto shown = std::min(order.size(), static_cast<size_t>(question.people));
  std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(shown), order.end(),
                    [&](size_t a, size_t b) {
                      double x = s.scores[a].clv, y = s.scores[b].clv;
                      return x != y ? x > y : a < b;
                    });
  json::array out;
  for (size_t n = 0; n < shown; ++n) {
    size_t i = order[n];
    const ClvBuyer& buyer = s.buyers[i];
    const ClvScore& score = s.scores[i];
    bool repeats = buyer.history.repeats > 0;
    out.push_back(
        json::object{{"profile_id", profile_id_text(s.purchases.buyers[i].profile)},
                     {"group", s.groups[i]},
                     {"repeats", s.purchases.buyers[i].repeats},
                     {"last", buyer.history.last},
                     {"age", buyer.history.age},
                     {"mean_value", repeats ? json::value(buyer.mean) : json::value(nullptr)},
                     {"alive", score.alive},
                     {"expected_purchases", score.purchases},
                     {"expected_value", score.value},
                     {"clv", score.clv},
                     {"historic", s.purchases.buyers[i].value * question.options.margin}});
  }
  return out;
}

void warn(const ClvModels& models, json::array& warnings) {
  constexpr double kIndependent = 0.3;  // CL3
  if (models.correlation && std::abs(*models.correlation) >= kIndependent) {
    warnings.emplace_back(
        fmt::format("how often people buy and for how much go together (correlation {:.2f}); the "
                    "model takes them as independent, so values are too low for some and too high "
                    "for others",
                    *models.correlation));
  }
}

}  // namespace

Result<Asked> ask_clv(const json::object& object, const Ask& ask) {
  WEIR_TRY(ClvQuestion question, parse_clv(object, {ask.now, ask.calendar}));
  const QueryCommon& common = question.query.common;
  WEIR_TRY(Calendar calendar, Calendar::open(common.tz));
  WEIR_TRY(Scored scored, score_everybody(question, ask));
  json::array warnings;
  warn(scored.models, warnings);
  WEIR_TRY(json::value holdout, render_holdout(question, scored, ask, calendar, warnings));
  const ClvOptions& options = question.options;
  double span = options.months * options.month();
  json::object out{
      {"kind", "clv"},
      {"tz", common.tz},
      {"unit_days", number(options.unit_days)},
      {"horizon_days", number(options.months * kClvMonthDays)},
      {"discount", number(options.discount)},
      {"margin", number(options.margin)},
      {"persons", scored.models.buyers},
      {"repeat_buyers", scored.models.repeaters},
      {"models", render_models(scored.models)},
      {"new_buyer",
       json::object{{"expected_purchases", scored.models.purchases.model.expected_of_new(span)},
                    {"expected_value", scored.models.value.model.expected(0, 0)}}},
      {"repeats", render_repeats(scored)},
      {"holdout", std::move(holdout)},
      {"people", render_people(question, scored)}};
  add_groups(question, scored, out);
  out["warnings"] = std::move(warnings);
  return Asked{std::move(out), common.as_of, scored.purchases.events_scanned};
}

Result<Drilled> drill_clv(const json::object& object, const json::object& of, const Ask& ask) {
  WEIR_TRY(ClvQuestion question, parse_clv(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, question.query.common));
  if (cell.step > question.groups || cell.bucket || !cell.breakdown.empty())
    return bad_field("of.step", fmt::format("must be a group, 1 to {}", question.groups));
  WEIR_TRY(Scored scored, score_everybody(question, ask));
  Drilled out;
  out.as_of = question.query.common.as_of;
  out.answer.events_scanned = scored.purchases.events_scanned;
  for (size_t i = 0; i < scored.groups.size(); ++i) {
    if (cell.step > 0 && scored.groups[i] != cell.step) continue;
    out.answer.people.push_back(scored.purchases.buyers[i].profile);
    out.answer.rows += scored.purchases.buyers[i].repeats + 1;
  }
  return out;
}

}  // namespace weir::analytics
