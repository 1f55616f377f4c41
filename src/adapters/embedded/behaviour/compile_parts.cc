#include "adapters/embedded/behaviour/compile_parts.h"

#include <algorithm>
#include <array>

namespace weir::embedded {
namespace {

using columnar::BucketUnit;
using columnar::EventSelection;
using columnar::Family;

// System names that a person's own doing produces.
constexpr std::array<std::string_view, 3> kPersonal = {"$pageview", "$screen", "$identify"};

// Names of our own are lower case; $MPLaunch, $AppStart and their like come from SDKs, and what
// these report is what a person does.
bool is_sdk_preset(std::string_view name) {
  return name.size() > 1 && name[0] == '$' && name[1] >= 'A' && name[1] <= 'Z';
}

bool is_active(std::string_view name) {
  return !name.starts_with("$") || is_sdk_preset(name) ||
         std::find(kPersonal.begin(), kPersonal.end(), name) != kPersonal.end();
}

BucketUnit unit_of(Interval interval) {
  switch (interval) {
    case Interval::Hour: return BucketUnit::Hour;
    case Interval::Day: return BucketUnit::Day;
    case Interval::Week: return BucketUnit::Week;
    case Interval::Month: return BucketUnit::Month;
    case Interval::Quarter: return BucketUnit::Quarter;
    case Interval::Year: return BucketUnit::Year;
  }
  return BucketUnit::Day;
}

}  // namespace

EventSelection select(const std::vector<std::string>& names, const Filter& filter,
                      const CompileInput& in) {
  EventSelection out;
  const columnar::StringTable& events = in.dictionary[Family::Event];
  for (const std::string& name : names) {
    if (name == kAnyActive && in.active_events.empty()) {
      for (uint32_t code = 0; code < events.size(); ++code) {
        if (is_active(events.text(code))) out.events.push_back(code);
      }
    } else if (name == kAnyActive) {
      for (const std::string& active : in.active_events) {
        if (auto code = events.find(active)) out.events.push_back(*code);
      }
    } else if (auto code = events.find(name)) {
      out.events.push_back(*code);
    }
  }
  out.predicate = compile_filter(filter, in.dictionary, in.request, in.people);
  return out;
}

uint32_t property_code(std::string_view name, const CompileInput& in) {
  return in.dictionary[Family::Property].find(name).value_or(columnar::kNone);
}

columnar::KeyDef key_of(const Breakdown& breakdown, const CompileInput& in) {
  columnar::KeyDef out;
  out.bins = breakdown.bins;
  std::string_view prop = breakdown.prop;
  if (prop.starts_with(kEventPrefix)) {
    out.property = property_code(prop.substr(kEventPrefix.size()), in);
    return out;
  }
  auto it = std::find(in.request.traits.begin(), in.request.traits.end(),
                      prop.substr(kProfilePrefix.size()));
  auto trait = static_cast<size_t>(it - in.request.traits.begin());
  out.of_group = [people = in.people, trait,
                  bins = out.bins](uint32_t group) -> std::optional<std::string> {
    const Value* value = people->trait(trait, group);
    if (value == nullptr) return std::nullopt;
    double number;
    if (!bins.empty()) {
      return as_number(*value, number) ? std::optional(columnar::bin_text(number, bins))
                                       : std::nullopt;
    }
    return display_text(*value);
  };
  return out;
}

std::function<bool(uint32_t)> group_filter(const QueryCommon& common, const CompileInput& in) {
  WEIR_ASSERT(in.request.segment == common.segment && in.request.sample == common.sample);
  if (in.people == nullptr || !in.people->selects()) return {};
  return [people = in.people](uint32_t group) { return people->counts(group); };
}

Result<columnar::Buckets> buckets_of(const QueryCommon& common, const Calendar& calendar,
                                     size_t more) {
  return columnar::make_buckets_and(more, common.range.from, common.range.to,
                                    unit_of(common.interval),
                                    common.week_start == WeekStart::Sunday, calendar);
}

columnar::EventSelection select(const EventSet& set, const CompileInput& in) {
  return select(set.events, set.filter, in);
}

Result<std::optional<size_t>> bucket_of_cell(const DrillCell& cell, const QueryCommon& common) {
  if (!cell.bucket) return std::optional<size_t>();
  WEIR_TRY(Calendar calendar, Calendar::open(common.tz));
  QueryCommon shown = common;
  shown.range = cell.bucket_range.value_or(common.range);
  WEIR_TRY(columnar::Buckets buckets, buckets_of(shown, calendar));
  auto it = std::lower_bound(buckets.starts.begin(), buckets.starts.end(), *cell.bucket);
  if (it != buckets.starts.end() && *it == *cell.bucket) {
    auto number = static_cast<size_t>(it - buckets.starts.begin());
    WEIR_TRY(columnar::Buckets own, buckets_of(common, calendar));
    // A year ago the range may have had a day or a week less.
    if (number < own.size()) return std::optional(number);
  }
  return fail(ErrorCode::InvalidArgument,
              "bucket \"" + calendar.date_text(*cell.bucket) +
                  "\" is not one of the answer; use one that it shows",
              "of.bucket");
}

Status check_cell_keys(const DrillCell& cell, const QueryCommon& common) {
  if (cell.breakdown.empty() || cell.breakdown.size() == common.breakdown.size()) return {};
  return fail(ErrorCode::InvalidArgument,
              "\"breakdown\" must have one value per breakdown of the question, as the answer "
              "shows them",
              "of.breakdown");
}

Status collect_common(const QueryCommon& common, PeopleRequest& request) {
  request.segment = common.segment;
  request.include_test = common.include_test;
  request.include_staff = common.include_staff;
  request.sample = common.sample;
  WEIR_CHECK_OK(collect_traits(common.filter, "filter", request));
  for (size_t i = 0; i < common.breakdown.size(); ++i) {
    Filter leaf;
    leaf.kind = Filter::Kind::Leaf;
    leaf.op = FilterOp::IsSet;
    leaf.prop = common.breakdown[i].prop;
    WEIR_CHECK_OK(collect_traits(leaf, "breakdown[" + std::to_string(i) + "].prop", request));
  }
  return {};
}

}  // namespace weir::embedded
