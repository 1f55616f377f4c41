#include "tags/aggregation.h"

#include "model/condition_events.h"
#include "tags/rule_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace weir::tags {
namespace {

using Kind = Aggregation::Kind;

constexpr int kHeatPerDayMax = 20;  // PT3: more events of a kind on a day count no more
constexpr double kExactMax = 9007199254740992.0;

constexpr std::array<std::pair<std::string_view, Kind>, 13> kKinds = {{
    {"count", Kind::Count},
    {"sum", Kind::Sum},
    {"avg", Kind::Avg},
    {"min", Kind::Min},
    {"max", Kind::Max},
    {"distinct", Kind::Distinct},
    {"active_days", Kind::ActiveDays},
    {"days_since_last", Kind::DaysSinceLast},
    {"first", Kind::First},
    {"last", Kind::Last},
    {"most", Kind::Most},
    {"share", Kind::Share},
    {"heat", Kind::Heat},
}};

bool needs_prop(Kind kind) {
  switch (kind) {
    case Kind::Sum:
    case Kind::Avg:
    case Kind::Min:
    case Kind::Max:
    case Kind::Distinct:
    case Kind::First:
    case Kind::Last:
    case Kind::Most: return true;
    case Kind::Count:
    case Kind::ActiveDays:
    case Kind::DaysSinceLast:
    case Kind::Share:
    case Kind::Heat: return false;
  }
  return false;
}

/// Whether the value is text of an event and not a number about events.
bool picks(Kind kind) {
  return kind == Kind::First || kind == Kind::Last || kind == Kind::Most;
}

Status parse_weights(const json::object& rule, Aggregation& a) {
  WEIR_TRY(const json::object* weights, json::required_object(rule, "weights", "rule"));
  for (const auto& [key, v] : *weights) {
    std::string name(key);
    WEIR_TRY(double weight, number_of(*weights, name, "rule.weights"));
    if (weight <= 0) return bad("rule.weights." + name, "must be above 0");
    a.weights[name] = weight;
    a.events.push_back(std::move(name));
  }
  if (a.events.empty()) return bad("rule.weights", "must name at least one event");
  if (json::find(rule, "half_life_days") != nullptr) {
    WEIR_TRY(a.half_life_days, number_of(rule, "half_life_days", "rule"));
    if (a.half_life_days <= 0) return bad("rule.half_life_days", "must be above 0");
  }
  return {};
}

Status parse_events(const json::object& rule, Aggregation& a) {
  if (a.kind == Kind::Heat) return parse_weights(rule, a);
  if (json::find(rule, "events") == nullptr) {
    WEIR_TRY(std::string event, json::required_string(rule, "event", "rule"));
    a.events.push_back(std::move(event));
    return {};
  }
  WEIR_TRY(const json::array* events, json::required_array(rule, "events", "rule"));
  for (const json::value& event : *events) {
    if (!event.is_string()) return bad("rule.events", "must be event names");
    a.events.emplace_back(json::view(event.get_string()));
  }
  if (a.events.empty()) return bad("rule.events", "must name at least one event");
  return {};
}

Value tidy(double number) {
  if (std::abs(number) < kExactMax && std::trunc(number) == number)
    return Value(static_cast<int64_t>(number));
  return Value(number);
}

/// The events of one person, folded.
class Folded {
 public:
  Folded(const Aggregation& a, const ConditionSubject& subject, TimeMs now,
         const Calendar& calendar)
      : a_(a), subject_(subject), now_(now), calendar_(calendar) {}

