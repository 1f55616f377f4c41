#pragma once
// Seeded chance: the same seed plays the same people. SplitMix64; not for secrets.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::sandbox {

class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool chance(double p) { return p > 0 && unit() < p; }
  /// Uniform in [low, high].
  int64_t between(int64_t low, int64_t high) {
    if (high <= low) return low;
    return low + static_cast<int64_t>(next() % static_cast<uint64_t>(high - low + 1));
  }
  template <class T>
  const T& pick(const std::vector<T>& items) {
    return items[next() % items.size()];
  }
  /// Letters and digits, as the vendors' ids are made of.
  std::string letters(size_t size) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::string out;
    for (size_t i = 0; i < size; ++i) out.push_back(kAlphabet[next() % kAlphabet.size()]);
    return out;
  }

 private:
  uint64_t state_;
};

}  // namespace weir::sandbox
