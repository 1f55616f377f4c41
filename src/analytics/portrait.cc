#include "analytics/portrait.h"

#include "analytics/drill.h"
#include "analytics/parse_orders.h"
#include "analytics/property.h"
#include "analytics/render_fields.h"
#include "model/query_portrait.h"
#include "ports/answers_portrait.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace weir::analytics {
namespace {

using Count = PortraitAnswer::Count;
using Kind = PortraitQuery::Feature::Kind;

constexpr size_t kShownValues = 25;
constexpr size_t kDifferences = 50;
constexpr double kSure = 3;             // |z| from which a difference is listed: about 1 in 370
constexpr uint64_t kPersonsToTell = 5;  // with the value, on one side at least

const std::vector<double> kSpendFen = {10'000, 30'000, 100'000, 300'000, 1'000'000};

struct Named {
  std::string_view prefix;  // "hour" itself has nothing after it
  Kind kind;
  bool names;  // something comes after the prefix
};
constexpr std::array<Named, 8> kFeatures = {{{"profile.", Kind::Trait, true},
                                             {"tag.", Kind::Tag, true},
                                             {"first.", Kind::First, true},
                                             {"last.", Kind::Last, true},
                                             {"hour", Kind::Hour, false},
                                             {"weekday", Kind::Weekday, false},
                                             {"event", Kind::Event, false},
                                             {"spend", Kind::Spend, false}}};

Result<PortraitQuery::Feature> parse_feature(const json::value& v, const std::string& where) {
  PortraitQuery::Feature out;
  const json::value* bins = nullptr;
  if (v.is_string()) {
    out.text = json::view(v.get_string());
  } else {
    WEIR_TRY(const json::object* o, json::as_object(v, where));
    WEIR_CHECK_OK(check_fields(*o, where, {"prop", "bins"}));
    WEIR_TRY(out.text, json::required_string(*o, "prop", where));
    bins = json::find(*o, "bins");
  }
  const auto* it = std::find_if(kFeatures.begin(), kFeatures.end(), [&](const Named& f) {
    return f.names ? out.text.starts_with(f.prefix) && out.text.size() > f.prefix.size()
                   : out.text == f.prefix;
  });
  if (it == kFeatures.end()) {
    return bad_field(where, fmt::format("is \"{}\"; use \"profile.city\", \"tag.value_tier\", "
                                        "\"first.channel\" or \"last.channel\" (of an event's "
                                        "property), hour, weekday, event or spend",
                                        out.text));
  }
  out.kind = it->kind;
  if (it->names) out.name = out.text.substr(it->prefix.size());
  if (out.kind == Kind::Spend) out.bins = kSpendFen;
  if (absent(bins)) return out;
  if (out.kind != Kind::Trait && out.kind != Kind::Tag && out.kind != Kind::Spend)
    return bad_field(where + ".bins", "is for numbers: traits, tags and spend");
  WEIR_TRY(out.bins, parse_ascending(*bins, where + ".bins", 100));
  return out;
}

Status parse_features(const json::object& query, PortraitQuery& out) {
  WEIR_TRY(const json::array* list, json::required_array(query, "features"));
  if (list->empty() || list->size() > kPortraitFeaturesMax) {
    return bad_field("features", fmt::format("must be a list of 1 to {}", kPortraitFeaturesMax));
  }
  for (size_t i = 0; i < list->size(); ++i) {
    std::string where = fmt::format("features[{}]", i);
    WEIR_TRY(auto feature, parse_feature((*list)[i], where));
    for (const auto& known : out.features) {
      if (known.text == feature.text) return bad_field(where, "is asked for twice");
    }
    out.features.push_back(std::move(feature));
  }
  return {};
}

/// "everyone", a segment's id, or {"segment","filter"}.
Status parse_baseline(const json::object& query, PortraitQuery::People& out) {
  const json::value* v = json::find(query, "compare");
  if (absent(v)) return {};
  if (v->is_string()) {
    if (v->get_string() != "everyone") out.segment = json::view(v->get_string());
    return {};
  }
  WEIR_TRY(const json::object* o, json::as_object(*v, "compare"));
  WEIR_CHECK_OK(check_fields(*o, "compare", {"segment", "filter"}));
  out.segment = json::optional_string(*o, "segment");
  WEIR_TRY(out.filter, parse_filter(json::find(*o, "filter"), "compare.filter"));
  if (!of_profiles(out.filter))
    return bad_field("compare.filter", "can only ask for \"profile.\" properties");
  return {};
}

Result<PortraitQuery> parse(const json::object& object, const ParseInput& input) {
  WEIR_CHECK_OK(check_fields(object, "",
                             {"kind", "segment", "filter", "compare", "features", "range", "as_of",
                              "tz", "exact", "sample", "order", "revenue"}));
  PortraitQuery out;
  json::object query = object;
  if (absent(json::find(query, "range")))
    query["range"] = json::object{{"last", 30}, {"unit", "day"}};
  WEIR_CHECK_OK(parse_common(query, input, out.common));
  out.group = {std::move(out.common.segment), std::move(out.common.filter)};
  out.common.segment.clear();
  out.common.filter = {};
  if (!of_profiles(out.group.filter))
    return bad_field("filter", "can only ask for \"profile.\" properties");
  WEIR_CHECK_OK(parse_baseline(query, out.baseline));
  WEIR_CHECK_OK(parse_features(query, out));
  WEIR_TRY(out.orders, parse_orders(query, "order"));
  return out;
}

std::optional<double> share(uint64_t persons, uint64_t of) {
  if (of == 0) return std::nullopt;
  return static_cast<double>(persons) / static_cast<double>(of);
}

/// One value of one feature, held against the baseline.
struct Compared {
  std::optional<double> share, baseline, difference, lift, z;
};

Compared compare(const Count& value, const Count& all) {
  Compared out;
  out.share = share(value.group, all.group);
  out.baseline = share(value.baseline, all.baseline);
  if (!out.share || !out.baseline) return out;
  out.difference = *out.share - *out.baseline;
  if (*out.baseline > 0) out.lift = *out.share / *out.baseline;
  // People who are in both do not differ from themselves.
  out.z = two_proportion_z(value.group, all.group, value.baseline - value.both,
                           all.baseline - all.both);
  return out;
}

json::object render(const Count& value, const Count& all) {
  Compared c = compare(value, all);
  return {{"persons", value.group},
          {"share", number(c.share)},
          {"baseline_persons", value.baseline},
          {"baseline_share", number(c.baseline)},
          {"difference", number(c.difference)},
          {"lift", number(c.lift)},
          {"z", number(c.z)}};
}

json::object render(const PortraitAnswer::Feature& feature, const Count& all,
                    const std::string& name) {
  json::array values;
  size_t shown =
      feature.ordered ? feature.values.size() : std::min(feature.values.size(), kShownValues);
  for (size_t i = 0; i < shown; ++i) {
    const PortraitAnswer::Value& value = feature.values[i];
    json::object one = render(value.persons, all);
    one["value"] = value.text;
    if (value.from) one["from"] = *value.from;
    if (value.to) one["to"] = *value.to;
    values.push_back(std::move(one));
  }
  return {{"feature", name},
          {"ordered", feature.ordered},
          {"distinct", feature.distinct},
          {"values", std::move(values)},
          {"none", render(feature.none, all)}};
}

struct Difference {
  std::string_view feature;
  std::string value;
  Count persons;
  double by;
};

json::array differences(const PortraitQuery& query, const PortraitAnswer& answer) {
  std::vector<Difference> found;
  auto look = [&](size_t f, const std::string& value, const Count& persons) {
    Compared c = compare(persons, answer.persons);
    bool enough = std::max(persons.group, persons.baseline) >= kPersonsToTell;
    if (!c.z || std::abs(*c.z) < kSure || !enough) return;
    found.push_back({query.features[f].text, value, persons, std::abs(*c.difference)});
  };
  for (size_t f = 0; f < answer.features.size(); ++f) {
    const PortraitAnswer::Feature& feature = answer.features[f];
    for (const auto& value : feature.values) look(f, value.text, value.persons);
    // Who has no hour and no weekday has no event either, which says it better.
    Kind kind = query.features[f].kind;
    if (kind != Kind::Hour && kind != Kind::Weekday) look(f, "$none", feature.none);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Difference& a, const Difference& b) { return a.by > b.by; });
  if (found.size() > kDifferences) found.resize(kDifferences);
  json::array out;
  for (const Difference& d : found) {
    json::object one = render(d.persons, answer.persons);
    one["feature"] = d.feature;
    one["value"] = d.value;
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

std::optional<double> two_proportion_z(uint64_t x1, uint64_t n1, uint64_t x2, uint64_t n2) {
  if (n1 == 0 || n2 == 0) return std::nullopt;
  auto a = static_cast<double>(n1), b = static_cast<double>(n2);
  double both = static_cast<double>(x1 + x2) / (a + b);
  double spread = std::sqrt(both * (1 - both) * (1 / a + 1 / b));
  if (!(spread > 0)) return std::nullopt;
  return (static_cast<double>(x1) / a - static_cast<double>(x2) / b) / spread;
}

Result<Asked> ask_portrait(const json::object& object, const Ask& ask) {
  WEIR_TRY(PortraitQuery query, parse(object, {ask.now, ask.calendar}));
  WEIR_TRY(PortraitAnswer answer, ask.port.portrait(query, ask.control));
  WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
  json::array features;
  for (size_t f = 0; f < answer.features.size(); ++f)
    features.push_back(render(answer.features[f], answer.persons, query.features[f].text));
  json::object out{{"kind", "portrait"},
                   {"tz", query.common.tz},
                   {"from", calendar.date_text(query.common.range.from)},
                   {"to", calendar.date_text(query.common.range.to - 1)},
                   {"persons", answer.persons.group},
                   {"baseline_persons", answer.persons.baseline},
                   {"both", answer.persons.both},
                   {"features", std::move(features)},
                   {"differences", differences(query, answer)}};
  return Asked{std::move(out), query.common.as_of, answer.events_scanned};
}

Result<Drilled> drill_portrait(const json::object& object, const json::object& of, const Ask& ask) {
  WEIR_TRY(PortraitQuery query, parse(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  if (json::optional_bool(of, kCompareField, false)) std::swap(query.group, query.baseline);
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of};
}

}  // namespace weir::analytics
