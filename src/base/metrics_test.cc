#include "base/metrics.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace weir {
namespace {

TEST(MetricsTest, RendersPrometheusText) {
  Metrics metrics;
  metrics.counter("weir_events_total", "source=\"web\"").add(3);
  metrics.counter("weir_events_total", "source=\"app\"").add();
  metrics.gauge("weir_queue_size").set(-7);
  metrics.histogram("weir_ack_seconds", "path=\"batch\"").observe_us(150);
  std::string text = metrics.render();
  EXPECT_NE(text.find("# TYPE weir_events_total counter\n"
                      "weir_events_total{source=\"app\"} 1\n"
                      "weir_events_total{source=\"web\"} 3\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("weir_queue_size -7\n"), std::string::npos);
  EXPECT_NE(text.find("weir_ack_seconds_bucket{path=\"batch\",le=\"0.0001\"} 0\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("weir_ack_seconds_bucket{path=\"batch\",le=\"0.0002\"} 1\n"),
            std::string::npos);
  EXPECT_NE(text.find("weir_ack_seconds_bucket{path=\"batch\",le=\"+Inf\"} 1\n"),
            std::string::npos);
  EXPECT_NE(text.find("weir_ack_seconds_sum{path=\"batch\"} 0.00015\n"), std::string::npos);
  EXPECT_NE(text.find("weir_ack_seconds_count{path=\"batch\"} 1\n"), std::string::npos);
}

TEST(MetricsTest, OneNameAndLabelsAreOneInstrument) {
  Metrics metrics;
  Counter& first = metrics.counter("a", "x=\"1\"");
  for (int i = 0; i < 1000; ++i) metrics.counter("a" + std::to_string(i));
  EXPECT_EQ(&first, &metrics.counter("a", "x=\"1\""));
}

TEST(MetricsTest, LosesNoIncrementBetweenThreads) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10'000; ++i) metrics.counter("n").add();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(metrics.counter("n").value(), 40'000u);
}

TEST(HistogramTest, KnowsItsQuantiles) {
  Histogram histogram;
  EXPECT_EQ(histogram.quantile_us(0.5), 0);
  for (int i = 0; i < 99; ++i) histogram.observe_us(90);
  histogram.observe_us(1'000'000'000'000);
  EXPECT_EQ(histogram.count(), 100u);
  EXPECT_EQ(histogram.quantile_us(0.5), 100);
  EXPECT_EQ(histogram.quantile_us(0.99), 100);
  EXPECT_GT(histogram.quantile_us(1.0), 100'000'000);
  histogram.observe_us(-5);  // a clock that went back is no reason to fail
  EXPECT_EQ(histogram.count(), 101u);
}

}  // namespace
}  // namespace weir
