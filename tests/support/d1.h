#pragma once
// The data set D1 of SEMANTICS §0: six people, one week, every trap a funnel can have.

#include "tests/support/behaviour_world.h"

namespace weir::testing {

struct D1Event {
  const char *who, *time, *event, *sku;
  int64_t amt;
};

inline const std::vector<D1Event>& d1_events() {
  static const std::vector<D1Event> kEvents = {
      {"u1", "2026-03-02T10:00:00", "view", "A", 0},
      {"u1", "2026-03-02T10:05:00", "cart", "A", 0},
      {"u1", "2026-03-02T10:10:00", "chat", "", 0},
      {"u1", "2026-03-02T10:20:00", "pay", "A", 19900},
      {"u1", "2026-03-03T09:00:00", "view", "B", 0},
      {"u2", "2026-03-02T23:50:00", "view", "A", 0},
      {"u2", "2026-03-03T00:10:00", "cart", "A", 0},
      {"u2", "2026-03-05T08:00:00", "pay", "A", 9900},
      {"u3", "2026-03-02T12:00:00", "cart", "A", 0},
      {"u3", "2026-03-02T12:01:00", "view", "A", 0},
      {"u3", "2026-03-03T12:00:00", "view", "A", 0},
      {"u4", "2026-03-03T09:00:00", "view", "A", 0},
      {"u4", "2026-03-03T09:30:00", "view", "B", 0},
      {"u4", "2026-03-03T09:40:00", "cart", "B", 0},
      {"u4", "2026-03-03T10:00:00", "pay", "A", 5000},
      {"u5", "2026-03-04T20:00:00", "cart", "A", 0},
      {"u5", "2026-03-04T20:00:00", "view", "A", 0},
      {"u5", "2026-03-04T20:10:00", "pay", "A", 30000},
      {"u6", "2026-03-02T08:00:00", "view", "A", 0},
      {"u6", "2026-03-09T08:00:00", "cart", "A", 0},
      {"u6", "2026-03-09T08:00:00.001", "pay", "A", 8800},
  };
  return kEvents;
}

inline TimeMs shanghai_time(const char* text) {
  return *parse_time(text, "Asia/Shanghai");
}

inline void post_d1(BehaviourWorld& world, const D1Event& e) {
  Properties properties;
  if (*e.sku != '\0') properties.push_back({"sku", std::string(e.sku)});
  if (e.amt != 0) properties.push_back({"amt", e.amt});
  world.post(e.who, e.event, shanghai_time(e.time), std::move(properties));
}

inline void post_d1(BehaviourWorld& world) {
  for (const D1Event& e : d1_events()) post_d1(world, e);
}

/// Counts per step of a funnel answer.
inline std::vector<int64_t> step_counts(const json::value& answer) {
  std::vector<int64_t> out;
  for (const json::value& step : answer.at("steps").as_array())
    out.push_back(step.at("count").to_number<int64_t>());
  return out;
}

}  // namespace weir::testing
