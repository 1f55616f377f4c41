#include "base/metrics.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <iterator>

namespace weir {
namespace {

constexpr int64_t kFirstBoundUs = 100;

int64_t bound_us(int bucket) {
  return kFirstBoundUs << bucket;
}

std::string braces(const std::string& labels) {
  return labels.empty() ? std::string() : "{" + labels + "}";
}

template <class Map>
auto& find_or_make(Map& map, std::string_view name, std::string_view labels) {
  auto& slot = map[{std::string(name), std::string(labels)}];
  if (!slot) slot = std::make_unique<typename Map::mapped_type::element_type>();
  return *slot;
}

// Instruments of one name stand together in the map, so the TYPE line is due when the name changes.
template <class Map, class Render>
void render_all(std::string& out, const Map& map, std::string_view type, Render render) {
  const std::string* last = nullptr;
  for (const auto& [key, instrument] : map) {
    if (last == nullptr || *last != key.first) {
      fmt::format_to(std::back_inserter(out), "# TYPE {} {}\n", key.first, type);
    }
    last = &key.first;
    render(key, *instrument);
  }
}

}  // namespace

void Histogram::observe_us(int64_t us) {
  int bucket = 0;
  while (bucket < kBuckets && us > bound_us(bucket)) ++bucket;
  buckets_[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  if (us > 0) sum_us_.fetch_add(static_cast<uint64_t>(us), std::memory_order_relaxed);
}

uint64_t Histogram::count() const {
  uint64_t total = 0;
  for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
  return total;
}

int64_t Histogram::quantile_us(double q) const {
  uint64_t total = count();
  if (total == 0) return 0;
  auto rank = static_cast<uint64_t>(std::ceil(q * static_cast<double>(total)));
  uint64_t seen = 0;
  for (int i = 0; i < kBuckets; ++i) {
    seen += buckets_[static_cast<size_t>(i)].load(std::memory_order_relaxed);
    if (seen >= rank && seen > 0) return bound_us(i);
  }
  return bound_us(kBuckets);  // beyond the last bound: shown as twice that bound
}

void Histogram::render(std::string& out, const std::string& name, const std::string& labels) const {
  std::string prefix = labels.empty() ? std::string() : labels + ",";
  auto back = std::back_inserter(out);
  uint64_t seen = 0;
  for (int i = 0; i < kBuckets; ++i) {
    seen += buckets_[static_cast<size_t>(i)].load(std::memory_order_relaxed);
    fmt::format_to(back, "{}_bucket{{{}le=\"{}\"}} {}\n", name, prefix,
                   static_cast<double>(bound_us(i)) / 1e6, seen);
  }
  seen += buckets_[kBuckets].load(std::memory_order_relaxed);
  fmt::format_to(back, "{}_bucket{{{}le=\"+Inf\"}} {}\n", name, prefix, seen);
  double sum = static_cast<double>(sum_us_.load(std::memory_order_relaxed)) / 1e6;
  fmt::format_to(back, "{}_sum{} {}\n", name, braces(labels), sum);
  fmt::format_to(back, "{}_count{} {}\n", name, braces(labels), seen);
}

Counter& Metrics::counter(std::string_view name, std::string_view labels) {
  std::lock_guard lock(mutex_);
  return find_or_make(counters_, name, labels);
}

Gauge& Metrics::gauge(std::string_view name, std::string_view labels) {
  std::lock_guard lock(mutex_);
  return find_or_make(gauges_, name, labels);
}

Histogram& Metrics::histogram(std::string_view name, std::string_view labels) {
  std::lock_guard lock(mutex_);
  return find_or_make(histograms_, name, labels);
}

std::string Metrics::render() const {
  std::lock_guard lock(mutex_);
  std::string out;
  auto line = [&out](const Key& key, auto value) {
    fmt::format_to(std::back_inserter(out), "{}{} {}\n", key.first, braces(key.second), value);
  };
  render_all(out, counters_, "counter",
             [&](const Key& k, const Counter& c) { line(k, c.value()); });
  render_all(out, gauges_, "gauge", [&](const Key& k, const Gauge& g) { line(k, g.value()); });
  render_all(out, histograms_, "histogram", [&](const Key& key, const Histogram& histogram) {
    histogram.render(out, key.first, key.second);
  });
  return out;
}

}  // namespace weir
