#pragma once
// Many people with small random event logs, ties included, for tests that compare an answer with a
// naive reading of the rules.

#include "tests/support/behaviour_world.h"
#include "tests/support/seeded_random.h"

#include <algorithm>
#include <string>
#include <vector>

namespace weir::testing {

struct LogEvent {
  TimeMs time = 0;
  size_t order = 0;                   // of the log: decides between equal times (G4)
  std::string name, value, platform;  // value, platform: empty = the property is missing
};

struct Person {
  std::string name;
  std::vector<LogEvent> log;  // in G4 order
};

struct LogShape {
  TimeMs from = 0;
  DurationMs span = 0, step = 1;  // times are from + k·step within the span
  std::vector<std::string> names, values;
  int events_max = 8;
  bool platforms = false;
};

/// Posts the logs of `count` people, sealing now and then, and returns them.
inline std::vector<Person> random_people(BehaviourWorld& world, SeededRandom& random, int count,
                                         const LogShape& shape) {
  std::vector<Person> people(static_cast<size_t>(count));
  std::vector<std::pair<size_t, LogEvent>> all;
  for (size_t p = 0; p < people.size(); ++p) {
    people[p].name = "u" + std::to_string(p);
    world.identity_of(people[p].name);
    for (uint32_t n = 1 + random.below(static_cast<uint32_t>(shape.events_max)); n > 0; --n) {
      LogEvent e;
      auto steps = static_cast<uint32_t>(shape.span / shape.step);
      e.time = shape.from + shape.step * static_cast<TimeMs>(random.below(steps));
      e.name = shape.names[random.below(static_cast<uint32_t>(shape.names.size()))];
      if (random.chance(80))
        e.value = shape.values[random.below(static_cast<uint32_t>(shape.values.size()))];
      if (shape.platforms && random.chance(70)) e.platform = random.chance(50) ? "app" : "mini";
      all.emplace_back(p, std::move(e));
    }
  }
  random.shuffle(all);
  for (size_t i = 0; i < all.size(); ++i) {
    auto& [p, e] = all[i];
    e.order = i;
    Properties properties;
    if (!e.value.empty()) properties.push_back({"v", e.value});
    if (!e.platform.empty()) properties.push_back({"platform", e.platform});
    world.post(people[p].name, e.name, e.time, std::move(properties));
    if (random.chance(1)) WEIR_ASSERT(world.checkpoint().has_value());
    people[p].log.push_back(e);
  }
  for (Person& person : people) {
    std::sort(person.log.begin(), person.log.end(), [](const LogEvent& a, const LogEvent& b) {
      return a.time != b.time ? a.time < b.time : a.order < b.order;
    });
  }
  return people;
}

}  // namespace weir::testing
