#include "columnar/tally.h"

#include "base/hash.h"
#include "columnar/statistics.h"

#include <algorithm>
#include <bit>

namespace weir::columnar {
namespace {

bool is_percentile(Aggregate a) {
  return a == Aggregate::P50 || a == Aggregate::P90 || a == Aggregate::P99;
}

}  // namespace

std::pair<uint8_t, uint64_t> distinct_key(const Cell& cell) {
  double number;
  if (cell.number(number)) {
    bool exact = cell.type == CellType::Double || cell.as_int() == static_cast<int64_t>(number);
    if (exact)
      return {static_cast<uint8_t>(CellType::Double), std::bit_cast<uint64_t>(number + 0.0)};
  }
  if (cell.type == CellType::List || cell.type == CellType::Json) {
    return {static_cast<uint8_t>(cell.type), hash64(cell.bytes)};
  }
  return {static_cast<uint8_t>(cell.type), cell.bits};
}

void Tally::add_value(Aggregate aggregate, const Cell& cell) {
  if (aggregate == Aggregate::Distinct) {
    if (cell.missing()) return;
    if (distinct_ == nullptr) distinct_ = std::make_unique<DistinctSet>();
    distinct_->insert(distinct_key(cell));
    return;
  }
  double number;
  if (!cell.number(number)) return;
  cell.type == CellType::Int ? void(whole_ += cell.as_int()) : void(fraction_ += number);
  min_ = numbers_ == 0 ? number : std::min(min_, number);
  max_ = numbers_ == 0 ? number : std::max(max_, number);
  ++numbers_;
  if (is_percentile(aggregate)) {
    if (values_ == nullptr) values_ = std::make_unique<std::vector<double>>();
    values_->push_back(number);
  }
}

void Tally::merge(const Tally& other) {
  if (other.numbers_ > 0) {
    min_ = numbers_ == 0 ? other.min_ : std::min(min_, other.min_);
    max_ = numbers_ == 0 ? other.max_ : std::max(max_, other.max_);
  }
  rows_ += other.rows_;
  numbers_ += other.numbers_;
  whole_ += other.whole_;
  fraction_ += other.fraction_;
  groups_ += other.groups_;
  firsts_ += other.firsts_;
  if (other.values_ != nullptr) {
    if (values_ == nullptr) values_ = std::make_unique<std::vector<double>>();
    values_->insert(values_->end(), other.values_->begin(), other.values_->end());
  }
  if (other.distinct_ != nullptr) {
    if (distinct_ == nullptr) distinct_ = std::make_unique<DistinctSet>();
    distinct_->insert(other.distinct_->begin(), other.distinct_->end());
  }
}

std::optional<double> Tally::value(Aggregate aggregate) const {
  auto ratio = [](double a, uint64_t b) {
    return b == 0 ? std::nullopt : std::optional<double>(a / static_cast<double>(b));
  };
  double sum = static_cast<double>(whole_) + fraction_;
  switch (aggregate) {
    case Aggregate::Rows: return static_cast<double>(rows_);
    case Aggregate::Groups: return static_cast<double>(groups_);
    case Aggregate::RowsPerGroup: return ratio(static_cast<double>(rows_), groups_);
    case Aggregate::Sum: return sum;
    case Aggregate::SumPerGroup: return ratio(sum, groups_);
    case Aggregate::Mean: return ratio(sum, numbers_);
    case Aggregate::Min: return numbers_ == 0 ? std::nullopt : std::optional<double>(min_);
    case Aggregate::Max: return numbers_ == 0 ? std::nullopt : std::optional<double>(max_);
    case Aggregate::Distinct:
      return distinct_ == nullptr ? 0.0 : static_cast<double>(distinct_->size());
    case Aggregate::P50:
    case Aggregate::P90:
    case Aggregate::P99: break;
  }
  if (values_ == nullptr || values_->empty()) return std::nullopt;
  std::vector<double> sorted = *values_;
  std::sort(sorted.begin(), sorted.end());
  double p = aggregate == Aggregate::P50 ? 0.5 : aggregate == Aggregate::P90 ? 0.9 : 0.99;
  return percentile(std::span<const double>(sorted), p);
}

}  // namespace weir::columnar
