#include "model/condition_events.h"

namespace weir {
namespace {

/// Values of what is held at a step; nullopt when one is missing.
std::optional<std::string> held_key(const Condition& c, size_t step, const Properties& properties) {
  std::string key;
  for (const auto& names : c.hold) {
    const Value* value = find_property(properties, names[step]);
    if (value == nullptr) return std::nullopt;
    std::string one = equality_key(*value);
    key += fmt::format("{}:{}", one.size(), one);
  }
  return key;
}

}  // namespace

SequenceEvents::SequenceEvents(const Condition& c, const ConditionSubject& subject, TimeMs from) {
  std::set<std::string> names;
  std::vector<std::string_view> reads;
  for (const Condition::Step& step : c.steps) {
    names.insert(step.events.begin(), step.events.end());
    add_properties(step.filter, reads);
  }
  for (const auto& group : c.hold) reads.insert(reads.end(), group.begin(), group.end());
  for (const std::string& name : names) {  // one look per name: an event is one step only (G6)
    HistoryQuery query{from, Answer::kNever, {&name, 1}, reads};
    subject.events(query, [&](TimeMs time, const Properties& properties) {
      uint32_t steps = 0;
      for (size_t i = 0; i < c.steps.size(); ++i) {
        const auto& of = c.steps[i].events;
        bool named = std::find(of.begin(), of.end(), name) != of.end();
        if (named && matches(c.steps[i].filter, EventSubject(properties, subject)))
          steps |= uint32_t{1} << i;
      }
      if (steps != 0) add(c, time, steps, properties);
      return true;
    });
  }
  for (auto& [key, chain] : by_held_) std::ranges::stable_sort(chain, {}, &ChainEvent::time);
}

void SequenceEvents::add(const Condition& c, TimeMs time, uint32_t steps,
                         const Properties& properties) {
  if (c.hold.empty()) {
    by_held_[""].push_back({time, steps});
    return;
  }
  std::map<std::string, uint32_t> by_key;  // a step may hold another property than the next
  for (size_t i = 0; i < c.steps.size(); ++i) {
    if ((steps >> i & 1) == 0) continue;
    if (auto key = held_key(c, i, properties)) by_key[*key] |= uint32_t{1} << i;
  }
  for (const auto& [key, mask] : by_key) by_held_[key].push_back({time, mask});
}

}  // namespace weir
