#pragma once
// How two sets of people are spread over the values of one column: texts, items of lists, or bins
// of numbers.

#include "adapters/embedded/behaviour/people_columns.h"
#include "columnar/group_values.h"
#include "ports/answers_portrait.h"

#include <optional>
#include <string>
#include <vector>

namespace weir::embedded {

using columnar::SetCounts;

PortraitAnswer::Count as_count(const SetCounts& counts);

/// Numbers in bins: their bounds, and the text that names one.
class NumberBins {
 public:
  explicit NumberBins(std::vector<double> bounds) : bounds_(std::move(bounds)) {}
  std::string text(double number) const;
  size_t size() const { return bounds_.size() + 1; }
  size_t of(double number) const;
  /// Empty values of all bins, in order.
  std::vector<PortraitAnswer::Value> values() const;

 private:
  std::vector<double> bounds_;  // lower, ascending
};

/// `sets` by profile: SetCounts::kFirst for the group, kSecond for the baseline.
class ColumnValues {
 public:
  /// Without `bins`, a column of many different numbers is cut into fifths of the people.
  ColumnValues(const PeopleColumn& column, const std::vector<uint8_t>& sets,
               const std::vector<double>& bins);

  PortraitAnswer::Feature feature() const;
  /// People of the first set with the value `text`, or with none when it is nullopt; ascending.
  std::vector<uint32_t> people(const std::optional<std::string>& text) const;

 private:
  std::vector<std::string> texts(const Value& value) const;
  void cut_into_fifths();

  const PeopleColumn& column_;
  const std::vector<uint8_t>& sets_;
  std::vector<SetCounts> by_code_;
  std::optional<NumberBins> bins_;
};

}  // namespace weir::embedded
