#include "analytics/full_chain.h"

#include "analytics/cost_table.h"
#include "analytics/drill.h"
#include "analytics/parse_orders.h"
#include "analytics/render_fields.h"
#include "model/facts.h"
#include "model/query_chain.h"
#include "ports/answers_chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weir::analytics {
namespace {

constexpr std::string_view kOther = "$other";

struct ChainQuestion {
  FullChainQuery query;
  CostTable cost;
  double margin = 1;
};

Status parse_entries(const json::object& query, FullChainQuery& out) {
  const json::value* v = json::find(query, "entries");
  if (absent(v)) {
    out.entries = {{"followed", {{std::string(facts::kMpFollow)}, {}}},
                   {"added", {{std::string(facts::kWecomFriendAdded)}, {}}}};
    return {};
  }
  WEIR_TRY(const json::array* list, json::required_array(query, "entries"));
  if (list->empty() || list->size() > kChainEntriesMax)
    return bad_field("entries", "must be a list of 1 to 8 kinds of entries");
  constexpr std::array<std::string_view, 5> kTaken = {"entries", "engaged", "buyers", "new_buyers",
                                                      "repurchasers"};
  for (size_t i = 0; i < list->size(); ++i) {
    std::string where = fmt::format("entries[{}]", i);
    WEIR_TRY(const json::object* o, json::as_object((*list)[i], where));
    WEIR_CHECK_OK(check_fields(*o, where, {"name", "event", "events", "filter"}));
    FullChainQuery::Entry entry;
    WEIR_TRY(entry.name, json::required_string(*o, "name", where));
    bool taken = std::find(kTaken.begin(), kTaken.end(), entry.name) != kTaken.end();
    for (const auto& other : out.entries) taken = taken || other.name == entry.name;
    if (taken || entry.name.empty()) {
      return bad_field(
          where + ".name",
          fmt::format("is \"{}\", which is empty or names another number of the answer",
                      entry.name));
    }
    WEIR_TRY(entry.events.events, parse_events(*o, where));
    WEIR_TRY(entry.events.filter, parse_filter(json::find(*o, "filter"), where + ".filter"));
    out.entries.push_back(std::move(entry));
  }
  return {};
}

Status parse_touches(const json::object& query, FullChainQuery& out) {
  WEIR_TRY(const json::object* o, json::required_object(query, "touches"));
  WEIR_CHECK_OK(check_fields(*o, "touches", {"types", "filter", "dimension", "direct"}));
  WEIR_CHECK_OK(read_names(*o, "types", "touches", out.touches.events));
  if (out.touches.events.empty())
    return bad_field("touches.types", "must name the events that say where people come from");
  WEIR_TRY(out.touches.filter, parse_filter(json::find(*o, "filter"), "touches.filter"));
  out.dimension = json::optional_string(*o, "dimension", "channel");
  if (!out.dimension.starts_with("event.")) out.dimension = "event." + out.dimension;
  if (absent(json::find(*o, "direct"))) return {};
  out.direct.clear();
  return read_names(*o, "direct", "touches", out.direct);
}

Status parse_window(const json::object& query, std::string_view key, DurationMs& out) {
  const json::value* v = json::find(query, key);
  if (absent(v)) return {};
  WEIR_TRY(out, parse_length(*v, std::string(key)));
  if (out < kSecondMs || out > 366 * kDayMs)
    return bad_field(std::string(key), "must be 1 second to 366 days");
  return {};
}

Result<ChainQuestion> parse_chain(const json::object& object, const ParseInput& input) {
  WEIR_CHECK_OK(check_fields(object, "",
                             {"kind",
                              "range",
                              "interval",
                              "week_start",
                              "filter",
                              "segment",
                              "as_of",
                              "tz",
                              "exact",
                              "sample",
                              "entries",
                              "touches",
                              "source_window",
                              "engaged",
                              "engaged_within",
                              "order",
                              "revenue",
                              "within",
                              "repurchase_within",
                              "cost",
                              "margin"}));
  WEIR_TRY(json::object query, with_end_of_as_of(object, input));
  ChainQuestion out;
  FullChainQuery& chain = out.query;
  WEIR_CHECK_OK(parse_common(query, input, chain.common));
  WEIR_CHECK_OK(parse_entries(query, chain));
  WEIR_CHECK_OK(parse_touches(query, chain));
  WEIR_CHECK_OK(parse_window(query, "source_window", chain.source_window_ms));
  chain.active.events = {std::string(kAnyActive)};
  if (!absent(json::find(query, "engaged"))) {
    WEIR_TRY(chain.active, parse_event_set(query, "engaged"));
  }
  WEIR_CHECK_OK(parse_window(query, "engaged_within", chain.engaged_ms));
  WEIR_TRY(chain.orders, parse_orders(query, "order"));
  WEIR_CHECK_OK(parse_window(query, "within", chain.order_ms));
  WEIR_CHECK_OK(parse_window(query, "repurchase_within", chain.repurchase_ms));
  if (const json::value* margin = json::find(query, "margin"); !absent(margin)) {
    if (!margin->is_number() || margin->to_number<double>() <= 0 || margin->to_number<double>() > 1)
      return bad_field("margin", "must be above 0, at most 1");
    out.margin = margin->to_number<double>();
  }
  WEIR_TRY(Calendar calendar, Calendar::open(chain.common.tz));
  WEIR_TRY(out.cost, CostTable::parse(query, calendar));
  return out;
}

class ChainRenderer {
 public:
  ChainRenderer(const ChainQuestion& question, const FullChainAnswer& answer,
                const Calendar& calendar)
      : question_(question), answer_(answer) {
    const QueryCommon& common = question.query.common;
    from_ = calendar.day_number(common.range.from);
    to_ = calendar.day_number(common.range.to - 1) + 1;
    for (TimeMs start : answer.buckets) bounds_.push_back(calendar.day_number(start));
    bounds_.push_back(calendar.day_number(answer.buckets_end));
    for (const auto& series : answer.sources) shown_.push_back(series.source);
  }

