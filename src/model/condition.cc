#include "model/condition.h"

#include "base/hash.h"
#include "model/condition_events.h"

#include <algorithm>
#include <span>

namespace weir {
namespace {

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
  WindowBounds bounds = window_of(c, subject, now, calendar);
  Aggregate aggregate(c, calendar);
  TimeMs next = Answer::kNever;
  std::vector<std::string_view> reads;
  add_properties(c.filter, reads);
  if (!c.agg_prop.empty()) reads.push_back(c.agg_prop);
  // Events that are still to come into the window are looked at too, for next_change only.
  HistoryQuery query{bounds.from, Answer::kNever, c.events, reads};
  subject.events(query, [&](TimeMs time, const Properties& properties) {
    if (time > bounds.to) {
      TimeMs enters = enters_at(c.window, time, calendar);
      if (enters < next && matches(c.filter, EventSubject(properties, subject))) next = enters;
      return true;
    }
    if (!matches(c.filter, EventSubject(properties, subject))) return true;
    aggregate.add(time, properties);
    next = std::min(next, leaves_at(c.window, time, calendar));
    // Events come in the order of time: no later one leaves the window earlier.
    return !is_decided(c, aggregate);
  });
  auto result = aggregate.result();
  return {compare(c.op, result ? &*result : nullptr, c.operands), next};
}

/// SG4 over the events of one value of what is held.
void judge_chains(const Condition& c, const WindowBounds& bounds, TimeMs now,
                  const Calendar& calendar, const SequenceEvents::Chain& all,
                  const std::span<const TimeMs>* only, Answer& answer) {
  auto changes_at = [&](TimeMs time) { answer.next_change = std::min(answer.next_change, time); };
  // What is later than now is no event yet.
  auto end = std::ranges::upper_bound(all, now, {}, &ChainEvent::time);
  std::span<const ChainEvent> events(all.begin(), end);
  for (auto later = end; later != all.end(); ++later) changes_at(later->time);
  ChainRules rules{c.steps.size(), c.within_ms, only};
  for (size_t i = 0; i < events.size(); ++i) {
    if ((events[i].steps & 1) == 0) continue;
    TimeMs time = events[i].time;
    if (time > bounds.to) {
      changes_at(enters_at(c.window, time, calendar));
      continue;
    }
    changes_at(leaves_at(c.window, time, calendar));
    if (!c.then_not) {
      answer.value = answer.value || chain_from(events, i, rules);
      continue;
    }
    TimeMs over = c.within_ms == 0 ? now : time + c.within_ms;
    if (over > now) {
      changes_at(over);
    } else {
      answer.value = answer.value || !followed_until(events, i, over);
    }
  }
}

Answer evaluate_sequence(const Condition& c, const ConditionSubject& subject, TimeMs now,
                         const Calendar& calendar) {
  WindowBounds bounds = window_of(c, subject, now, calendar);
  SequenceEvents events(c, subject, bounds.from);
  Answer answer{false, Answer::kNever};
  std::vector<TimeMs> times;
  std::span<const TimeMs> only;
  if (c.immediately) {
    HistoryQuery all{bounds.from, now, {}, std::span<const std::string_view>()};
    subject.events(all, [&](TimeMs time, const Properties&) {
      times.push_back(time);
      return true;
    });
    only = times;
  }
  for (const auto& [held, chain] : events.by_held())
    judge_chains(c, bounds, now, calendar, chain, c.immediately ? &only : nullptr, answer);
  return answer;
}

/// A trait's or a tag's value against the condition; named lists are the subject's to know.
bool holds(const Condition& c, const Value* value, const ConditionSubject& subject) {
  if (c.op != FilterOp::InList) return compare(c.op, value, c.operands);
  const auto* list = c.operands.empty() ? nullptr : std::get_if<std::string>(&c.operands.front());
  if (value == nullptr || std::holds_alternative<std::monostate>(*value) || list == nullptr)
    return false;
  if (const auto* items = std::get_if<StringList>(value)) {
    return std::any_of(items->begin(), items->end(),
                       [&](const std::string& item) { return subject.in_list(*list, item); });
  }
  return subject.in_list(*list, display_text(*value));
}

}  // namespace

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
    case Kind::Profile: return {holds(c, subject.trait(c.name), subject), Answer::kNever};
    case Kind::Tag: return {holds(c, subject.tag(c.name), subject), Answer::kNever};
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
  if (c.listed) inputs.lists.insert(c.name);
  if (c.immediately) inputs.all_events = true;
  if (!c.window.since.empty()) inputs.traits.insert(c.window.since);
  if (c.kind == Kind::Consent) inputs.consent = true;
  if (c.kind == Kind::Done || c.kind == Kind::Sequence) inputs.timed = true;
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
