#include "columnar/rfm.h"

#include "columnar/quantiles.h"

#include <numeric>

namespace weir::columnar {
namespace {

constexpr uint32_t kPaidBit = 1, kRefundBit = 2;

/// One group with at least one order. Frequency is small, so all three are numbers of one type.
struct Member {
  std::array<double, 3> axes;
  uint32_t group;
};

class Worker : public GroupOperator {
 public:
  explicit Worker(const RfmSpec& spec)
      : spec_(spec),
        orders_(spec.orders, {kPaidBit, kRefundBit}, spec.calendar),
        clock_(spec.calendar) {
    today_ = clock_.day(spec.as_of);
  }

  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override {
    double count = 0, amount = 0;
    int64_t last = INT64_MIN;
    for (const Order& order : orders_.read(group, hits, reader)) {
      // Orders that were given back as a whole do not count (RF1).
      if (order.voided || order.time < spec_.from || order.time > spec_.to) continue;
      ++count;
      amount += order.net;
      last = order.time;
    }
    if (count == 0) return;
    double recency = spec_.elapsed ? static_cast<double>(spec_.as_of - last)
                                   : static_cast<double>(today_ - clock_.day(last));
    members_.push_back({{recency, count, amount}, group});
  }

  const std::vector<Member>& members() const { return members_; }

 private:
  const RfmSpec& spec_;
  OrderReader orders_;
  DayClock clock_;
  int32_t today_ = 0;
  std::vector<Member> members_;
};

using Workers = std::vector<std::unique_ptr<Worker>>;

/// Turns numbers of one axis into scores: how many bounds are reached, plus the lowest score.
struct Scorer {
  std::vector<double> bounds;  // a number reaches those it is above (or at, when `inclusive`)
  bool inclusive = true;
  bool less_is_better = false;
  int lowest = 0;

  int of(double value) const {
    double v = less_is_better ? -value : value;
    int reached = 0;
    for (double bound : bounds) reached += inclusive ? v >= bound : v > bound;
    return lowest + reached;
  }
};

RfmResult::Axis axis_of(std::vector<double>& values) {
  constexpr double kPercentiles[] = {0, 0.2, 0.4, 0.5, 0.6, 0.8, 1};
  double sum = std::accumulate(values.begin(), values.end(), 0.0);
  std::vector<double> p =
      percentiles(std::span<double>(values), std::span<const double>(kPercentiles));
  return {p[0], p[1], p[2], p[3], p[4], p[5], p[6], sum / static_cast<double>(values.size())};
}

/// RF2: score = 1 + min(4, ⌊5·w/N⌋) with w = numbers strictly worse. A number has at least
/// ⌈kN/5⌉ worse ones just when it is better than the one of that rank.
std::vector<double> quintile_bounds(std::vector<double>& values, bool less_is_better) {
  if (less_is_better) {
    for (double& v : values) v = -v;
  }
  std::vector<size_t> ranks;
  for (size_t k = 1; k < 5; ++k) ranks.push_back((k * values.size() + 4) / 5 - 1);
  std::vector<size_t> once = ranks;
  once.erase(std::unique(once.begin(), once.end()), once.end());
  select_ranks(std::span<double>(values), std::span<const size_t>(once));
  std::vector<double> out;
  for (size_t rank : ranks) out.push_back(values[rank]);
  return out;
}

/// `values` may be reordered.
Scorer scorer_of(const RfmSpec& spec, size_t axis, const RfmResult::Axis& known,
                 std::vector<double>& values) {
  Scorer out;
  out.less_is_better = axis == 0;
  double sign = out.less_is_better ? -1 : 1;
  switch (spec.score) {
    case RfmScore::Mean: out.bounds = {sign * known.mean}; break;
    case RfmScore::Median: out.bounds = {sign * known.p50}; break;
    case RfmScore::Thresholds:
      for (double cut : spec.cuts[axis]) out.bounds.push_back(sign * cut);
      break;
    case RfmScore::Quintile:
      out.bounds = quintile_bounds(values, out.less_is_better);
      out.inclusive = false;
      out.lowest = 1;
      break;
    case RfmScore::Cuts:
      // A recency that reaches a cut is worse, one below it is better.
      for (double cut : spec.cuts[axis]) out.bounds.push_back(sign * cut);
      out.inclusive = !out.less_is_better;
      out.lowest = 1;
      break;
  }
  return out;
}

ScanSpec scan_spec_of(const RfmSpec& spec) {
  ScanSpec out;
  out.event_masks = event_masks({&spec.orders.paid, &spec.orders.refunds});
  out.groups = spec.groups;
  // An id that was seen before is no new order, however long ago that was.
  if (spec.orders.id == kNone) out.from = spec.from;
  out.to = spec.as_of;
  return out;
}

class Scoring {
 public:
  Scoring(const RfmSpec& spec, const Workers& workers) : spec_(spec), workers_(workers) {}

  void run(RfmResult& out) {
    size_t members = 0;
    for (const auto& worker : workers_) members += worker->members().size();
    if (members == 0) return;
    std::vector<double> values(members);
    for (size_t axis = 0; axis < 3; ++axis) {
      size_t next = 0;
      for (const auto& worker : workers_) {
        for (const Member& m : worker->members()) values[next++] = m.axes[axis];
      }
      out.axes[axis] = axis_of(values);
      scorers_[axis] = scorer_of(spec_, axis, out.axes[axis], values);
      sizes_[axis] = scorers_[axis].bounds.size() + 1;
    }
    count(out);
  }

 private:
  void count(RfmResult& out) {
    std::vector<RfmResult::Cell> cells(sizes_[0] * sizes_[1] * sizes_[2]);
    for (const auto& worker : workers_) {
      for (const Member& m : worker->members()) {
        std::array<int, 3> scores{};
        size_t at = 0;
        for (size_t axis = 0; axis < 3; ++axis) {
          scores[axis] = scorers_[axis].of(m.axes[axis]);
          at = at * sizes_[axis] + static_cast<size_t>(scores[axis] - scorers_[axis].lowest);
        }
        add(cells[at], m);
        add(out.total, m);
        cells[at].scores = scores;
        if (spec_.collect && wanted(scores)) out.groups.push_back(m.group);
      }
    }
    for (auto it = cells.rbegin(); it != cells.rend(); ++it) {
      if (it->groups > 0) out.cells.push_back(*it);
    }
    std::sort(out.groups.begin(), out.groups.end());
  }

  static void add(RfmResult::Cell& cell, const Member& m) {
    ++cell.groups;
    cell.orders += static_cast<uint64_t>(m.axes[1]);
    cell.amount += m.axes[2];
  }

  bool wanted(const std::array<int, 3>& scores) const {
    for (size_t axis = 0; axis < 3; ++axis) {
      const std::optional<int>& score = (*spec_.collect)[axis];
      if (score && *score != scores[axis]) return false;
    }
    return true;
  }

  const RfmSpec& spec_;
  const Workers& workers_;
  std::array<Scorer, 3> scorers_;
  std::array<size_t, 3> sizes_{};
};

}  // namespace

Result<RfmResult> run_rfm(const std::shared_ptr<const Snapshot>& snapshot, const RfmSpec& spec,
                          const ScanBudget& budget, std::span<Executor* const> helpers) {
  Workers workers;
  RfmResult out;
  WEIR_TRY(out.rows_scanned,
           scan(snapshot, scan_spec_of(spec), budget, helpers, [&]() -> GroupOperator& {
             return *workers.emplace_back(std::make_unique<Worker>(spec));
           }));
  Scoring(spec, workers).run(out);
  return out;
}

}  // namespace weir::columnar