  void add(TimeMs time, const Properties& properties, std::string_view name) {
    const Value* value = a_.prop.empty() ? nullptr : find_property(properties, a_.prop);
    if (!a_.prop.empty() && value == nullptr) return;  // G11: missing is not a value
    ++count_;
    last_time_ = time;
    if (a_.kind == Kind::ActiveDays) days_.insert(calendar_.day_number(time));
    if (a_.kind == Kind::Share && matches(a_.of, EventSubject(properties, subject_))) ++taken_;
    if (a_.kind == Kind::Heat) heat(time, name);
    if (value == nullptr) return;
    if (a_.kind == Kind::First && count_ == 1) picked_ = *value;
    if (a_.kind == Kind::Last) picked_ = *value;
    if (a_.kind == Kind::Distinct) distinct_.insert(equality_key(*value));
    if (a_.kind == Kind::Most) {
      Seen& seen = seen_[display_text(*value)];
      seen = {seen.count + 1, time, *value};
    }
    double number = 0;
    if (!as_number(*value, number)) return;
    sum_ += number;
    min_ = numbers_ == 0 ? number : std::min(min_, number);
    max_ = numbers_ == 0 ? number : std::max(max_, number);
    ++numbers_;
  }

  std::optional<Value> result() const {
    if (count_ == 0 && a_.kind == Kind::Count && a_.zero) return Value(int64_t{0});
    if (count_ < std::max<int64_t>(1, a_.min_count)) return std::nullopt;
    switch (a_.kind) {
      case Kind::Count: return Value(count_);
      case Kind::Distinct: return Value(static_cast<int64_t>(distinct_.size()));
      case Kind::ActiveDays: return Value(static_cast<int64_t>(days_.size()));
      case Kind::DaysSinceLast:
        return Value(int64_t{calendar_.day_number(now_) - calendar_.day_number(last_time_)});
      case Kind::First:
      case Kind::Last: return picked_;
      case Kind::Most: return most();
      case Kind::Share:
        return Value(static_cast<double>(taken_ + 1) / static_cast<double>(count_ + 2));
      case Kind::Heat: return heat_ > 0 ? std::optional<Value>(heat_) : std::nullopt;
      case Kind::Sum:
      case Kind::Avg:
      case Kind::Min:
      case Kind::Max: return numbers_ == 0 ? std::nullopt : std::optional<Value>(arithmetic());
    }
    return std::nullopt;
  }

 private:
  struct Seen {
    int64_t count = 0;
    TimeMs last = 0;
    Value value;
  };

  Value arithmetic() const {
    if (a_.kind == Kind::Sum) return tidy(sum_);
    if (a_.kind == Kind::Avg) return tidy(sum_ / static_cast<double>(numbers_));
    return tidy(a_.kind == Kind::Min ? min_ : max_);
  }

  /// The highest count; ties: the latest, then the lesser text, which the map's order gives.
  std::optional<Value> most() const {
    const Seen* best = nullptr;
    for (const auto& [text, seen] : seen_) {
      if (best == nullptr || std::pair(seen.count, seen.last) > std::pair(best->count, best->last))
        best = &seen;
    }
    return best == nullptr ? std::nullopt : std::optional<Value>(best->value);
  }

  void heat(TimeMs time, std::string_view name) {
    auto weight = a_.weights.find(name);
    if (weight == a_.weights.end()) return;
    if (++of_day_[{calendar_.day_number(time), std::string(name)}] > kHeatPerDayMax) return;
    double age = static_cast<double>(now_ - time) / static_cast<double>(kDayMs);
    heat_ += weight->second * std::exp2(-age / a_.half_life_days);
  }

  const Aggregation& a_;
  const ConditionSubject& subject_;
  const TimeMs now_;
  const Calendar& calendar_;
  int64_t count_ = 0, numbers_ = 0, taken_ = 0;
  double sum_ = 0, min_ = 0, max_ = 0, heat_ = 0;
  TimeMs last_time_ = 0;
  std::optional<Value> picked_;
  std::set<int32_t> days_;
  std::set<std::string> distinct_;
  std::map<std::string, Seen> seen_;
  std::map<std::pair<int32_t, std::string>, int> of_day_;
};

}  // namespace

