// Leaving early: exit_when, the goal, and events that a wait_event node waits for (JN7, JN9).

#include "journey/bindings.h"
#include "journey/engine.h"
#include "model/facts.h"

#include <algorithm>

namespace weir::journey {

void Engine::react(const Step& step, std::string_view event, StepContext& context) {
  for (const std::string& id : enrollments_.of_profile(step.profile->value)) {
    react_one(id, step, event, context);
  }
}

void Engine::react_one(const std::string& id, const Step& step, std::string_view event,
                       StepContext& context) {
  const pb::Enrollment* row = enrollments_.find(id);
  if (row == nullptr || (!row->active() && !row->watching())) return;
  const JourneyDef& def = *definitions_.version(row->journey_id(), row->version());
  if (!def.events.contains(std::string(event))) return;
  TimeMs time = step.record.event_time;
  if (time < row->entered_at()) return;  // it happened before the person entered (G4)
  const Properties& properties = step.record.properties;
  bool treated = row->active() && row->arm() == pb::Enrollment::TREATED;
  // Control enrollments ignore exit_when: both arms are measured over the same window (JN19).
  if (treated && exit_matches(*row, def, event, properties)) {
    std::string segment(string_property(properties, "segment"));
    exit(id, event == facts::kSegmentEntered ? "segment:" + segment : std::string(event), context);
  }
  if (goal_matches(*row, def, event, time, properties) && reach_goal(id, def, time, context))
    return;
  if (!row->active() || row->node().empty()) return;

  const NodeDef& node = def.nodes.at(row->node());
  if (node.type != NodeType::WaitEvent || node.event != event) return;
  if (time < row->node_entered_at() || time > row->node_entered_at() + node.duration_ms) return;
  Bindings bindings(*row, *readers_.profiles);
  Filter filter = bind_placeholders(node.filter, bindings.lookup());
  if (!matches(filter, EventSubject(properties, *step.profile, readers_))) return;
  for (const Property& property : properties) {
    std::string path = "nodes." + node.id + "." + property.name;
    if (def.placeholders.contains(path)) remember(enrollments_.mutate(id), path, property.value);
  }
  context.cancel_timer("journey", "w" + id);
  enrollments_.trace(id, context.now(), node.id, "matched", event);
  go(id, leave(id, node, "matched"), context.now(), context);
}

bool Engine::exit_matches(const pb::Enrollment& row, const JourneyDef& def, std::string_view event,
                          const Properties& properties) const {
  ProfileOrdinal profile(row.profile());
  Bindings bindings(row, *readers_.profiles);
  return std::any_of(def.exit_when.begin(), def.exit_when.end(),
                     [&](const JourneyDef::ExitWhen& e) {
                       if (!e.segment.empty()) {
                         return event == facts::kSegmentEntered &&
                                string_property(properties, "segment") == e.segment;
                       }
                       if (e.event != event) return false;
                       return matches(bind_placeholders(e.filter, bindings.lookup()),
                                      EventSubject(properties, profile, readers_));
                     });
}

bool Engine::goal_matches(const pb::Enrollment& row, const JourneyDef& def, std::string_view event,
                          TimeMs time, const Properties& properties) const {
  if (!row.watching() || !def.goal || def.goal->event != event) return false;
  if (time < row.entered_at() || time > row.entered_at() + def.goal->window_ms) return false;
  Bindings bindings(row, *readers_.profiles);
  return matches(bind_placeholders(def.goal->filter, bindings.lookup()),
                 EventSubject(properties, ProfileOrdinal(row.profile()), readers_));
}

bool Engine::reach_goal(const std::string& id, const JourneyDef& def, TimeMs time,
                        StepContext& context) {
  pb::Enrollment& row = enrollments_.mutate(id);
  row.set_goal_at(time);
  row.set_watching(false);  // counted once per instance
  context.cancel_timer("journey", "g" + id);
  pb::Stats& stats = enrollments_.mutate_stats(row.journey_id());
  bool treated = row.arm() == pb::Enrollment::TREATED;
  if (treated) {
    stats.set_goal(stats.goal() + 1);
  } else {
    stats.set_control_goal(stats.control_goal() + 1);
  }
  enrollments_.trace(id, context.now(), row.node(), "goal", def.goal->event);
  if (row.active() && (def.goal->exit || !treated)) {
    exit(id, "goal", context);
    return true;
  }
  settle(id, context);
  return false;
}

bool Engine::left_before_effect(const std::string& id, const JourneyDef& def,
                                StepContext& context) {
  const pb::Enrollment& row = *enrollments_.find(id);
  ProfileOrdinal profile(row.profile());
  for (const std::string& segment : def.exit_segments) {
    if (readers_.segments != nullptr && readers_.segments->is_member(profile, segment)) {
      exit(id, "segment:" + segment, context);
      return true;
    }
  }
  std::vector<std::string> names;
  for (const JourneyDef::ExitWhen& e : def.exit_when) {
    if (!e.event.empty()) names.push_back(e.event);
  }
  if (def.goal && row.watching()) names.push_back(def.goal->event);
  if (names.empty()) return false;

  std::string exit_event;
  TimeMs goal_time = -1;
  readers_.history->visit(
      profile, {row.entered_at(), context.now(), names}, [&](const StoredEvent& e) {
        bool after_entry = e.time > row.entered_at() ||
                           std::pair(e.position, e.hop) > std::pair(row.position(), row.hop());
        if (!after_entry) return true;
        if (exit_matches(row, def, e.name, properties_of(e))) {
          exit_event = e.name;
          return false;
        }
        if (goal_time < 0 && goal_matches(row, def, e.name, e.time, properties_of(e)))
          goal_time = e.time;
        return true;
      });
  if (!exit_event.empty()) {
    exit(id, exit_event, context);
    return true;
  }
  return goal_time >= 0 && reach_goal(id, def, goal_time, context);
}

void Engine::on_goal_timer(const std::string& id, StepContext& context) {
  const pb::Enrollment* row = enrollments_.find(id);
  if (row == nullptr) return;
  enrollments_.mutate(id).set_watching(false);
  if (row->active() && row->arm() != pb::Enrollment::TREATED) return exit(id, "end", context);
  settle(id, context);
}

}  // namespace weir::journey
