#include "model/condition_explain.h"

#include "model/condition_events.h"

namespace weir {
namespace {

class Explainer {
 public:
  Explainer(const ConditionSubject& subject, TimeMs now, const Calendar& calendar)
      : subject_(subject), now_(now), calendar_(calendar) {}

  ConditionWhy explain(const Condition& c) const {
    using Kind = Condition::Kind;
    ConditionWhy why;
    why.condition = &c;
    for (const Condition& child : c.children) why.children.push_back(explain(child));
    why.answer = answer_of(c, why.children);
    auto keep = [&](const Value* value) {
      if (value != nullptr) why.found = *value;
    };
    if (c.kind == Kind::Profile) keep(subject_.trait(c.name));
    if (c.kind == Kind::Tag) keep(subject_.tag(c.name));
    if (c.kind == Kind::Done) add_done(c, why);
    if (c.kind == Kind::Sequence) add_steps(c, why);
    keep_newest(why);
    return why;
  }

 private:
  /// What evaluate() says, without looking at the children's events again.
  Answer answer_of(const Condition& c, const std::vector<ConditionWhy>& children) const {
    using Kind = Condition::Kind;
    if (c.kind == Kind::Not) {
      const Answer& one = children.front().answer;
      return {!one.value, one.next_change};
    }
    if (c.kind != Kind::And && c.kind != Kind::Or) return evaluate(c, subject_, now_, calendar_);
    Answer all{c.kind == Kind::And, Answer::kNever};
    for (const ConditionWhy& child : children) join(c.kind, child.answer, all);
    return all;
  }

  void add_done(const Condition& c, ConditionWhy& why) const {
    why.window = window_of(c, subject_, now_, calendar_);
    Aggregate aggregate(c, calendar_);
    std::vector<std::string_view> reads;
    if (!c.agg_prop.empty()) reads.push_back(c.agg_prop);
    visit(c.events, c.filter, *why.window, reads,
          [&](TimeMs time, const std::string& name, const Properties& properties) {
            aggregate.add(time, properties);
            why.events.push_back({time, name});
          });
    why.found = aggregate.result();
  }

  /// Events that any step can be; an event of two steps shows once.
  void add_steps(const Condition& c, ConditionWhy& why) const {
    WindowBounds first = window_of(c, subject_, now_, calendar_);
    why.window = WindowBounds{first.from, now_};
    for (const Condition::Step& step : c.steps) {
      visit(step.events, step.filter, *why.window, {},
            [&](TimeMs time, const std::string& name, const Properties&) {
              auto same = [&](const ConditionWhy::Event& e) {
                return e.time == time && e.name == name;
              };
              if (std::none_of(why.events.begin(), why.events.end(), same))
                why.events.push_back({time, name});
            });
    }
  }

  template <class Visit>
  void visit(const std::vector<std::string>& names, const Filter& filter, WindowBounds window,
             std::vector<std::string_view> reads, const Visit& visit) const {
    add_properties(filter, reads);
    for (const std::string& name : names) {
      HistoryQuery query{window.from, window.to, {&name, 1}, reads};
      subject_.events(query, [&](TimeMs time, const Properties& properties) {
        if (matches(filter, EventSubject(properties, subject_))) visit(time, name, properties);
        return true;
      });
    }
  }

  static void keep_newest(ConditionWhy& why) {
    why.qualifying = why.events.size();
    std::stable_sort(why.events.begin(), why.events.end(),
                     [](const auto& a, const auto& b) { return a.time > b.time; });
    if (why.events.size() > kWhyEventsMax) why.events.resize(kWhyEventsMax);
  }

  const ConditionSubject& subject_;
  const TimeMs now_;
  const Calendar& calendar_;
};

}  // namespace

ConditionWhy explain(const Condition& condition, const ConditionSubject& subject, TimeMs now,
                     const Calendar& calendar) {
  return Explainer(subject, now, calendar).explain(condition);
}

}  // namespace weir
