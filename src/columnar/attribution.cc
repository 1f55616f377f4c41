#include "columnar/attribution.h"

#include "columnar/attribution_shares.h"
#include "columnar/attribution_worker.h"
#include "columnar/credit_split.h"

#include <algorithm>
#include <map>

namespace weir::columnar {
namespace {

using Workers = std::vector<std::unique_ptr<AttributionWorker>>;
using Channel = AttributionResult::Channel;
using Credit = AttributionResult::Credit;

bool has_rule(const AttributionSpec& spec, CreditRule rule) {
  return std::find(spec.rules.begin(), spec.rules.end(), rule) != spec.rules.end();
}

ScanSpec scan_spec_of(const AttributionSpec& spec) {
  ScanSpec out;
  out.event_masks =
      event_masks({&spec.orders.paid, &spec.orders.refunds, &spec.touches, &spec.views});
  out.groups = spec.groups;
  // An id that was seen before is no new order, however long ago that was.
  int64_t touches_from = spec.from - spec.lookback_ms;
  if (spec.orders.id == kNone) out.from = touches_from;
  out.event_from.assign(out.event_masks.size(), out.from);
  for (size_t code = 0; code < out.event_masks.size(); ++code) {
    if ((out.event_masks[code] & (kOrderBit | kRefundBit)) == 0)
      out.event_from[code] = touches_from;
  }
  out.to = spec.to - 1;
  // An order after the range says that the touches before it did convert.
  if (has_rule(spec, CreditRule::Markov) || has_rule(spec, CreditRule::ShapleyRate))
    out.to += spec.lookback_ms;
  if (!spec.orders.refunds.events.empty()) out.to = spec.as_of;
  out.to = std::min(out.to, spec.as_of);
  return out;
}

void add_to(Credit& out, const AttributionWorker::Credit& credit) {
  out.orders += credit.orders;
  out.value += credit.value;
  out.groups += credit.groups;
}

void add_to(std::vector<uint64_t>& out, const std::vector<uint64_t>& counts) {
  if (out.size() < counts.size()) out.resize(counts.size());
  for (size_t i = 0; i < counts.size(); ++i) out[i] += counts[i];
}

/// Numbers of channels over all threads, and what the threads counted.
class Merge {
 public:
  Merge(const AttributionSpec& spec, const Workers& workers) : spec_(spec), workers_(workers) {
    std::map<std::string, uint32_t> numbers;
    for (const auto& worker : workers) {
      std::vector<uint32_t>& own = numbers_.emplace_back(worker->size(), kNone);
      for (uint32_t c = 1; c < worker->size(); ++c) {
        auto [it, fresh] =
            numbers.try_emplace(worker->text(c), static_cast<uint32_t>(channels_.size()));
        if (fresh) {
          channels_.push_back({it->first, std::vector<Credit>(spec.rules.size()), 0, 0, 0, 0});
        }
        own[c] = it->second;
      }
    }
  }

  Result<AttributionResult> run() {
    if (channels_.size() > kChannelsMax) {
      return fail(ErrorCode::ResourceExhausted,
                  "touches have more than " + std::to_string(kChannelsMax) +
                      " channels; choose another dimension or filter",
                  "touches.dimension");
    }
    std::vector<Credit> none(spec_.rules.size());
    for (size_t w = 0; w < workers_.size(); ++w) add_worker(w, none);
    if (!none.empty()) out_.none = none[0];
    WEIR_CHECK_OK(share_markov());
    WEIR_CHECK_OK(share_rate());
    std::erase_if(channels_, [](const Channel& c) {
      // Touched nobody before an order, nor did it keep anybody from one.
      return c.last == 0 && c.assisted == 0 && c.removal == 0 && c.rate == 0;
    });
    std::sort(channels_.begin(), channels_.end(), [&](const Channel& a, const Channel& b) {
      double x = a.credits[0].orders, y = b.credits[0].orders;
      return x != y ? x > y : a.name < b.name;
    });
    out_.channels = std::move(channels_);
    std::sort(out_.groups.begin(), out_.groups.end());
    return std::move(out_);
  }

 private:
  void add_worker(size_t w, std::vector<Credit>& none) {
    const AttributionWorker& worker = *workers_[w];
    for (size_t c = 0; c < worker.size(); ++c) {
      const AttributionWorker::Channel& own = worker.channels()[c];
      for (size_t r = 0; r < spec_.rules.size(); ++r)
        add_to(c == 0 ? none[r] : channels_[numbers_[w][c]].credits[r], own.credits[r]);
      if (c == 0) continue;
      channels_[numbers_[w][c]].assisted += own.assisted;
      channels_[numbers_[w][c]].last += own.last;
    }
    add_to(out_.all, worker.all());
    add_to(out_.lengths, worker.lengths());
    add_to(out_.lag_days, worker.lag_days());
    whole_ &= worker.whole();
    out_.groups.insert(out_.groups.end(), worker.collected().begin(), worker.collected().end());
  }

