#pragma once
// What evaluating and explaining a condition about events share, and tags that aggregate events.

#include "model/condition.h"

#include "base/chain_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace weir {

/// An event, and the person it is of, as a filter sees them.
class EventSubject : public FilterSubject {
 public:
  EventSubject(const Properties& properties, const ConditionSubject& person)
      : properties_(properties), person_(person) {}
  const Value* get(std::string_view prop) const override {
    if (prop.starts_with("event.")) return find_property(properties_, prop.substr(6));
    if (prop.starts_with("profile.")) return person_.trait(prop.substr(8));
    return nullptr;
  }
  bool in_list(std::string_view list, std::string_view value) const override {
    return person_.in_list(list, value);
  }

 private:
  const Properties& properties_;
  const ConditionSubject& person_;
};

/// The window of a leaf for this person.
inline WindowBounds window_of(const Condition& c, const ConditionSubject& subject, TimeMs now,
                              const Calendar& calendar) {
  if (c.window.kind != Window::Kind::Since) return bounds_of(c.window, now, calendar);
  const Value* since = subject.trait(c.window.since);
  return bounds_of(c.window, now, calendar, since ? instant_of(*since) : std::nullopt);
}

/// Equal values have equal keys: 1 and 1.0 are one value, 1 and "1" two.
inline std::string equality_key(const Value& value) {
  double number = 0;
  if (as_number(value, number)) return fmt::format("n{}", number + 0.0);
  return fmt::format("{}:{}", value.index(), display_text(value));
}

/// Folds the qualifying events of a `done` leaf into its aggregate (SG2).
class Aggregate {
 public:
  explicit Aggregate(const Condition& c, const Calendar& calendar) : c_(c), calendar_(calendar) {}

  void add(TimeMs time, const Properties& properties) {
    ++count_;
    if (c_.agg == Condition::Agg::Days) days_.insert(calendar_.day_number(time));
    if (c_.agg_prop.empty()) return;
    const Value* value = find_property(properties, c_.agg_prop);
    if (value == nullptr) return;
    if (c_.agg == Condition::Agg::Distinct) distinct_.insert(equality_key(*value));
    double number = 0;
    if (!as_number(*value, number)) return;
    sum_ += number;
    min_ = numbers_ == 0 ? number : std::min(min_, number);
    max_ = numbers_ == 0 ? number : std::max(max_, number);
    ++numbers_;
  }

  /// Empty when there is no such value (the average of nothing).
  std::optional<Value> result() const {
    using Agg = Condition::Agg;
    switch (c_.agg) {
      case Agg::Count: return Value(count_);
      case Agg::Days: return Value(static_cast<int64_t>(days_.size()));
      case Agg::Distinct: return Value(static_cast<int64_t>(distinct_.size()));
      case Agg::Sum: return Value(sum_);
      case Agg::Avg: break;
      case Agg::Min: break;
      case Agg::Max: break;
    }
    if (numbers_ == 0) return std::nullopt;
    if (c_.agg == Agg::Avg) return Value(sum_ / static_cast<double>(numbers_));
    return Value(c_.agg == Agg::Min ? min_ : max_);
  }

 private:
  const Condition& c_;
  const Calendar& calendar_;
  int64_t count_ = 0, numbers_ = 0;
  double sum_ = 0, min_ = 0, max_ = 0;
  std::set<int32_t> days_;
  std::set<std::string> distinct_;
};

/// What can be steps of a sequence, from an instant on, by the value of what is held (FN8).
class SequenceEvents {
 public:
  using Chain = std::vector<ChainEvent>;  // ascending

  SequenceEvents(const Condition& c, const ConditionSubject& subject, TimeMs from);
  const std::map<std::string, Chain>& by_held() const { return by_held_; }

 private:
  void add(const Condition& c, TimeMs time, uint32_t steps, const Properties& properties);
  std::map<std::string, Chain> by_held_;
};

/// Adds a child's answer to that of an And or Or, which begins as {kind == And, kNever}.
inline void join(Condition::Kind kind, const Answer& one, Answer& all) {
  all.value = kind == Condition::Kind::And ? all.value && one.value : all.value || one.value;
  all.next_change = std::min(all.next_change, one.next_change);
}

/// Names of the properties that a filter looks at.
inline void add_properties(const Filter& filter, std::vector<std::string_view>& out) {
  std::string_view prop = filter.prop;
  if (prop.starts_with("event.")) out.push_back(prop.substr(6));
  for (const Filter& child : filter.children) add_properties(child, out);
}

}  // namespace weir
