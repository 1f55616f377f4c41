#pragma once
// Deterministic events of a private-domain brand: 180 days, 40 event names, Markov sessions,
// power-law activity. Every customer has a private random stream, so the output does not depend on
// threads. Timestamps are whole seconds, strictly increasing within a customer, so every engine
// must give the same answers. bench/README.md describes the CSV.

#include <cstdint>
#include <string>
#include <vector>

namespace weir::bench {

struct GeneratedEvent {
  uint32_t ts = 0;                               // unix seconds, UTC
  uint32_t user = 0;                             // 1…users
  uint32_t item = 0;                             // 0 = none, else 1…50000
  uint32_t amount = 0;                           // cents, 0 where the event carries no money
  uint16_t campaign = 0;                         // 0 = organic, else 1…500
  uint16_t city = 0;                             // 1…300
  uint16_t store = 0;                            // 1…5000
  uint8_t event = 0, channel = 0, platform = 0;  // numbers of the names below
};

struct GeneratedUser {
  uint16_t city = 0;
  uint8_t channel = 0, platform = 0, level = 0;
};

const char* event_name_of(uint8_t event);
const char* channel_name_of(uint8_t channel);
const char* platform_name_of(uint8_t platform);
constexpr uint8_t kEventNames = 40, kChannelNames = 12, kPlatformNames = 6;

struct Generated {
  std::vector<GeneratedEvent> events;  // in event-time order, then by user
  std::vector<GeneratedUser> users;    // [user]; [0] is unused
};

/// About 20 events per user (mean_sessions 3.22).
Generated generate(uint32_t users, int threads, double mean_sessions = 3.22);
/// Writes events.csv, users.csv and meta.txt into `dir`, which must exist.
bool write_csv(const Generated& data, const std::string& dir);

}  // namespace weir::bench
