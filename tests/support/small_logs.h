#pragma once
// Random small logs of a few people: few names, few values, many equal times. For comparing answers
// with references written straight from the definition.

#include "tests/support/behaviour_world.h"
#include "tests/support/seeded_random.h"

#include <cmath>

namespace weir::testing {

struct SmallEvent {
  std::string who, name;
  TimeMs time = 0;
  int seq = 0;  // order of equal times
  Properties properties;
};
using SmallLog = std::vector<SmallEvent>;

inline constexpr TimeMs kLogNow = 1774000000000;    // 2026-03-20
inline constexpr TimeMs kLogStart = 1772380800000;  // 2026-03-02 00:00 Asia/Shanghai

struct SmallLogShape {
  std::vector<std::string> names = {"a", "b", "c"};
  int events_max = 8;             // of a person
  DurationMs step = 6 * kHourMs;  // times are multiples of it, so that many are equal
  int steps = 28;                 // a week
  /// Adds properties to a fresh event.
  std::function<void(SeededRandom&, SmallEvent&)> dress;
};

inline SmallLog random_log(SeededRandom& random, int people, const SmallLogShape& shape) {
  SmallLog out;
  for (int p = 0; p < people; ++p) {
    int events = static_cast<int>(random.below(static_cast<uint32_t>(shape.events_max + 1)));
    for (int i = 0; i < events; ++i) {
      SmallEvent e;
      e.who = "u" + std::to_string(p);
      e.name = shape.names[random.below(static_cast<uint32_t>(shape.names.size()))];
      e.time = kLogStart + shape.step * random.below(static_cast<uint32_t>(shape.steps));
      if (shape.dress) shape.dress(random, e);
      out.push_back(std::move(e));
    }
  }
  random.shuffle(out);
  for (size_t i = 0; i < out.size(); ++i) out[i].seq = static_cast<int>(i);
  return out;
}

/// Posts in the order of `seq`; sometimes seals in between, so that events lie in parts and head.
inline void post_log(BehaviourWorld& world, const SmallLog& log, SeededRandom& random) {
  for (const SmallEvent& e : log) {
    world.post(e.who, e.name, e.time, e.properties);
    if (random.below(200) == 0) WEIR_ASSERT(world.checkpoint().has_value());
  }
}

/// Each person's events in (time, seq) order.
inline std::map<std::string, SmallLog> by_person(const SmallLog& log) {
  std::map<std::string, SmallLog> out;
  for (const SmallEvent& e : log) out[e.who].push_back(e);
  for (auto& [who, events] : out) {
    std::sort(events.begin(), events.end(), [](const SmallEvent& a, const SmallEvent& b) {
      return std::pair(a.time, a.seq) < std::pair(b.time, b.seq);
    });
  }
  return out;
}

inline std::string text_property(const SmallEvent& e, std::string_view name) {
  return std::string(string_property(e.properties, name));
}

/// Noon of a local date "2026-03-02".
inline TimeMs shanghai_noon(const std::string& date) {
  return *Calendar::shanghai().parse_date(date) + 12 * kHourMs;
}

/// R-7 (G14), from the definition.
inline double naive_percentile(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  double h = p * static_cast<double>(values.size() - 1);
  auto low = static_cast<size_t>(h);
  if (low + 1 >= values.size()) return values.back();
  return values[low] + (h - static_cast<double>(low)) * (values[low + 1] - values[low]);
}

inline bool close(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
}

/// A number of an answer by its path; NaN for null.
inline double number_at(const json::value& v) {
  return v.is_null() ? std::nan("") : v.to_number<double>();
}

}  // namespace weir::testing