  /// Gives a rule's orders and value to channels by `shares` (not negative), or by `otherwise` when
  /// all are 0.
  void share(CreditRule rule, std::vector<double> shares, const std::vector<double>& otherwise) {
    double sum = 0, orders = out_.all.orders - out_.none.orders;
    for (double s : shares) sum += s;
    if (sum <= 0) {
      shares = otherwise;
      for (double s : shares) sum += s;
    }
    if (sum <= 0) return;
    for (double& s : shares) s /= sum;
    std::vector<double> values;
    split_amount(out_.all.value - out_.none.value, whole_, shares, values);
    for (size_t r = 0; r < spec_.rules.size(); ++r) {
      if (spec_.rules[r] != rule) continue;
      for (size_t c = 0; c < channels_.size(); ++c) {
        channels_[c].credits[r].orders = orders * shares[c];
        channels_[c].credits[r].value = values[c];
      }
    }
  }

  /// What the pass counted for a shared rule: equal per different channel.
  std::vector<double> equal_shares(CreditRule rule) const {
    std::vector<double> out(channels_.size());
    auto at = std::find(spec_.rules.begin(), spec_.rules.end(), rule) - spec_.rules.begin();
    for (size_t c = 0; c < channels_.size(); ++c)
      out[c] = channels_[c].credits[static_cast<size_t>(at)].orders;
    return out;
  }

  Status share_markov() {
    if (!has_rule(spec_, CreditRule::Markov)) return {};
    if (channels_.size() > kMarkovChannelsMax) {
      return fail(ErrorCode::InvalidArgument,
                  "model \"markov\" shares among at most 200 channels; touches have " +
                      std::to_string(channels_.size()),
                  "models");
    }
    std::map<std::pair<uint32_t, uint32_t>, uint64_t> counts;
    for (size_t w = 0; w < workers_.size(); ++w) {
      auto common = [&](uint32_t channel) {
        return channel >= kMarkovStart ? channel : numbers_[w][channel];
      };
      for (const auto& [key, count] : workers_[w]->transitions()) {
        counts[{common(static_cast<uint32_t>(key >> 32)), common(static_cast<uint32_t>(key))}] +=
            count;
      }
    }
    std::vector<Transition> transitions;
    for (const auto& [ends, count] : counts)
      transitions.push_back({ends.first, ends.second, count});
    MarkovShares shares = markov_shares(channels_.size(), transitions);
    for (size_t c = 0; c < channels_.size(); ++c) channels_[c].removal = shares.removal[c];
    out_.probability = shares.probability;
    share(CreditRule::Markov, shares.removal, equal_shares(CreditRule::Markov));
    return {};
  }

  Status share_rate() {
    if (!has_rule(spec_, CreditRule::ShapleyRate)) return {};
    if (channels_.size() > kRateChannelsMax) {
      return fail(ErrorCode::InvalidArgument,
                  "model \"shapley_rate\" shares among at most 12 channels; touches have " +
                      std::to_string(channels_.size()),
                  "models");
    }
    std::map<uint32_t, SetCount> sets;
    for (size_t w = 0; w < workers_.size(); ++w) {
      for (const auto& [members, reached] : workers_[w]->sets()) {
        uint32_t set = 0;
        for (uint32_t c : members) set |= uint32_t{1} << numbers_[w][c];
        SetCount& count = sets[set];
        count.set = set;
        count.groups += reached.groups;
        count.converted += reached.converted;
      }
    }
    std::vector<SetCount> list;
    for (const auto& [set, count] : sets) list.push_back(count);
    std::vector<double> rates = shapley_of_rate(channels_.size(), list);
    for (size_t c = 0; c < channels_.size(); ++c) {
      channels_[c].rate = rates[c];
      rates[c] = std::max(0.0, rates[c]);  // credits are not negative (AT3)
    }
    share(CreditRule::ShapleyRate, rates, equal_shares(CreditRule::ShapleyRate));
    return {};
  }

  const AttributionSpec& spec_;
  const Workers& workers_;
  std::vector<std::vector<uint32_t>> numbers_;
  std::vector<Channel> channels_;
  bool whole_ = true;
  AttributionResult out_;
};

}  // namespace

Result<AttributionResult> run_attribution(const std::shared_ptr<const Snapshot>& snapshot,
                                          const AttributionSpec& spec, const ScanBudget& budget,
                                          std::span<Executor* const> helpers) {
  WEIR_ASSERT(!spec.rules.empty());
  Workers workers;
  WEIR_TRY(uint64_t rows,
           scan(snapshot, scan_spec_of(spec), budget, helpers, [&]() -> GroupOperator& {
             return *workers.emplace_back(std::make_unique<AttributionWorker>(spec));
           }));
  WEIR_TRY(AttributionResult out, Merge(spec, workers).run());
  out.rows_scanned = rows;
  return out;
}

}  // namespace weir::columnar
