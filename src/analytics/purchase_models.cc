#include "analytics/purchase_models.h"

#include <algorithm>
#include <cmath>

namespace weir::analytics {
namespace {

double log_beta(double a, double b) {
  return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
}

/// (1-z)^(a+b-c) · ₂F₁(a, b; c; z) for 0 ≤ z < 1: by Euler's transformation the series of c-a and
/// c-b, which converges faster where ₂F₁ itself grows without bound.
double scaled_2f1(double a, double b, double c, double z) {
  constexpr int kTermsMax = 200'000;
  double term = 1, sum = 1;
  for (int n = 0; n < kTermsMax; ++n) {
    term *= (c - a + n) * (c - b + n) / ((c + n) * (n + 1)) * z;
    sum += term;
    if (std::abs(term) < 1e-14 * std::abs(sum) && n > c) break;
  }
  return sum;
}

/// a/(b+x-1) · ((alpha+T)/(alpha+t_x))^(r+x): odds that the buyer has gone; 0 without repeats.
double odds_gone(const BgNbd& m, const PurchaseHistory& h) {
  if (h.repeats == 0) return 0;
  double ratio = std::log((m.alpha + h.age) / (m.alpha + h.last));
  return m.a / (m.b + h.repeats - 1) * std::exp((m.r + h.repeats) * ratio);
}

/// The formulas divide by a-1, but have a limit there.
double off_one(double a) {
  constexpr double kNear = 1e-7;
  return std::abs(a - 1) < kNear ? 1 + kNear : a;
}

}  // namespace

double BgNbd::log_likelihood(const PurchaseHistory& h) const {
  double x = h.repeats;
  double common = std::lgamma(r + x) - std::lgamma(r) + r * std::log(alpha) + std::lgamma(a + b) +
                  std::lgamma(b + x) - std::lgamma(b) - std::lgamma(a + b + x);
  return common - (r + x) * std::log(alpha + h.age) + std::log1p(odds_gone(*this, h));
}

double BgNbd::alive(const PurchaseHistory& h) const {
  return 1 / (1 + odds_gone(*this, h));
}

double BgNbd::expected(const PurchaseHistory& h, double t) const {
  if (t <= 0) return 0;
  double x = h.repeats, near = off_one(a), z = t / (alpha + h.age + t);
  // ((α+T)/(α+T+t))^(r+x) is (1-z)^(r+x): with Euler's transformation (1-z)^(a-1) remains.
  double rest = std::pow(1 - z, near - 1) * scaled_2f1(r + x, b + x, near + b + x - 1, z);
  return (near + b + x - 1) / (near - 1) * (1 - rest) * alive(h);
}

double BgNbd::expected_of_new(double t) const {
  return expected({}, t);
}

double BgNbd::probability(int n, double t) const {
  double log_share = std::log(t / (alpha + t)), log_none = r * std::log(alpha / (alpha + t));
  auto poisson = [&](int k) {
    if (t <= 0) return k == 0 ? 1.0 : 0.0;
    return std::exp(std::lgamma(r + k) - std::lgamma(r) - std::lgamma(k + 1.0) + log_none +
                    k * log_share);
  };
  double still = std::exp(log_beta(a, b + n) - log_beta(a, b)) * poisson(n);
  if (n == 0) return still;
  double fewer = 0;
  for (int k = 0; k < n; ++k) fewer += poisson(k);
  double gone = std::exp(log_beta(a + 1, b + n - 1) - log_beta(a, b));
  return still + gone * std::max(0.0, 1 - fewer);
}

double GammaGamma::log_likelihood(double repeats, double mean) const {
  double px = p * repeats, total = repeats * mean;
  return std::lgamma(px + q) - std::lgamma(px) - std::lgamma(q) + q * std::log(v) +
         (px - 1) * std::log(mean) + px * std::log(repeats) - (px + q) * std::log(total + v);
}

double GammaGamma::expected(double repeats, double mean) const {
  double own = p * repeats / (p * repeats + q - 1);
  return (1 - own) * p * v / (q - 1) + own * mean;
}

}  // namespace weir::analytics
