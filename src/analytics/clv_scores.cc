#include "analytics/clv_scores.h"

#include "base/hash.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace weir::analytics {
namespace {

constexpr size_t kFitMax = 100'000;  // different observations that a model is fitted to

using HistoryKey = std::tuple<double, double, double>;

HistoryKey key_of(const PurchaseHistory& h) {
  return {h.repeats, h.last, h.age};
}

template <class Key, class KeyOf>
std::vector<std::pair<Key, double>> counted(std::span<const ClvBuyer> buyers, const KeyOf& key) {
  absl::flat_hash_map<Key, double> counts;
  for (const ClvBuyer& b : buyers) ++counts[key(b)];
  std::vector<std::pair<Key, double>> out(counts.begin(), counts.end());
  std::sort(out.begin(), out.end());
  return out;
}

/// Every buyer, or an even choice of them when they differ too much to look at all.
std::vector<ClvBuyer> chosen(std::span<const ClvBuyer> buyers) {
  std::vector<ClvBuyer> out(buyers.begin(), buyers.end());
  if (out.size() <= kFitMax) return out;
  size_t different =
      counted<HistoryKey>(buyers, [](const ClvBuyer& b) { return key_of(b.history); }).size();
  uint64_t every = different / kFitMax + 1;
  if (every == 1) return out;
  size_t kept = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    std::string id = std::to_string(i);
    if (hash64(id) % every == 0) out[kept++] = out[i];
  }
  out.resize(kept);
  return out;
}

std::optional<double> correlation_of(std::span<const ClvBuyer> buyers) {
  double n = 0, sx = 0, sm = 0, sxx = 0, smm = 0, sxm = 0;
  for (const ClvBuyer& b : buyers) {
    double x = b.history.repeats;
    if (x == 0) continue;
    ++n;
    sx += x;
    sm += b.mean;
    sxx += x * x;
    smm += b.mean * b.mean;
    sxm += x * b.mean;
  }
  double spread = (n * sxx - sx * sx) * (n * smm - sm * sm);
  if (spread <= 0) return std::nullopt;
  return (n * sxm - sx * sm) / std::sqrt(spread);
}

Status check_enough(const ClvModels& models) {
  if (models.buyers >= kClvBuyersMin && models.repeaters >= kClvRepeatersMin) return {};
  return fail(ErrorCode::FailedPrecondition,
              fmt::format("too little is known for a model: it needs {} buyers, {} of them with a "
                          "second purchase, and there are {} and {}. Ask about more people, or for "
                          "what people have spent so far with kind \"ltv\"",
                          kClvBuyersMin, kClvRepeatersMin, models.buyers, models.repeaters));
}

Result<Fitted<GammaGamma>> fit_value(std::span<const ClvBuyer> buyers,
                                     const std::atomic<bool>* cancelled) {
  std::vector<WeightedValue> values;
  for (const ClvBuyer& b : buyers) {
    // Gifts say nothing about what people pay.
    if (b.history.repeats > 0 && b.mean > 0) values.push_back({b.history.repeats, b.mean, 1});
  }
  if (values.size() < kClvRepeatersMin) {
    return fail(ErrorCode::FailedPrecondition,
                fmt::format("too little is known for a model: only {} buyers have repeat purchases "
                            "that are worth anything, it needs {}; check the field \"order.value\"",
                            values.size(), kClvRepeatersMin));
  }
  WEIR_TRY(Fitted<GammaGamma> out, fit_gamma_gamma(values, cancelled));
  if (out.model.q <= 1) {
    return fail(ErrorCode::FailedPrecondition,
                fmt::format("the values of orders differ too much for a mean (q = {:.3f}, must be "
                            "above 1); leave out extreme orders by a \"filter\"",
                            out.model.q),
                "filter");
  }
  return out;
}

/// Purchases within the horizon, and their number discounted month by month.
struct Outlook {
  double alive = 0, purchases = 0, discounted = 0;
};

Outlook outlook_of(const PurchaseHistory& h, const BgNbd& model, const ClvOptions& options) {
  Outlook out;
  out.alive = model.alive(h);
  double before = 0;
  for (int i = 1; i <= options.months; ++i) {
    double until = model.expected(h, i * options.month());
    out.discounted += (until - before) / std::pow(1 + options.discount, i);
    before = until;
  }
  out.purchases = before;
  return out;
}

}  // namespace

ClvBuyer buyer_at_end(const PurchasesAnswer::Buyer& buyer, int32_t end, const ClvOptions& options) {
  ClvBuyer out;
  out.history = {static_cast<double>(buyer.repeats), options.in_units(buyer.last - buyer.first),
                 options.in_units(end - buyer.first)};
  if (buyer.repeats > 0) out.mean = buyer.repeat_value / buyer.repeats;
  return out;
}

std::optional<ClvBuyer> buyer_at_cut(const PurchasesAnswer::Buyer& buyer, int32_t cut,
                                     const ClvOptions& options) {
  if (buyer.first > cut) return std::nullopt;
  ClvBuyer out;
  out.history = {static_cast<double>(buyer.cut_repeats),
                 options.in_units(buyer.cut_last - buyer.first),
                 options.in_units(cut - buyer.first)};
  if (buyer.cut_repeats > 0) out.mean = buyer.cut_repeat_value / buyer.cut_repeats;
  return out;
}

Result<ClvModels> fit_models(std::span<const ClvBuyer> buyers, const std::atomic<bool>* cancelled) {
  ClvModels out;
  out.buyers = buyers.size();
  for (const ClvBuyer& b : buyers) out.repeaters += b.history.repeats > 0 ? 1 : 0;
  WEIR_CHECK_OK(check_enough(out));
  out.correlation = correlation_of(buyers);
  std::vector<ClvBuyer> some = chosen(buyers);
  out.fitted_to = some.size();
  std::vector<WeightedHistory> histories;
  for (const auto& [key, count] :
       counted<HistoryKey>(some, [](const ClvBuyer& b) { return key_of(b.history); })) {
    auto [repeats, last, age] = key;
    histories.push_back({{repeats, last, age}, count});
  }
  WEIR_TRY(out.purchases, fit_bg_nbd(histories, cancelled));
  WEIR_TRY(out.value, fit_value(some, cancelled));
  return out;
}

Result<std::vector<ClvScore>> score(std::span<const ClvBuyer> buyers, const ClvModels& models,
                                    const ClvOptions& options, const std::atomic<bool>* cancelled) {
  absl::flat_hash_map<HistoryKey, Outlook> known;  // buyers with the same history share it
  std::vector<ClvScore> out;
  out.reserve(buyers.size());
  for (const ClvBuyer& b : buyers) {
    auto [it, fresh] = known.try_emplace(key_of(b.history));
    if (fresh) {
      if (cancelled != nullptr && cancelled->load())
        return fail(ErrorCode::Unavailable, "the query was cancelled");
      it->second = outlook_of(b.history, models.purchases.model, options);
    }
    const Outlook& outlook = it->second;
    double value = models.value.model.expected(b.history.repeats, b.mean);
    out.push_back(
        {outlook.alive, outlook.purchases, value, options.margin * value * outlook.discounted});
  }
  return out;
}

std::vector<int> value_groups(std::span<const ClvScore> scores, int groups) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return scores[a].clv > scores[b].clv; });
  std::vector<int> out(scores.size());
  size_t better = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && scores[order[i]].clv < scores[order[i - 1]].clv) better = i;
    out[order[i]] = 1 + static_cast<int>(static_cast<size_t>(groups) * better / scores.size());
  }
  return out;
}

}  // namespace weir::analytics
