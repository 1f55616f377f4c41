#pragma once
// Counters, gauges and histograms for /metrics (Prometheus text format). Names and labels never
// hold personal data or ids of people. Thread-safe; increments are one atomic add.

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace weir {

class Counter {
 public:
  void add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class Gauge {
 public:
  void set(int64_t v) { value_.store(v, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

/// Lengths in microseconds, in buckets that double from 100 µs to 100 s.
class Histogram {
 public:
  static constexpr int kBuckets = 21;
  void observe_us(int64_t us);
  uint64_t count() const;
  /// Upper bound of the bucket that holds the q-quantile, in microseconds.
  int64_t quantile_us(double q) const;
  void render(std::string& out, const std::string& name, const std::string& labels) const;

 private:
  std::array<std::atomic<uint64_t>, kBuckets + 1> buckets_{};
  std::atomic<uint64_t> sum_us_{0};
};

/// Owns the instruments; app/ makes one and hands it down. References stay valid for its life.
/// `labels` is Prometheus text without braces, e.g. `source="web",outcome="accepted"`.
class Metrics {
 public:
  Counter& counter(std::string_view name, std::string_view labels = {});
  Gauge& gauge(std::string_view name, std::string_view labels = {});
  Histogram& histogram(std::string_view name, std::string_view labels = {});
  std::string render() const;

 private:
  using Key = std::pair<std::string, std::string>;
  mutable std::mutex mutex_;
  std::map<Key, std::unique_ptr<Counter>> counters_;
  std::map<Key, std::unique_ptr<Gauge>> gauges_;
  std::map<Key, std::unique_ptr<Histogram>> histograms_;
};

}  // namespace weir
