#include "columnar/rfm.h"

#include "columnar/quantiles.h"
#include "columnar/together.h"

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

constexpr double kPercentiles[] = {0, 0.2, 0.4, 0.5, 0.6, 0.8, 1};

/// RF2: score = 1 + min(4, ⌊5·w/N⌋) with w = numbers strictly worse. A number has at least
/// ⌈kN/5⌉ worse ones just when it is better than the one of that rank.
std::vector<size_t> quintile_ranks(size_t count, bool less_is_better) {
  std::vector<size_t> out;
  for (size_t k = 1; k < 5; ++k) {
    size_t worse = (k * count + 4) / 5 - 1;
    out.push_back(less_is_better ? count - 1 - worse : worse);
  }
  return out;
}

/// The numbers of one axis, those that an answer needs put where sorting would put them.
class AxisNumbers {
 public:
  AxisNumbers(std::vector<double> values, bool less_is_better)
      : values_(std::move(values)), quintiles_(quintile_ranks(values_.size(), less_is_better)) {
    sum_ = std::accumulate(values_.begin(), values_.end(), 0.0);
    std::vector<size_t> ranks = quintiles_;
    add_percentile_ranks(values_.size(), kPercentiles, ranks);
    tidy_ranks(ranks);
    select_ranks(std::span<double>(values_), std::span<const size_t>(ranks));
  }

  RfmResult::Axis axis() const {
    std::vector<double> p;
    for (double at : kPercentiles) p.push_back(percentile(std::span<const double>(values_), at));
    return {p[0], p[1], p[2], p[3], p[4], p[5], p[6], sum_ / static_cast<double>(values_.size())};
  }
  std::vector<double> quintile_bounds() const {
    std::vector<double> out;
    for (size_t rank : quintiles_) out.push_back(values_[rank]);
    return out;
  }

 private:
  std::vector<double> values_;
  std::vector<size_t> quintiles_;
  double sum_ = 0;
};

Scorer scorer_of(const RfmSpec& spec, size_t axis, const RfmResult::Axis& known,
                 const AxisNumbers& numbers) {
  Scorer out;
  out.less_is_better = axis == 0;
  switch (spec.score) {
    case RfmScore::Mean: out.bounds = {known.mean}; break;
    case RfmScore::Median: out.bounds = {known.p50}; break;
    case RfmScore::Thresholds:
      out.bounds.assign(spec.cuts[axis].begin(), spec.cuts[axis].end());
      break;
    case RfmScore::Quintile:
      out.bounds = numbers.quintile_bounds();
      out.inclusive = false;
      out.lowest = 1;
      break;
    case RfmScore::Cuts:
      // A recency that reaches a cut is worse, one below it is better.
      out.bounds.assign(spec.cuts[axis].begin(), spec.cuts[axis].end());
      out.inclusive = !out.less_is_better;
      out.lowest = 1;
      break;
  }
  if (out.less_is_better) {
    for (double& bound : out.bounds) bound = -bound;
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
  Scoring(const RfmSpec& spec, const Workers& workers, std::span<Executor* const> helpers)
      : spec_(spec), workers_(workers), helpers_(helpers) {}

  void run(RfmResult& out) {
    size_t members = 0;
    for (const auto& worker : workers_) members += worker->members().size();
    if (members == 0) return;
    together(helpers_, 3, [&](size_t axis) {
      std::vector<double> values;
      values.reserve(members);
      for (const auto& worker : workers_) {
        for (const Member& m : worker->members()) values.push_back(m.axes[axis]);
      }
      AxisNumbers numbers(std::move(values), axis == 0);
      out.axes[axis] = numbers.axis();
      scorers_[axis] = scorer_of(spec_, axis, out.axes[axis], numbers);
      sizes_[axis] = scorers_[axis].bounds.size() + 1;
    });
    std::vector<Counted> counted(workers_.size());
    together(helpers_, workers_.size(),
             [&](size_t w) { count(workers_[w]->members(), counted[w]); });
    join(counted, out);
  }

 private:
  struct Counted {
    std::vector<RfmResult::Cell> cells;
    std::vector<uint32_t> groups;
  };

  void count(const std::vector<Member>& members, Counted& to) const {
    to.cells.resize(sizes_[0] * sizes_[1] * sizes_[2]);
    for (const Member& m : members) {
      std::array<int, 3> scores{};
      size_t at = 0;
      for (size_t axis = 0; axis < 3; ++axis) {
        scores[axis] = scorers_[axis].of(m.axes[axis]);
        at = at * sizes_[axis] + static_cast<size_t>(scores[axis] - scorers_[axis].lowest);
      }
      RfmResult::Cell& cell = to.cells[at];
      cell.scores = scores;
      ++cell.groups;
      cell.orders += static_cast<uint64_t>(m.axes[1]);
      cell.amount += m.axes[2];
      if (spec_.collect && wanted(scores)) to.groups.push_back(m.group);
    }
  }

  void join(const std::vector<Counted>& counted, RfmResult& out) const {
    std::vector<RfmResult::Cell> cells(counted.front().cells.size());
    for (const Counted& one : counted) {
      for (size_t at = 0; at < cells.size(); ++at) {
        if (one.cells[at].groups == 0) continue;
        cells[at].scores = one.cells[at].scores;
        add(cells[at], one.cells[at]);
        add(out.total, one.cells[at]);
      }
      out.groups.insert(out.groups.end(), one.groups.begin(), one.groups.end());
    }
    for (auto it = cells.rbegin(); it != cells.rend(); ++it) {
      if (it->groups > 0) out.cells.push_back(*it);
    }
    std::sort(out.groups.begin(), out.groups.end());
  }

  static void add(RfmResult::Cell& to, const RfmResult::Cell& from) {
    to.groups += from.groups;
    to.orders += from.orders;
    to.amount += from.amount;
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
  std::span<Executor* const> helpers_;
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
  Scoring(spec, workers, helpers).run(out);
  return out;
}

}  // namespace weir::columnar