  json::object series(const FullChainAnswer::Series& s) const {
    auto wanted = [&](const std::string& source) {
      if (s.source.empty()) return true;
      if (s.source == kOther) return !is_shown(source);
      return source == s.source;
    };
    json::array values;
    for (size_t b = 0; b < s.values.size(); ++b) {
      auto spent =
          question_.cost.spent(std::max(from_, bounds_[b]), std::min(to_, bounds_[b + 1]), wanted);
      values.push_back(cell(s.values[b], spent, had_time(bucket_end(b))));
    }
    Complete all = had_time(question_.query.common.range.to);
    json::object out{{"total", cell(s.total, question_.cost.spent(from_, to_, wanted), all)},
                     {"values", std::move(values)}};
    if (!s.source.empty()) out["source"] = s.source;
    return out;
  }

  /// Money was spent on it, but nobody came from it.
  std::vector<FullChainAnswer::Series> without_people() const {
    std::vector<FullChainAnswer::Series> out;
    bool other = is_shown(std::string(kOther));
    for (const std::string& source : question_.cost.sources()) {
      auto is_it = [&](const std::string& one) { return one == source; };
      CostTable::Spent spent = question_.cost.spent(from_, to_, is_it);
      bool any = spent.fen > 0 || spent.impressions > 0 || spent.clicks > 0;
      if (!any || other || is_shown(source)) continue;
      FullChainAnswer::Series& empty = out.emplace_back();
      empty.source = source;
      empty.total.kinds.resize(question_.query.entries.size());
      empty.values.assign(answer_.buckets.size(), empty.total);
    }
    return out;
  }

 private:
  struct Complete {
    bool engaged, orders, repurchase;
  };

  bool is_shown(const std::string& source) const {
    return std::find(shown_.begin(), shown_.end(), source) != shown_.end();
  }
  TimeMs bucket_end(size_t b) const {
    TimeMs end = b + 1 < answer_.buckets.size() ? answer_.buckets[b + 1] : answer_.buckets_end;
    return std::min(end, question_.query.common.range.to);
  }
  /// Everybody who may have entered before `end` has been through the windows.
  Complete had_time(TimeMs end) const {
    const FullChainQuery& q = question_.query;
    TimeMs since = q.common.as_of + 1 - end;
    return {since >= q.engaged_ms, since >= q.order_ms, since >= q.repurchase_ms};
  }

  json::object cell(const FullChainAnswer::Cell& c, const CostTable::Spent& spent,
                    Complete through) const {
    json::object kinds;
    for (size_t k = 0; k < c.kinds.size(); ++k) kinds[question_.query.entries[k].name] = c.kinds[k];
    json::object out{{"entries", c.entries},
                     {"kinds", std::move(kinds)},
                     {"engaged", c.engaged},
                     {"buyers", c.buyers},
                     {"new_buyers", c.new_buyers},
                     {"orders", c.orders},
                     {"net", number(c.net)},
                     {"repurchasers", c.repurchasers},
                     {"engaged_complete", through.engaged},
                     {"orders_complete", through.orders},
                     {"repurchase_complete", through.repurchase}};
    if (question_.cost.empty()) return out;
    auto share = [](double a, double b) { return b == 0 ? json::value(nullptr) : number(a / b); };
    out["impressions"] = number(spent.impressions);
    out["clicks"] = number(spent.clicks);
    out["cost"] = number(spent.fen);
    out["cpa"] = share(spent.fen, static_cast<double>(c.entries));
    out["cac"] = share(spent.fen, static_cast<double>(c.new_buyers));
    out["roas"] = share(c.net, spent.fen);
    out["roi"] = share(c.net * question_.margin - spent.fen, spent.fen);
    return out;
  }

  const ChainQuestion& question_;
  const FullChainAnswer& answer_;
  int32_t from_ = 0, to_ = 0;  // local days of the range
  std::vector<int32_t> bounds_;
  std::vector<std::string> shown_;
};

}  // namespace

Result<Asked> ask_full_chain(const json::object& object, const Ask& ask) {
  WEIR_TRY(ChainQuestion question, parse_chain(object, {ask.now, ask.calendar}));
  const QueryCommon& common = question.query.common;
  WEIR_TRY(FullChainAnswer answer, ask.port.full_chain(question.query, ask.control));
  WEIR_TRY(Calendar calendar, Calendar::open(common.tz));
  ChainRenderer renderer(question, answer, calendar);
  json::array sources;
  for (const auto& series : answer.sources) sources.push_back(renderer.series(series));
  for (const auto& series : renderer.without_people()) sources.push_back(renderer.series(series));
  json::object all = renderer.series(answer.total);
  json::object out{{"kind", "full_chain"},
                   {"tz", common.tz},
                   {"buckets", bucket_texts(answer.buckets, common.interval, calendar)},
                   {"margin", number(question.margin)},
                   {"total", std::move(all["total"])},
                   {"values", std::move(all["values"])},
                   {"sources", std::move(sources)}};
  return Asked{std::move(out), common.as_of, answer.events_scanned};
}

Result<Drilled> drill_full_chain(const json::object& object, const json::object& of,
                                 const Ask& ask) {
  WEIR_TRY(ChainQuestion question, parse_chain(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, question.query.common));
  WEIR_TRY(DrillAnswer answer, ask.port.drill(question.query, cell, ask.control));
  return Drilled{std::move(answer), question.query.common.as_of};
}

}  // namespace weir::analytics
