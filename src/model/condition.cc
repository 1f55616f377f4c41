#include "model/condition.h"

#include "base/hash.h"
#include "model/condition_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace weir {
namespace {

TimeMs leaves_at(const Window& w, TimeMs time, const Calendar& calendar) {
  switch (w.kind) {
    case Window::Kind::LastDays: return calendar.day_start(calendar.day_number(time) + w.days);
    case Window::Kind::PastDays: return calendar.day_start(calendar.day_number(time) + w.days + 1);
    case Window::Kind::Rolling: return time + w.length_ms;
    case Window::Kind::Ever:
    case Window::Kind::Absolute: return Answer::kNever;
  }
  return Answer::kNever;
}

/// Whether more events can only confirm what was found: a count that grows reached its bound.
bool is_decided(const Condition& c, const Aggregate& aggregate) {
  using Agg = Condition::Agg;
  bool grows = c.agg == Agg::Count || c.agg == Agg::Days || c.agg == Agg::Distinct;
  if (!grows || (c.op != FilterOp::Gte && c.op != FilterOp::Gt)) return false;
  auto result = aggregate.result();
  return result && compare(c.op, &*result, c.operands);
}

Answer evaluate_done(const Condition& c, const ConditionSubject& subject, TimeMs now,
                     const Calendar& calendar) {
  WindowBounds bounds = bounds_of(c.window, now, calendar);
  Aggregate aggregate(c, calendar);
  TimeMs next = Answer::kNever;
  // An event of today enters a PastDays window at midnight: look at it too, for next_change only.
  TimeMs to = c.window.kind == Window::Kind::PastDays ? now : bounds.to;
  std::vector<std::string_view> reads;
  add_properties(c.filter, reads);
  if (!c.agg_prop.empty()) reads.push_back(c.agg_prop);
  HistoryQuery query{bounds.from, to, c.events, reads};
  subject.events(query, [&](TimeMs time, const Properties& properties) {
    if (!matches(c.filter, EventSubject(properties, subject))) return true;
    if (time > bounds.to) {
      next = std::min(next, calendar.day_start(calendar.day_number(time) + 1));
      return true;
    }
    aggregate.add(time, properties);
    next = std::min(next, leaves_at(c.window, time, calendar));
    // Events come in the order of time: no later one leaves the window earlier.
    return !is_decided(c, aggregate);
  });
  auto result = aggregate.result();
  return {compare(c.op, result ? &*result : nullptr, c.operands), next};
}

/// SG4. Times, and which steps an event can be, of everything that a step names.
struct SequenceEvent {
  TimeMs time;
  uint32_t steps;
};

/// Whether a chain starts at event `start`: the earliest usable event for each next step, events of
/// one instant in any order.
bool chain_from(const Condition& c, const std::vector<SequenceEvent>& events, size_t start) {
  TimeMs end = c.within_ms == 0 ? Answer::kNever : events[start].time + c.within_ms;
  std::vector<size_t> used{start};
  for (size_t step = 1; step < c.steps.size(); ++step) {
    size_t k = used.back();
    while (k > 0 && events[k - 1].time == events[used.back()].time) --k;
    auto usable = [&](size_t i) {
      return (events[i].steps >> step & 1) != 0 &&
             std::find(used.begin(), used.end(), i) == used.end();
    };
    while (k < events.size() && !usable(k)) ++k;
    if (k == events.size() || events[k].time > end) return false;
    used.push_back(k);
  }
  return true;
}

bool followed(const std::vector<SequenceEvent>& events, size_t first, TimeMs end) {
  for (size_t k = first + 1; k < events.size() && events[k].time <= end; ++k) {
    if ((events[k].steps & 2) != 0 && events[k].time > events[first].time) return true;
  }
  return false;
}

Answer evaluate_sequence(const Condition& c, const ConditionSubject& subject, TimeMs now,
                         const Calendar& calendar) {
  WindowBounds bounds = bounds_of(c.window, now, calendar);
  std::vector<SequenceEvent> events;
  std::set<std::string> names;
  std::vector<std::string_view> reads;
  for (const Condition::Step& step : c.steps) {
    names.insert(step.events.begin(), step.events.end());
    add_properties(step.filter, reads);
  }
  for (const std::string& name : names) {  // one look per name: an event is one step only (G6)
    HistoryQuery query{bounds.from, now, {&name, 1}, reads};
    subject.events(query, [&](TimeMs time, const Properties& properties) {
      uint32_t steps = 0;
      for (size_t i = 0; i < c.steps.size(); ++i) {
        const auto& of = c.steps[i].events;
        bool named = std::find(of.begin(), of.end(), name) != of.end();
        if (named && matches(c.steps[i].filter, EventSubject(properties, subject)))
          steps |= uint32_t{1} << i;
      }
      if (steps != 0) events.push_back({time, steps});
      return true;
    });
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  Answer answer{false, Answer::kNever};
  auto changes_at = [&](TimeMs time) { answer.next_change = std::min(answer.next_change, time); };
  for (size_t i = 0; i < events.size(); ++i) {
    if ((events[i].steps & 1) == 0) continue;
    TimeMs time = events[i].time;
    if (time > bounds.to) {
      if (c.window.kind == Window::Kind::PastDays)
        changes_at(calendar.day_start(calendar.day_number(time) + 1));
      continue;
    }
    changes_at(leaves_at(c.window, time, calendar));
    if (!c.then_not) {
      answer.value |= chain_from(c, events, i);
      continue;
    }
    TimeMs end = c.within_ms == 0 ? now : time + c.within_ms;
    if (end > now) {
      changes_at(end);
    } else {
      answer.value |= !followed(events, i, end);
    }
  }
  return answer;
}

}  // namespace

WindowBounds bounds_of(const Window& w, TimeMs now, const Calendar& calendar) {
  int32_t today = calendar.day_number(now);
  switch (w.kind) {
    case Window::Kind::Ever: return {std::numeric_limits<TimeMs>::min(), now};
    case Window::Kind::LastDays: return {calendar.day_start(today - w.days + 1), now};
    case Window::Kind::PastDays:
      return {calendar.day_start(today - w.days), calendar.day_start(today) - 1};
    case Window::Kind::Rolling: return {now - w.length_ms + 1, now};
    case Window::Kind::Absolute: return {w.from, std::min(now, w.to - 1)};
  }
  return {};
}

Answer evaluate(const Condition& c, const ConditionSubject& subject, TimeMs now,
                const Calendar& calendar) {
  using Kind = Condition::Kind;
  switch (c.kind) {
    case Kind::And:
    case Kind::Or: {
      // Every child is evaluated: next_change must cover all of them.
      Answer all{c.kind == Kind::And, Answer::kNever};
      for (const Condition& child : c.children)
        join(c.kind, evaluate(child, subject, now, calendar), all);
      return all;
    }
    case Kind::Not: {
      Answer one = evaluate(c.children.front(), subject, now, calendar);
      return {!one.value, one.next_change};
    }
    case Kind::Profile: return {compare(c.op, subject.trait(c.name), c.operands), Answer::kNever};
    case Kind::Tag: return {compare(c.op, subject.tag(c.name), c.operands), Answer::kNever};
    case Kind::Segment: return {subject.in_segment(c.name), Answer::kNever};
    case Kind::Consent: return {subject.consent(c.name, c.purpose) == c.state, Answer::kNever};
    case Kind::Bucket: {
      int bucket = bucket_of(c.name, subject.profile_id());
      return {bucket >= c.bucket_from && bucket < c.bucket_to, Answer::kNever};
    }
    case Kind::Done: return evaluate_done(c, subject, now, calendar);
    case Kind::Sequence: return evaluate_sequence(c, subject, now, calendar);
  }
  return {};
}

namespace {
void collect_inputs(const Condition& c, ConditionInputs& inputs);

void collect_filter_traits(const Filter& filter, ConditionInputs& inputs) {
  if (filter.prop.starts_with("profile.")) inputs.traits.insert(filter.prop.substr(8));
  for (const Filter& child : filter.children) collect_filter_traits(child, inputs);
}

void collect_inputs(const Condition& c, ConditionInputs& inputs) {
  using Kind = Condition::Kind;
  if (c.kind == Kind::Profile) inputs.traits.insert(c.name);
  if (c.kind == Kind::Tag) inputs.tags.insert(c.name);
  if (c.kind == Kind::Segment) inputs.segments.insert(c.name);
  if (c.kind == Kind::Consent) inputs.consent = true;
  if (c.kind == Kind::Done) {
    inputs.events.insert(c.events.begin(), c.events.end());
    collect_filter_traits(c.filter, inputs);
  }
  for (const Condition::Step& step : c.steps) {
    inputs.events.insert(step.events.begin(), step.events.end());
    collect_filter_traits(step.filter, inputs);
  }
  for (const Condition& child : c.children) collect_inputs(child, inputs);
}
}  // namespace

ConditionInputs inputs_of(const Condition& condition) {
  ConditionInputs inputs;
  collect_inputs(condition, inputs);
  return inputs;
}

}  // namespace weir
