#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile_orders.h"
#include "adapters/embedded/behaviour/people_base.h"
#include "adapters/embedded/behaviour/person_filter.h"
#include "adapters/embedded/behaviour/portrait_values.h"
#include "columnar/keys.h"
#include "columnar/purchases.h"
#include "model/query_portrait.h"
#include "ports/answers_portrait.h"

#include <algorithm>
#include <map>

namespace weir::embedded {
namespace {

using Feature = PortraitQuery::Feature;
using Kind = Feature::Kind;
using GroupKind = columnar::GroupValuesSpec::Feature::Kind;

/// What of events a feature is read from; nullopt: of columns of people, or of orders.
std::optional<GroupKind> group_kind(Kind kind) {
  switch (kind) {
    case Kind::Hour: return GroupKind::Hour;
    case Kind::Weekday: return GroupKind::Weekday;
    case Kind::Event: return GroupKind::Event;
    case Kind::First: return GroupKind::First;
    case Kind::Last: return GroupKind::Last;
    case Kind::Trait:
    case Kind::Tag:
    case Kind::Spend: break;
  }
  return std::nullopt;
}

/// Who is in the group and who in the baseline, and all that is known of them.
class Portrait {
 public:
  static Result<Portrait> prepare(const PortraitQuery& query, const Asking& asking);

  Result<PortraitAnswer> answer();
  /// Of the group: with a value of a feature, or (nullopt) with none.
  Result<DrillAnswer> people(size_t feature, const std::optional<std::string>& text);
  /// The whole group.
  std::vector<uint32_t> people() const;

 private:
  Portrait(const PortraitQuery& query, const Asking& asking) : query_(query), asking_(asking) {}

  void sort_people();
  bool is_one(const PortraitQuery::People& people, size_t field, uint32_t profile) const;
  uint8_t sets_of(uint32_t profile) const { return profile < sets_.size() ? sets_[profile] : 0; }
  CompileInput input() const { return asking_.input(request_, people_); }
  const PeopleColumn& column(size_t feature) const { return people_->field(fields_[feature]); }

  columnar::GroupValuesSpec events_spec() const;
  Result<columnar::PurchasesResult> purchases() const;
  Status add_events(PortraitAnswer& out);
  Status add_spend(PortraitAnswer& out);
  Result<std::vector<uint32_t>> of_events(size_t feature, const std::optional<std::string>& text);
  Result<std::vector<uint32_t>> of_spend(size_t feature, const std::optional<std::string>& text);
  /// Of the group, without those in `some` (ascending).
  std::vector<uint32_t> others(const std::vector<uint32_t>& some) const;
  PortraitAnswer::Count none_of(const SetCounts& any) const;

