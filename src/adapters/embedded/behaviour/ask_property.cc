#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile_parts.h"
#include "adapters/embedded/behaviour/people_base.h"
#include "columnar/quantiles.h"
#include "model/query_value.h"
#include "ports/answers_value.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace weir::embedded {
namespace {

using As = PropertyAnswer::As;

/// One person's traits, for filters.
class Person : public FilterSubject {
 public:
  Person(const PeopleColumns& people, const PeopleRequest& request, uint32_t profile)
      : people_(people), request_(request), profile_(profile) {}
  const Value* get(std::string_view prop) const override {
    if (!prop.starts_with(kProfilePrefix)) return nullptr;
    auto it = std::find(request_.traits.begin(), request_.traits.end(),
                        prop.substr(kProfilePrefix.size()));
    if (it == request_.traits.end()) return nullptr;
    return people_.trait(static_cast<size_t>(it - request_.traits.begin()), profile_);
  }

 private:
  const PeopleColumns& people_;
  const PeopleRequest& request_;
  uint32_t profile_;
};

std::optional<TimeMs> as_time(const Value& value, const Calendar& calendar) {
  if (const auto* ms = std::get_if<int64_t>(&value)) return *ms;
  if (const auto* text = std::get_if<std::string>(&value)) {
    auto time = parse_time(*text, calendar.name());
    if (time) return *time;
  }
  return std::nullopt;
}

void count_categories(const std::vector<const Value*>& values, PropertyAnswer& out) {
  std::map<std::string, uint64_t> counts;
  for (const Value* value : values) ++counts[display_text(*value)];
  for (const auto& [text, persons] : counts) out.values.push_back({text, persons});
  std::stable_sort(out.values.begin(), out.values.end(),
                   [](const auto& a, const auto& b) { return a.persons > b.persons; });
  if (out.values.size() <= columnar::kTopKeys) return;
  uint64_t rest = 0;
  for (size_t i = columnar::kTopKeys; i < out.values.size(); ++i) rest += out.values[i].persons;
  out.values.resize(columnar::kTopKeys);
  out.values.push_back({std::string(columnar::kOtherKey), rest});
}

void count_numbers(const std::vector<const Value*>& values, const std::vector<double>& bins,
                   PropertyAnswer& out) {
  std::vector<double> numbers;
  double sum = 0, number;
  for (const Value* value : values) {
    if (!as_number(*value, number)) {
      ++out.none;
      continue;
    }
    numbers.push_back(number);
    sum += number;
  }
  out.bins = bins.empty() ? columnar::equal_bins(numbers) : bins;
  out.counts.resize(out.bins.size() + 1);
  for (double v : numbers) {
    auto it = std::upper_bound(out.bins.begin(), out.bins.end(), v);
    ++out.counts[static_cast<size_t>(it - out.bins.begin())];
  }
  if (numbers.empty()) return;
  constexpr double kPercentiles[] = {0, 0.5, 0.9, 1};
  std::vector<double> p =
      columnar::percentiles(std::span<double>(numbers), std::span<const double>(kPercentiles));
  out.stats = {p[0], sum / static_cast<double>(numbers.size()), p[1], p[2], p[3]};
}

Status count_dates(const std::vector<const Value*>& values, const QueryCommon& common,
                   const Calendar& calendar, PropertyAnswer& out) {
  std::vector<TimeMs> times;
  for (const Value* value : values) {
    auto time = as_time(*value, calendar);
    time ? times.push_back(*time) : void(++out.none);
  }
  if (times.empty()) return {};
  auto [first, last] = std::minmax_element(times.begin(), times.end());
  QueryCommon all = common;
  all.range = {*first, *last + 1};
  WEIR_TRY(columnar::Buckets buckets, buckets_of(all, calendar));
  out.buckets = buckets.starts;
  out.counts.resize(buckets.size());
  for (TimeMs time : times) ++out.counts[buckets.of(time)];
  return {};
}

As kind_of(const PropertyQuery& query, const std::vector<const Value*>& values) {
  switch (query.as) {
    case PropertyQuery::As::Category: return As::Category;
    case PropertyQuery::As::Number: return As::Number;
    case PropertyQuery::As::Date: return As::Date;
    case PropertyQuery::As::Auto: break;
  }
  double number;
  bool numbers = !values.empty() && std::all_of(values.begin(), values.end(), [&](const Value* v) {
    return as_number(*v, number);
  });
  return numbers || !query.bins.empty() ? As::Number : As::Category;
}

}  // namespace

Result<PropertyAnswer> ask_property(const PropertyQuery& query, const Asking& asking) {
  const QueryCommon& common = query.common;
  PeopleRequest request;
  PeopleBase::request(common.segment, request);
  request.traits.push_back(query.prop.substr(kProfilePrefix.size()));
  WEIR_CHECK_OK(collect_traits(common.filter, "filter", request));
  WEIR_TRY(auto people, asking.people(request));
  WEIR_TRY(Calendar calendar, Calendar::open(common.tz));
  PropertyAnswer out;
  std::vector<const Value*> values;
  for (uint32_t profile : PeopleBase(people, request).all()) {
    if (!matches(common.filter, Person(*people, request, profile))) continue;
    ++out.persons;
    const Value* value = people->trait(0, profile);
    value == nullptr ? void(++out.none) : values.push_back(value);
  }
  out.as = kind_of(query, values);
  switch (out.as) {
    case As::Category: count_categories(values, out); break;
    case As::Number: count_numbers(values, query.bins, out); break;
    case As::Date: WEIR_CHECK_OK(count_dates(values, common, calendar, out)); break;
  }
  return out;
}

}  // namespace weir::embedded
