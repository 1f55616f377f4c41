#pragma once
// Sessions read off SS1–SS3, for tests that compare.

#include "tests/support/random_logs.h"

#include <map>
#include <optional>

namespace weir::testing {

struct NaiveRules {
  DurationMs gap = 30 * kMinuteMs;
  bool midnight = false, source_change = false;
  std::string start_event, end_event, ignore_event;
  Calendar calendar = Calendar::shanghai();

  json::object json() const {
    json::object out{{"gap", json::object{{"value", gap / kMinuteMs}, {"unit", "minute"}}},
                     {"cut_at_midnight", midnight},
                     {"cut_on_source_change", source_change},
                     {"source", "event.v"}};
    auto list = [&](const char* key, const std::string& name) {
      if (!name.empty()) out[key] = json::array{name};
    };
    list("start_events", start_event);
    list("end_events", end_event);
    list("ignore_events", ignore_event);
    return out;
  }
};

inline NaiveRules random_rules(SeededRandom& random) {
  NaiveRules out;
  DurationMs gaps[] = {30 * kMinuteMs, 5 * kMinuteMs, 5 * kHourMs, 60 * kMinuteMs};
  out.gap = gaps[random.below(4)];
  out.midnight = random.chance(30);
  out.source_change = random.chance(30);
  if (random.chance(20)) out.start_event = "a";
  if (random.chance(20)) out.end_event = "b";
  if (random.chance(20)) out.ignore_event = "c";
  out.calendar = *Calendar::open(random.chance(50) ? "Asia/Shanghai" : "America/New_York");
  return out;
}

using NaiveSession = std::vector<LogEvent>;

/// In the order of their first events.
inline std::vector<NaiveSession> naive_sessions(const Person& person, const NaiveRules& rules) {
  std::map<std::string, std::vector<NaiveSession>> by_platform;
  for (const LogEvent& e : person.log) {
    if (e.name == rules.ignore_event && !rules.ignore_event.empty()) continue;
    auto& sessions = by_platform[e.platform];
    bool cut = sessions.empty();
    if (!cut) {
      const NaiveSession& now = sessions.back();
      const LogEvent& last = now.back();
      cut |= e.time - last.time > rules.gap;
      cut |= e.time - now.front().time > kDayMs;
      cut |= !rules.start_event.empty() && e.name == rules.start_event;
      cut |= !rules.end_event.empty() && last.name == rules.end_event;
      cut |= rules.midnight &&
             rules.calendar.day_number(e.time) != rules.calendar.day_number(last.time);
      if (rules.source_change && !e.value.empty() && e.value != "direct") {
        for (auto it = now.rbegin(); it != now.rend(); ++it) {
          if (it->value.empty() || it->value == "direct") continue;
          cut |= it->value != e.value;
          break;
        }
      }
    }
    if (cut) sessions.emplace_back();
    sessions.back().push_back(e);
  }
  std::vector<NaiveSession> out;
  for (auto& [platform, sessions] : by_platform)
    out.insert(out.end(), sessions.begin(), sessions.end());
  std::stable_sort(out.begin(), out.end(), [](const NaiveSession& a, const NaiveSession& b) {
    return std::pair(a[0].time, a[0].order) < std::pair(b[0].time, b[0].order);
  });
  return out;
}

/// Logs whose sessions often run over the ends of a range that begins at `from`, or for days.
inline LogShape session_shape(SeededRandom& random, TimeMs from) {
  DurationMs steps[] = {4 * kMinuteMs, 10 * kMinuteMs, 30 * kMinuteMs};
  LogShape out;
  out.step = steps[random.below(3)];
  out.from = from - 2 * kDayMs - kHourMs * static_cast<TimeMs>(random.below(24));
  out.span = out.step == 4 * kMinuteMs ? 2 * kDayMs : 5 * kDayMs;
  if (out.step == 4 * kMinuteMs) out.from = from - kDayMs;
  out.names = {"a", "b", "c", "d"};
  out.values = {"x", "y", "direct"};
  out.events_max = random.chance(50) ? 10 : 60;
  out.platforms = random.chance(40);
  return out;
}

}  // namespace weir::testing
