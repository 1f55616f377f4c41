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
    return {static_cast<uint8_t>(cell.type), hash64(cell.bytes())};
  }
  return {static_cast<uint8_t>(cell.type), cell.bits};
}

void Tally::add_value(Aggregate aggregate, const Cell& cell) {
  double number = 0;
  bool counts = aggregate == Aggregate::Distinct ? !cell.missing() : cell.number(number);
  if (!counts) return;
  if (numbers_ == nullptr) numbers_ = std::make_unique<Numbers>();
  Numbers& n = *numbers_;
  if (aggregate == Aggregate::Distinct) {
    n.distinct.insert(distinct_key(cell));
    return;
  }
  cell.type == CellType::Int ? void(n.whole += cell.as_int()) : void(n.fraction += number);
  n.min = n.count == 0 ? number : std::min(n.min, number);
  n.max = n.count == 0 ? number : std::max(n.max, number);
  ++n.count;
  if (is_percentile(aggregate)) n.values.push_back(number);
}

void Tally::Numbers::merge(const Numbers& other) {
  if (other.count > 0) {
    min = count == 0 ? other.min : std::min(min, other.min);
    max = count == 0 ? other.max : std::max(max, other.max);
  }
  count += other.count;
  whole += other.whole;
  fraction += other.fraction;
  values.insert(values.end(), other.values.begin(), other.values.end());
  distinct.insert(other.distinct.begin(), other.distinct.end());
}

void Tally::merge(const Tally& other) {
  rows_ += other.rows_;
  groups_ += other.groups_;
  firsts_ += other.firsts_;
  if (other.numbers_ == nullptr) return;
  if (numbers_ == nullptr) numbers_ = std::make_unique<Numbers>();
  numbers_->merge(*other.numbers_);
}

std::optional<double> Tally::value(Aggregate aggregate) const {
  static const Numbers kNothing;
  const Numbers& n = numbers_ == nullptr ? kNothing : *numbers_;
  auto ratio = [](double a, uint64_t b) {
    return b == 0 ? std::nullopt : std::optional<double>(a / static_cast<double>(b));
  };
  auto of_some = [&](double number) {
    return n.count == 0 ? std::nullopt : std::optional<double>(number);
  };
  double sum = static_cast<double>(n.whole) + n.fraction;
  switch (aggregate) {
    case Aggregate::Rows: return static_cast<double>(rows_);
    case Aggregate::Groups: return static_cast<double>(groups_);
    case Aggregate::RowsPerGroup: return ratio(static_cast<double>(rows_), groups_);
    case Aggregate::Sum: return sum;
    case Aggregate::SumPerGroup: return ratio(sum, groups_);
    case Aggregate::Mean: return ratio(sum, n.count);
    case Aggregate::Min: return of_some(n.min);
    case Aggregate::Max: return of_some(n.max);
    case Aggregate::Distinct: return static_cast<double>(n.distinct.size());
    case Aggregate::P50:
    case Aggregate::P90:
    case Aggregate::P99: break;
  }
  if (n.values.empty()) return std::nullopt;
  std::vector<double> sorted = n.values;
  std::sort(sorted.begin(), sorted.end());
  double p = aggregate == Aggregate::P50 ? 0.5 : aggregate == Aggregate::P90 ? 0.9 : 0.99;
  return percentile(std::span<const double>(sorted), p);
}

}  // namespace weir::columnar
