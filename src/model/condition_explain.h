#pragma once
// Why a condition holds for a person or does not: the same tree, with what was found at each leaf
// and the events that decided it.

#include "model/condition.h"

#include <optional>
#include <string>
#include <vector>

namespace weir {

struct ConditionWhy {
  const Condition* condition = nullptr;  // of the tree that was explained
  Answer answer;                         // as evaluate() says
  std::vector<ConditionWhy> children;    // And, Or, Not
  /// Profile, Tag: the person's value. Done: the aggregate. None when there is no such value.
  std::optional<Value> found;
  // Done, Sequence:
  struct Event {
    TimeMs time = 0;
    std::string name;
  };
  std::optional<WindowBounds> window;
  std::vector<Event> events;  // that qualify, newest first, at most kWhyEventsMax
  uint64_t qualifying = 0;    // how many there are
};

inline constexpr size_t kWhyEventsMax = 20;

/// `condition` must outlive the result.
ConditionWhy explain(const Condition& condition, const ConditionSubject& subject, TimeMs now,
                     const Calendar& calendar);

}  // namespace weir
