#pragma once
// Repeatable randomness for tests: a failing test prints its seed, and the seed replays it.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

namespace weir::testing {

class SeededRandom {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t next() {  // splitmix64
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>(next() % bound); }
  bool chance(uint32_t percent) { return below(100) < percent; }
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[below(static_cast<uint32_t>(i))]);
    }
  }

 private:
  uint64_t state_;
};

/// WEIR_SEED from the environment, to replay a failure; else `fallback`.
inline uint64_t test_seed(uint64_t fallback) {
  const char* text = std::getenv("WEIR_SEED");
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

/// How many random logs a test looks at: WEIR_LOGS from the environment (a nightly run says
/// 1000000), else what fits into every run.
inline int log_count(int fallback = 50'000) {
  const char* text = std::getenv("WEIR_LOGS");
  return text == nullptr ? fallback : std::atoi(text);
}
/// Rounds of `people` logs each that make so many.
inline int rounds_for(int people, int fallback = 50'000) {
  return (log_count(fallback) + people - 1) / people;
}

}  // namespace weir::testing
