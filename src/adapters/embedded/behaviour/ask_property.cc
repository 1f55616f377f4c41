#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile_parts.h"
#include "adapters/embedded/behaviour/people_base.h"
#include "adapters/embedded/behaviour/person_filter.h"
#include "columnar/quantiles.h"
#include "model/query_value.h"
#include "ports/answers_value.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace weir::embedded {
namespace {

using As = PropertyAnswer::As;

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

/// The base, who has a value, and what it comes to.
struct Counted {
  PropertyAnswer answer;
  std::vector<uint32_t> profiles;               // in the base
  std::vector<const Value*> all;                // as profiles; null when missing
  std::shared_ptr<const PeopleColumns> people;  // keeps the values
};

Result<Counted> count(const PropertyQuery& query, const Asking& asking) {
  const QueryCommon& common = query.common;
  PeopleRequest request;
  request.traits.push_back(query.prop.substr(kProfilePrefix.size()));
  WEIR_CHECK_OK(collect_traits(common.filter, "filter", request));
  PeopleBase::request(common.segment, request);
  Counted out;
  WEIR_TRY(out.people, asking.people(request));
  WEIR_TRY(Calendar calendar, Calendar::open(common.tz));
  std::vector<const Value*> values;
  for (uint32_t profile : PeopleBase(out.people, request).all()) {
    if (!matches(common.filter, PersonFilter(*out.people, request, profile))) continue;
    out.profiles.push_back(profile);
    out.all.push_back(out.people->trait(0, profile));
    out.all.back() == nullptr ? void(++out.answer.none) : values.push_back(out.all.back());
  }
  out.answer.persons = out.profiles.size();
  out.answer.as = kind_of(query, values);
  switch (out.answer.as) {
    case As::Category: count_categories(values, out.answer); break;
    case As::Number: count_numbers(values, query.bins, out.answer); break;
    case As::Date: WEIR_CHECK_OK(count_dates(values, common, calendar, out.answer)); break;
  }
  return out;
}

/// Which number of the answer a person is in: of values, counts or buckets; none when it has none.
std::optional<size_t> place_of(const PropertyAnswer& answer, const Value* value,
                               const Calendar& calendar) {
  if (value == nullptr) return std::nullopt;
  if (answer.as == As::Category) {
    std::string text = display_text(*value);
    for (size_t i = 0; i < answer.values.size(); ++i) {
      if (answer.values[i].text == text || i == columnar::kTopKeys) return i;
    }
    return std::nullopt;
  }
  double number;
  if (answer.as == As::Number) {
    if (!as_number(*value, number)) return std::nullopt;
    auto it = std::upper_bound(answer.bins.begin(), answer.bins.end(), number);
    return static_cast<size_t>(it - answer.bins.begin());
  }
  auto time = as_time(*value, calendar);
  if (!time) return std::nullopt;
  auto it = std::upper_bound(answer.buckets.begin(), answer.buckets.end(), *time);
  return static_cast<size_t>(it - answer.buckets.begin()) - 1;
}

Result<std::optional<size_t>> wanted_place(const PropertyAnswer& answer, const DrillCell& cell) {
  if (!cell.breakdown.empty() && cell.breakdown[0] == columnar::kNoneKey)
    return std::optional<size_t>();
  if (answer.as == As::Number) {
    if (cell.step >= 1 && static_cast<size_t>(cell.step) <= answer.counts.size())
      return std::optional(static_cast<size_t>(cell.step - 1));
    return no_such_number("of.step", "must be the number of a bin, from 1");
  }
  if (answer.as == As::Category) {
    for (size_t i = 0; i < answer.values.size(); ++i) {
      if (!cell.breakdown.empty() && answer.values[i].text == cell.breakdown[0])
        return std::optional(i);
    }
    return no_such_number("of.breakdown", "must be one value, as the answer shows it");
  }
  auto it = std::find(answer.buckets.begin(), answer.buckets.end(), cell.bucket.value_or(-1));
  if (it == answer.buckets.end())
    return no_such_number("of.bucket", "must be a bucket, as the answer shows it");
  return std::optional(static_cast<size_t>(it - answer.buckets.begin()));
}

}  // namespace

Result<PropertyAnswer> ask_property(const PropertyQuery& query, const Asking& asking) {
  WEIR_TRY(Counted counted, count(query, asking));
  return std::move(counted.answer);
}

Result<DrillAnswer> drill_property(const PropertyQuery& query, const DrillCell& cell,
                                   const Asking& asking) {
  WEIR_TRY(Counted counted, count(query, asking));
  WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
  WEIR_TRY(std::optional<size_t> wanted, wanted_place(counted.answer, cell));
  std::vector<uint32_t> found;
  for (size_t i = 0; i < counted.profiles.size(); ++i) {
    if (place_of(counted.answer, counted.all[i], calendar) == wanted)
      found.push_back(counted.profiles[i]);
  }
  return drill_answer(found, 0);
}

}  // namespace weir::embedded
