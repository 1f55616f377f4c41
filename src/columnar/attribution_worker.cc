#include "columnar/attribution_worker.h"

#include "columnar/attribution_shares.h"
#include "columnar/credit_split.h"

#include <algorithm>
#include <cmath>

namespace weir::columnar {
namespace {

void count_at(std::vector<uint64_t>& counts, size_t at) {
  if (at >= counts.size()) counts.resize(at + 1);
  ++counts[at];
}

}  // namespace

AttributionWorker::AttributionWorker(const AttributionSpec& spec)
    : spec_(spec),
      orders_(spec.orders, {kOrderBit, kRefundBit}, spec.calendar),
      key_defs_{spec.channel},
      keys_(key_defs_),
      channels_(1) {
  channels_[0].credits.resize(spec.rules.size());
  for (CreditRule rule : spec.rules) {
    markov_ |= rule == CreditRule::Markov;
    rate_ |= rule == CreditRule::ShapleyRate;
  }
  if (spec.collect && spec.collect->channel && *spec.collect->channel == kNoneKey) wanted_ = 0;
}

void AttributionWorker::group(uint32_t group, std::span<Hit> hits, RowReader& reader) {
  if (channels_.size() > kChannelsMax + 1) return;  // refused at the end
  uint32_t any = 0;
  for (const Hit& hit : hits) any |= hit.mask;
  bool only_touches = (any & kOrderBit) == 0;
  if (only_touches && !markov_ && !rate_) return;
  group_ = group;
  read_touches(group, hits, reader);
  std::span<const Order> orders;
  if (!only_touches) orders = orders_.read(group, hits, reader);
  first_touch_ = 0;
  set_.clear();
  bool converted = false;
  for (const Order& order : orders) {
    if (order.time >= spec_.to) break;
    bool counts = order.time >= spec_.from;
    if (!counts && !spec_.reset_after_order) continue;
    find_path(order);
    if (!counts) continue;
    add(all_, 1, order.net);
    whole_ &= order.whole;
    if (spec_.collect && !spec_.collect->channel &&
        (collected_.empty() || collected_.back() != group))
      collected_.push_back(group);
    count_at(lengths_, path_.size());
    if (path_.empty()) {
      credit_none(order);
      continue;
    }
    converted = true;
    credit(order);
  }
  if (markov_ || rate_) count_other_paths(orders);
  if (!rate_ || set_.empty()) return;
  std::sort(set_.begin(), set_.end());
  set_.erase(std::unique(set_.begin(), set_.end()), set_.end());
  Reached& reached = sets_[set_];
  ++reached.groups;
  reached.converted += converted ? 1 : 0;
}

void AttributionWorker::read_touches(uint32_t group, std::span<const Hit> hits, RowReader& reader) {
  touches_.clear();
  auto passes = [&](const std::shared_ptr<const Predicate>& p, const Hit& hit) {
    return p == nullptr || p->matches(hit, group, reader);
  };
  for (uint32_t i = 0; i < hits.size(); ++i) {
    const Hit& hit = hits[i];
    bool click = (hit.mask & kTouchBit) != 0, view = (hit.mask & kViewBit) != 0;
    if ((!click && !view) || !passes(spec_.filter, hit)) continue;
    click = click && passes(spec_.touches.predicate, hit);
    if (!click && !(view && passes(spec_.views.predicate, hit))) continue;
    uint32_t channel = channel_of(hit, group, reader);
    if (channel != KeyReader::kMissing) touches_.push_back({hit.time, channel, i, !click, false});
  }
}

uint32_t AttributionWorker::channel_of(const Hit& hit, uint32_t group, RowReader& reader) {
  uint32_t channel = keys_.part(0, hit, group, reader);
  for (auto fresh = static_cast<uint32_t>(channels_.size()); fresh <= channel; ++fresh) {
    channels_.emplace_back().credits.resize(spec_.rules.size());
    const std::string& text = keys_.text(fresh);
    bool direct = std::find(spec_.direct.begin(), spec_.direct.end(), text) != spec_.direct.end();
    direct_.resize(fresh + 1);
    direct_[fresh] = direct ? 1 : 0;
    seen_.resize(fresh + 1);
    if (spec_.collect && spec_.collect->channel == text) wanted_ = fresh;
  }
  return channel;
}

void AttributionWorker::find_path(const Order& order) {
  path_.clear();
  while (first_touch_ < touches_.size() &&
         touches_[first_touch_].time < order.time - spec_.lookback_ms)
    ++first_touch_;
  for (size_t i = first_touch_; i < touches_.size() && touches_[i].time <= order.time; ++i) {
    Touch& touch = touches_[i];
    if (touch.view && touch.time < order.time - spec_.view_ms) continue;
    if (spec_.reset_after_order && touch.used) continue;
    if (touch.hit == order.hit) continue;  // one event, one role (G6)
    touch.used = true;
    path_.push_back(static_cast<uint32_t>(i));
  }
}

void AttributionWorker::credit(const Order& order) {
  for (size_t r = 0; r < spec_.rules.size(); ++r) {
    weigh(spec_.rules[r]);
    if (weights_.size() == 1) {
      add(r, weighed_[0], 1, order.net);
      continue;
    }
    split_amount(order.net, order.whole, weights_, parts_);
    for (size_t i = 0; i < weights_.size(); ++i) add(r, weighed_[i], weights_[i], parts_[i]);
  }
  count_assists();
  count_at(lag_days_, static_cast<size_t>((order.time - touches_[path_[0]].time) / kDayMs));
  if (markov_) count_converting_path();
  if (rate_) {
    for (uint32_t i : path_) set_.push_back(touches_[i].channel);
  }
}

void AttributionWorker::credit_none(const Order& order) {
  for (size_t r = 0; r < spec_.rules.size(); ++r) add(r, 0, 1, order.net);
}

/// Sets weights_ and weighed_ from path_.
void AttributionWorker::weigh(CreditRule rule) {
  weights_.clear();
  weighed_.clear();
  size_t n = path_.size();
  auto one = [&](size_t i) {
    weights_.push_back(1);
    weighed_.push_back(touches_[path_[i]].channel);
  };
  auto each = [&](auto weight) {
    for (size_t i = 0; i < n; ++i) {
      weights_.push_back(weight(i));
      weighed_.push_back(touches_[path_[i]].channel);
    }
  };
  auto distinct = [&] {
    ++stamp_;
    for (uint32_t i : path_) {
      uint32_t channel = touches_[i].channel;
      if (seen_[channel] == stamp_) continue;
      seen_[channel] = stamp_;
      weighed_.push_back(channel);
    }
    weights_.assign(weighed_.size(), 1.0 / static_cast<double>(weighed_.size()));
  };
  switch (rule) {
    case CreditRule::First: return one(0);
    case CreditRule::Last: return one(n - 1);
    case CreditRule::LastNonDirect: {
      size_t i = n;
      while (i > 0 && direct_[touches_[path_[i - 1]].channel] != 0) --i;
      return one(i > 0 ? i - 1 : n - 1);
    }
    case CreditRule::Linear: return each([&](size_t) { return 1.0 / static_cast<double>(n); });
    case CreditRule::Distinct:
    case CreditRule::Markov:
    case CreditRule::ShapleyRate: return distinct();
    case CreditRule::Position: {
      double first = spec_.position_first, last = spec_.position_last;
      if (n == 1) return one(0);
      if (n == 2) return each([&](size_t i) { return (i == 0 ? first : last) / (first + last); });
      double middle = spec_.position_middle / static_cast<double>(n - 2);
      return each([&](size_t i) { return i == 0 ? first : i + 1 == n ? last : middle; });
    }
    case CreditRule::TimeDecay: break;
  }
  // Ages less that of the last touch: the same weights, and no underflow.
  auto age = [&](size_t i) {
    return static_cast<double>(touches_[path_[n - 1]].time - touches_[path_[i]].time);
  };
  each([&](size_t i) { return std::exp2(-age(i) / static_cast<double>(spec_.half_life_ms)); });
  double sum = 0;
  for (double w : weights_) sum += w;
  for (double& w : weights_) w /= sum;
}

void AttributionWorker::add(size_t rule, uint32_t channel, double orders, double value) {
  add(channels_[channel].credits[rule], orders, value);
  if (channel == wanted_ && spec_.collect->rule == rule && orders > 0 &&
      (collected_.empty() || collected_.back() != group_))
    collected_.push_back(group_);
}

void AttributionWorker::add(Credit& credit, double orders, double value) const {
  credit.orders += orders;
  credit.value += value;
  if (credit.last_group == group_ || orders == 0) return;
  credit.last_group = group_;
  ++credit.groups;
}

void AttributionWorker::count_assists() {
  uint32_t last = touches_[path_.back()].channel;
  ++channels_[last].last;
  ++stamp_;
  seen_[last] = stamp_;
  for (uint32_t i : path_) {
    uint32_t channel = touches_[i].channel;
    if (seen_[channel] == stamp_) continue;
    seen_[channel] = stamp_;
    ++channels_[channel].assisted;
  }
}

void AttributionWorker::count_converting_path() {
  uint32_t at = kMarkovStart;
  for (uint32_t i : path_) {
    if (touches_[i].channel == at) continue;
    step(at, touches_[i].channel);
    at = touches_[i].channel;
  }
  step(at, kMarkovConversion);
}

void AttributionWorker::count_other_paths(std::span<const Order> orders) {
  size_t last = touches_.size();
  while (last > 0 && (touches_[last - 1].time >= spec_.to || touches_[last - 1].view)) --last;
  if (last == 0 || touches_[last - 1].time < spec_.from) return;
  int64_t end = touches_[last - 1].time, begin = end - spec_.lookback_ms;
  for (const Order& order : orders) {
    if (order.time >= end && order.time - end <= spec_.lookback_ms) return;  // it converted
    if (order.time < end) begin = std::max(begin, order.time + 1);
  }
  uint32_t at = kMarkovStart;
  for (size_t i = 0; i < last; ++i) {
    const Touch& touch = touches_[i];
    if (touch.time < begin || touch.view) continue;
    set_.push_back(touch.channel);
    if (touch.channel == at) continue;
    if (markov_) step(at, touch.channel);
    at = touch.channel;
  }
  if (markov_) step(at, kMarkovNull);
}

}  // namespace weir::columnar
