#pragma once
// The orders D2 of SEMANTICS §7.

#include "tests/support/d1.h"

namespace weir::testing {

struct D2Order {
  const char *who, *time;
  int64_t fen;
};

inline const std::vector<D2Order>& d2_orders() {
  static const std::vector<D2Order> kOrders = {
      {"u1", "2026-03-30T12:00:00", 20000}, {"u1", "2026-03-10T12:00:00", 20000},
      {"u1", "2026-02-01T12:00:00", 20000}, {"u2", "2026-03-20T12:00:00", 9900},
      {"u3", "2025-12-01T12:00:00", 30000}, {"u3", "2025-11-01T12:00:00", 30000},
      {"u3", "2025-10-01T12:00:00", 30000}, {"u4", "2026-03-05T12:00:00", 88000},
      {"u5", "2025-08-01T12:00:00", 5000},  {"u6", "2026-03-08T10:00:00", 10000},
  };
  return kOrders;
}

inline void post_order(BehaviourWorld& world, const std::string& who, TimeMs time,
                       const std::string& id, int64_t fen, const char* event = "order_paid") {
  world.post(who, event, time, {{"order_id", id}, {"amount_fen", fen}});
}

inline void post_d2(BehaviourWorld& world) {
  int number = 0;
  for (const D2Order& o : d2_orders())
    post_order(world, o.who, shanghai_time(o.time), "o" + std::to_string(++number), o.fen);
}

}  // namespace weir::testing