bool Aggregation::scheduled_only() const {
  return kind == Kind::Most || kind == Kind::Heat || kind == Kind::DaysSinceLast ||
         (tiers && tiers->percentile);
}

Result<Aggregation> parse_aggregation(const json::object& rule, std::string_view value_type,
                                      const Calendar& calendar) {
  Aggregation a;
  WEIR_TRY(std::string name, json::required_string(rule, "agg", "rule"));
  auto known = std::ranges::find(kKinds, name, &std::pair<std::string_view, Kind>::first);
  if (known == kKinds.end()) {
    return bad("rule.agg", fmt::format("\"{}\" is unknown; use count, sum, avg, min, max, "
                                       "distinct, first, last, most, active_days, "
                                       "days_since_last, share or heat",
                                       name));
  }
  a.kind = known->second;
  WEIR_CHECK_OK(parse_events(rule, a));
  WEIR_TRY(a.filter, parse_filter(json::find(rule, "filter"), "rule.filter"));
  WEIR_TRY(a.window, parse_window(json::find(rule, "window"), "rule.window", calendar));
  if (a.window.kind == Window::Kind::Since)
    return bad("rule.window", "since is for conditions; use last, past, between, rolling or dates");
  if (needs_prop(a.kind)) {
    WEIR_TRY(a.prop, json::required_string(rule, "prop", "rule"));
    if (a.prop.starts_with("event.")) a.prop.erase(0, 6);
  }
  a.min_count = json::optional_int(rule, "min_count", 1);
  a.zero = json::optional_bool(rule, "zero", false);
  if (a.kind == Kind::Share) {
    const json::value* of = json::find(rule, "of");
    if (of == nullptr) return bad("rule.of", "is missing: which of the events to take");
    WEIR_TRY(a.of, parse_filter(of, "rule.of"));
  }
  if (const json::value* tiers = json::find(rule, "tiers")) {
    if (picks(a.kind)) return bad("rule.tiers", "need a number, and first, last, most give none");
    WEIR_TRY(a.tiers, parse_tiers(*tiers, value_type));
  } else if (!picks(a.kind) && value_type != "number") {
    return bad("value_type", fmt::format("must be number: {} gives one; or add rule.tiers", name));
  } else if (picks(a.kind) && value_type != "enum" && value_type != "number" &&
             value_type != "date") {
    return bad("value_type", "must be enum, number or date: the value of a property");
  }
  return a;
}

AggregationAnswer evaluate(const Aggregation& a, const ConditionSubject& subject, TimeMs now,
                           const Calendar& calendar) {
  AggregationAnswer answer;
  WindowBounds bounds = bounds_of(a.window, now, calendar);
  Folded folded(a, subject, now, calendar);
  std::vector<std::string_view> reads;
  add_properties(a.filter, reads);
  add_properties(a.of, reads);
  if (!a.prop.empty()) reads.push_back(a.prop);
  // Heat asks event by event, because a visit does not say the name.
  for (size_t i = 0; i < a.events.size(); ++i) {
    bool each = a.kind == Kind::Heat;
    std::span<const std::string> names(a.events);
    if (each) names = names.subspan(i, 1);
    HistoryQuery query{bounds.from, bounds.to, names, reads};
    subject.events(query, [&](TimeMs time, const Properties& properties) {
      if (!matches(a.filter, EventSubject(properties, subject))) return true;
      folded.add(time, properties, each ? std::string_view(a.events[i]) : std::string_view());
      answer.next_change = std::min(answer.next_change, leaves_at(a.window, time, calendar));
      return true;
    });
    if (!each) break;
  }
  if (a.window.kind == Window::Kind::Days && a.window.near > 0) {  // at midnight a day enters it
    answer.next_change =
        std::min(answer.next_change, calendar.day_start(calendar.day_number(now) + 1));
  }
  answer.value = folded.result();
  return answer;
}

}  // namespace weir::tags
