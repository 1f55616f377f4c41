#include "adapters/embedded/behaviour/portrait_values.h"

#include "columnar/selection.h"

#include <algorithm>
#include <map>

namespace weir::embedded {
namespace {

constexpr size_t kNumbersApart = 12;  // different numbers that are shown one by one

}  // namespace

PortraitAnswer::Count as_count(const SetCounts& counts) {
  return {counts.first, counts.second, counts.both};
}

size_t NumberBins::of(double number) const {
  auto it = std::upper_bound(bounds_.begin(), bounds_.end(), number);
  return static_cast<size_t>(it - bounds_.begin());
}

std::string NumberBins::text(double number) const {
  return columnar::bin_text(number, bounds_);
}

std::vector<PortraitAnswer::Value> NumberBins::values() const {
  std::vector<PortraitAnswer::Value> out(size());
  for (size_t i = 0; i < out.size(); ++i) {
    if (i > 0) out[i].from = bounds_[i - 1];
    if (i < bounds_.size()) out[i].to = bounds_[i];
    // The first bin has no number of its own to be named by.
    out[i].text = i > 0 ? text(bounds_[i - 1]) : "<" + columnar::number_text(bounds_.front());
  }
  return out;
}

ColumnValues::ColumnValues(const PeopleColumn& column, const std::vector<uint8_t>& sets,
                           const std::vector<double>& bins)
    : column_(column), sets_(sets), by_code_(column.codes()) {
  for (uint32_t profile = 0; profile < sets.size(); ++profile) {
    if (sets[profile] != 0) by_code_[column.code(profile)].add(sets[profile]);
  }
  bins.empty() ? cut_into_fifths() : void(bins_.emplace(bins));
}

void ColumnValues::cut_into_fifths() {
  std::map<double, uint64_t> persons;
  uint64_t all = 0;
  for (uint32_t code = 1; code < by_code_.size(); ++code) {
    const SetCounts& c = by_code_[code];
    uint64_t either = c.first + c.second - c.both;
    double number;
    if (either == 0) continue;
    if (!as_number(column_.value(code), number)) return;
    persons[number] += either;
    all += either;
  }
  if (persons.size() <= kNumbersApart || all == 0) return;
  std::vector<double> bounds;
  uint64_t below = 0, fifths = 0;
  for (const auto& [number, count] : persons) {
    uint64_t reached = below * 5 / all;
    if (reached > fifths) bounds.push_back(number);
    fifths = std::max(fifths, reached);
    below += count;
  }
  // Nearly everybody has the lowest number, and no fifth begins after it.
  if (bounds.empty()) bounds.push_back(std::next(persons.begin())->first);
  bins_.emplace(std::move(bounds));
}

std::vector<std::string> ColumnValues::texts(const Value& value) const {
  double number;
  if (bins_)
    return as_number(value, number) ? std::vector{bins_->text(number)} : std::vector<std::string>();
  const auto* items = std::get_if<StringList>(&value);
  if (items == nullptr) return {display_text(value)};
  std::vector<std::string> out = *items;
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

PortraitAnswer::Feature ColumnValues::feature() const {
  PortraitAnswer::Feature out;
  SetCounts none = by_code_[0];
  std::map<std::string, SetCounts> by_text;
  for (uint32_t code = 1; code < by_code_.size(); ++code) {
    const SetCounts& counts = by_code_[code];
    if (counts.first + counts.second == 0) continue;
    std::vector<std::string> names = texts(column_.value(code));
    if (names.empty()) none.add(counts);
    for (const std::string& name : names) by_text[name].add(counts);
  }
  out.none = as_count(none);
  if (!bins_) {
    for (const auto& [text, counts] : by_text)
      out.values.push_back({text, as_count(counts), {}, {}});
    return out;
  }
  out.ordered = true;
  out.values = bins_->values();
  for (auto& value : out.values) value.persons = as_count(by_text[value.text]);
  return out;
}

std::vector<uint32_t> ColumnValues::people(const std::optional<std::string>& text) const {
  std::vector<bool> wanted(by_code_.size());
  for (uint32_t code = 0; code < by_code_.size(); ++code) {
    if (by_code_[code].first == 0) continue;
    std::vector<std::string> names;
    if (code > 0) names = texts(column_.value(code));
    wanted[code] =
        text ? std::find(names.begin(), names.end(), *text) != names.end() : names.empty();
  }
  std::vector<uint32_t> out;
  for (uint32_t profile = 0; profile < sets_.size(); ++profile) {
    if ((sets_[profile] & SetCounts::kFirst) != 0 && wanted[column_.code(profile)])
      out.push_back(profile);
  }
  return out;
}

}  // namespace weir::embedded