  const PortraitQuery& query_;
  const Asking& asking_;
  PeopleRequest request_;
  std::vector<size_t> fields_;  // by feature, of traits and tags: index in request_.fields
  size_t group_field_ = 0, baseline_field_ = 0;
  std::shared_ptr<const PeopleColumns> people_;
  std::shared_ptr<const columnar::Snapshot> snapshot_;
  std::vector<uint8_t> sets_;  // by profile
  SetCounts persons_;
  uint64_t scanned_ = 0;
};

Result<Portrait> Portrait::prepare(const PortraitQuery& query, const Asking& asking) {
  Portrait out(query, asking);
  PeopleRequest& request = out.request_;
  request.include_test = query.common.include_test;
  request.include_staff = query.common.include_staff;
  WEIR_CHECK_OK(collect_traits(query.group.filter, "filter", request));
  WEIR_CHECK_OK(collect_traits(query.baseline.filter, "compare.filter", request));
  WEIR_CHECK_OK(collect_order_traits(query.orders, "order", request));
  auto base = [&](const std::string& segment) {
    PeopleBase::request(segment, request);
    return request.fields.size() - 1;
  };
  out.group_field_ = base(query.group.segment);
  out.baseline_field_ = base(query.baseline.segment);
  for (const Feature& feature : query.features) {
    out.fields_.push_back(request.fields.size());
    if (feature.kind == Kind::Trait)
      request.fields.push_back({PeopleField::Kind::Trait, feature.name, {}});
    if (feature.kind == Kind::Tag)
      request.fields.push_back({PeopleField::Kind::Tag, feature.name, {}});
  }
  WEIR_TRY(out.people_, asking.people(request));
  WEIR_TRY(out.snapshot_, asking.snapshot(query.common.as_of));
  out.sort_people();
  return out;
}

bool Portrait::is_one(const PortraitQuery::People& people, size_t field, uint32_t profile) const {
  return people_->field(field, profile) != nullptr && people_->counts(profile) &&
         matches(people.filter, PersonFilter(*people_, request_, profile));
}

void Portrait::sort_people() {
  sets_.resize(std::max(people_->limit(group_field_), people_->limit(baseline_field_)));
  for (uint32_t profile = 0; profile < sets_.size(); ++profile) {
    uint8_t sets = 0;
    if (is_one(query_.group, group_field_, profile)) sets |= SetCounts::kFirst;
    if (is_one(query_.baseline, baseline_field_, profile)) sets |= SetCounts::kSecond;
    sets_[profile] = sets;
    persons_.add(sets);
  }
}

/// All features that come from one pass over events.
columnar::GroupValuesSpec Portrait::events_spec() const {
  columnar::GroupValuesSpec out;
  CompileInput in = input();
  out.events = select({std::string(kAnyActive)}, {}, in);
  out.from = query_.common.range.from;
  out.to = std::min(query_.common.range.to - 1, query_.common.as_of);
  out.sets = [this](uint32_t group) { return sets_of(group); };
  for (const Feature& feature : query_.features) {
    if (auto kind = group_kind(feature.kind)) {
      bool named = *kind == GroupKind::First || *kind == GroupKind::Last;
      out.features.push_back({*kind, named ? property_code(feature.name, in) : columnar::kNone});
    }
  }
  return out;
}

PortraitAnswer::Count Portrait::none_of(const SetCounts& any) const {
  return {persons_.first - any.first, persons_.second - any.second, persons_.both - any.both};
}

Status Portrait::add_events(PortraitAnswer& out) {
  columnar::GroupValuesSpec spec = events_spec();
  if (spec.features.empty()) return {};
  WEIR_TRY(spec.calendar, Calendar::open(query_.common.tz));
  WEIR_TRY(columnar::GroupValuesResult result,
           run_group_values(snapshot_, spec, asking_.budget(), asking_.helpers));
  scanned_ += result.rows_scanned;
  size_t next = 0;
  for (size_t f = 0; f < query_.features.size(); ++f) {
    if (!group_kind(query_.features[f].kind)) continue;
    const auto& from = result.features[next++];
    PortraitAnswer::Feature& to = out.features[f];
    to.ordered = query_.features[f].kind == Kind::Hour || query_.features[f].kind == Kind::Weekday;
    for (const auto& value : from.values)
      to.values.push_back({value.text, as_count(value.groups), {}, {}});
    to.none = none_of(from.any);
  }
  return {};
}

Result<columnar::PurchasesResult> Portrait::purchases() const {
  columnar::PurchasesSpec spec;
  CompileInput in = input();
  spec.orders = compile_orders(query_.orders, {}, in);
  WEIR_TRY(spec.calendar, Calendar::open(query_.common.tz));
  spec.as_of = query_.common.as_of;
  spec.groups = [this](uint32_t group) { return sets_of(group) != 0; };
  return run_purchases(snapshot_, spec, asking_.budget(), asking_.helpers);
}

Status Portrait::add_spend(PortraitAnswer& out) {
  std::optional<columnar::PurchasesResult> bought;
  for (size_t f = 0; f < query_.features.size(); ++f) {
    if (query_.features[f].kind != Kind::Spend) continue;
    if (!bought) {
      WEIR_TRY(bought, purchases());
      scanned_ += bought->rows_scanned;
    }
    NumberBins bins(query_.features[f].bins);
    std::vector<SetCounts> counts(bins.size());
    SetCounts any;
    for (const columnar::Purchases& p : bought->groups) {
      counts[bins.of(p.value)].add(sets_of(p.group));
      any.add(sets_of(p.group));
    }
    PortraitAnswer::Feature& to = out.features[f];
    to.ordered = true;
    to.values = bins.values();
    for (size_t i = 0; i < counts.size(); ++i) to.values[i].persons = as_count(counts[i]);
    to.none = none_of(any);
  }
  return {};
}

/// In the order of the answer, and no more than it may have.
void arrange(PortraitAnswer::Feature& feature) {
  feature.distinct = feature.values.size();
  if (feature.ordered) return;
  auto more = [](const PortraitAnswer::Value& a, const PortraitAnswer::Value& b) {
    if (a.persons.group != b.persons.group) return a.persons.group > b.persons.group;
    if (a.persons.baseline != b.persons.baseline) return a.persons.baseline > b.persons.baseline;
    return a.text < b.text;
  };
  std::sort(feature.values.begin(), feature.values.end(), more);
  if (feature.values.size() > kPortraitValuesMax) feature.values.resize(kPortraitValuesMax);
}

Result<PortraitAnswer> Portrait::answer() {
  PortraitAnswer out;
  out.persons = as_count(persons_);
  out.features.resize(query_.features.size());
  for (size_t f = 0; f < query_.features.size(); ++f) {
    Kind kind = query_.features[f].kind;
    if (kind != Kind::Trait && kind != Kind::Tag) continue;
    out.features[f] = ColumnValues(column(f), sets_, query_.features[f].bins).feature();
  }
  WEIR_CHECK_OK(add_events(out));
  WEIR_CHECK_OK(add_spend(out));
  for (PortraitAnswer::Feature& feature : out.features) arrange(feature);
  out.events_scanned = scanned_;
  return out;
}

std::vector<uint32_t> Portrait::people() const {
  std::vector<uint32_t> out;
  for (uint32_t profile = 0; profile < sets_.size(); ++profile) {
    if ((sets_[profile] & SetCounts::kFirst) != 0) out.push_back(profile);
  }
  return out;
}

std::vector<uint32_t> Portrait::others(const std::vector<uint32_t>& some) const {
  std::vector<uint32_t> all = people(), out;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(out));
  return out;
}

Result<std::vector<uint32_t>> Portrait::of_events(size_t feature,
                                                  const std::optional<std::string>& text) {
  columnar::GroupValuesSpec spec = events_spec();
  auto before = query_.features.begin() + static_cast<ptrdiff_t>(feature);
  auto at = std::count_if(query_.features.begin(), before,
                          [](const Feature& f) { return group_kind(f.kind).has_value(); });
  spec.features = {spec.features[static_cast<size_t>(at)]};
  WEIR_TRY(spec.calendar, Calendar::open(query_.common.tz));
  spec.sets = [this](uint32_t group) {
    return static_cast<uint8_t>(sets_of(group) & SetCounts::kFirst);
  };
  spec.collect = {0, text};
  WEIR_TRY(columnar::GroupValuesResult result,
           run_group_values(snapshot_, spec, asking_.budget(), asking_.helpers));
  scanned_ += result.rows_scanned;
  return text ? std::move(result.groups) : others(result.groups);
}

Result<std::vector<uint32_t>> Portrait::of_spend(size_t feature,
                                                 const std::optional<std::string>& text) {
  WEIR_TRY(columnar::PurchasesResult bought, purchases());
  scanned_ += bought.rows_scanned;
  NumberBins bins(query_.features[feature].bins);
  std::vector<uint32_t> out;
  for (const columnar::Purchases& p : bought.groups) {
    bool in_bin = !text || bins.text(p.value) == *text;
    if (in_bin && (sets_of(p.group) & SetCounts::kFirst) != 0) out.push_back(p.group);
  }
  return text ? std::move(out) : others(out);
}

Result<DrillAnswer> Portrait::people(size_t feature, const std::optional<std::string>& text) {
  std::vector<uint32_t> found;
  const Feature& of = query_.features[feature];
  if (of.kind == Kind::Trait || of.kind == Kind::Tag) {
    found = ColumnValues(column(feature), sets_, of.bins).people(text);
  } else if (of.kind == Kind::Spend) {
    WEIR_TRY(found, of_spend(feature, text));
  } else {
    WEIR_TRY(found, of_events(feature, text));
  }
  return drill_answer(found, scanned_);
}

}  // namespace

Result<PortraitAnswer> ask_portrait(const PortraitQuery& query, const Asking& asking) {
  WEIR_TRY(Portrait portrait, Portrait::prepare(query, asking));
  return portrait.answer();
}

Result<DrillAnswer> drill_portrait(const PortraitQuery& query, const DrillCell& cell,
                                   const Asking& asking) {
  WEIR_TRY(Portrait portrait, Portrait::prepare(query, asking));
  if (cell.series.empty()) return drill_answer(portrait.people(), 0);
  auto feature = std::find_if(query.features.begin(), query.features.end(),
                              [&](const Feature& f) { return f.text == cell.series; });
  if (feature == query.features.end())
    return no_such_number("of.series", "must be a feature of the question, as it names it");
  if (cell.breakdown.size() != 1)
    return no_such_number("of.breakdown", "must be one value, as the answer shows it");
  std::optional<std::string> text;
  if (cell.breakdown[0] != columnar::kNoneKey) text = cell.breakdown[0];
  return portrait.people(static_cast<size_t>(feature - query.features.begin()), text);
}

}  // namespace weir::embedded
