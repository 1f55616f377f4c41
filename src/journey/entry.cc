#include "journey/entry.h"

#include "base/hash.h"
#include "journey/bindings.h"
#include "model/facts.h"

#include <fmt/format.h>

namespace weir::journey {
namespace {

constexpr int kEntriesPerHourMax = 10;  // J8

TimeMs entered_at_of(const Step& step) {
  return std::min(step.record.event_time, step.now);
}

}  // namespace

void Entrance::try_enter(const std::string& journey, const Step& step, StepContext& context) {
  const JourneyDef& def = *definitions_.latest(journey);
  if (step.record.historical || !triggers(def, step)) return;
  std::string key;
  if (!def.key.empty()) {
    const Value* value = find_property(step.record.properties, std::string_view(def.key).substr(6));
    if (value != nullptr && !std::holds_alternative<Sealed>(*value)) key = display_text(*value);
    if (key.empty()) return enrollments_.refuse(journey, "no_key");
  }
  if (std::string reason = refusal(def, step, key); !reason.empty()) {
    return enrollments_.refuse(journey, reason);
  }
  const pb::Entry* entry = enrollments_.entry(step.profile->value, journey, key);
  if (entry != nullptr && entry->active_size() >= def.concurrency) {
    engine_.exit(std::string(entry->active(0)), "restarted", context);
  }

  std::string id = to_hex(hash128(
      fmt::format("{}\n{}\n{}\n{}\n{}", journey, def.version, key, step.position, step.hop)));
  pb::Enrollment row;
  row.set_journey_id(journey);
  row.set_version(def.version);
  row.set_profile(step.profile->value);
  if (step.identity) row.set_identity(step.identity->value);
  row.set_key(key);
  row.set_arm(arm_of(def, *step.profile, step.now));
  row.set_entered_at(entered_at_of(step));
  row.set_node_entered_at(row.entered_at());
  row.set_position(step.position);
  row.set_hop(step.hop);
  for (const Property& property : step.record.properties) {
    std::string path = "entry.event." + property.name;
    if (def.placeholders.contains(path)) remember(row, path, property.value);
  }
  enrollments_.add(id, std::move(row));
  pb::Recent& recent = enrollments_.recent(step.profile->value, journey);
  recent.add_entered_at(step.now);
  while (recent.entered_at_size() > kEntriesPerHourMax) {
    recent.mutable_entered_at()->erase(recent.entered_at().begin());
  }
  enrollments_.trace(id, step.now, "", "entered", key);

  Envelope fact;
  fact.trust = Trust::Verified;
  fact.name = facts::kJourneyEntered;
  fact.properties = {{"journey", journey},
                     {"enrollment", id},
                     {"version", static_cast<int64_t>(def.version)},
                     {"control", enrollments_.find(id)->arm() != pb::Enrollment::TREATED}};
  context.emit(std::move(fact), *step.profile);
  engine_.start(id, context);
}

bool Entrance::triggers(const JourneyDef& def, const Step& step) const {
  const Properties& properties = step.record.properties;
  switch (def.trigger) {
    case JourneyDef::Trigger::Event: break;
    case JourneyDef::Trigger::SegmentEnter:
    case JourneyDef::Trigger::SegmentExit:
      if (string_property(properties, "segment") != def.trigger_subject) return false;
      // SG6: a change of the definition moves people without any of them doing anything.
      if (string_property(properties, "reason") == "definition" && !def.definition_changes)
        return false;
      break;
    case JourneyDef::Trigger::TagChanged:
      if (string_property(properties, "tag") != def.trigger_subject) return false;
      break;
  }
  return matches(def.trigger_filter, EventSubject(properties, *step.profile, readers_));
}

std::string Entrance::refusal(const JourneyDef& def, const Step& step, const std::string& key) {
  if (definitions_.find(def.id)->state() != pb::Journey::LIVE) return "not_live";
  if (step.now - step.record.event_time > def.max_age_ms) return "too_old";
  PersonSubject person(*step.profile, readers_);
  if (def.audience && !evaluate(*def.audience, person, step.now, options_.calendar).value)
    return "audience";
  // Only a general withdrawal keeps somebody out; each channel's own consent is asked when sending.
  if (readers_.profiles->consent(*step.profile, "*", def.purpose) == ConsentState::Withdrawn) {
    return "no_consent";
  }
  std::string limit = limit_refusal(def, step.profile->value, key, entered_at_of(step));
  if (!limit.empty()) return limit;
  const pb::Recent& recent = enrollments_.recent(step.profile->value, def.id);
  bool looping =
      recent.entered_at_size() >= kEntriesPerHourMax && step.now - recent.entered_at(0) < kHourMs;
  return looping ? "loop" : "";
}

std::string Entrance::limit_refusal(const JourneyDef& def, uint32_t profile, const std::string& key,
                                    TimeMs entered_at) const {
  const pb::Entry* entry = enrollments_.entry(profile, def.id, key);
  if (entry != nullptr && entry->active_size() >= def.concurrency && !def.restart)
    return "already_in";
  if (def.after_exit) {
    for (const std::string& id : enrollments_.of_profile(profile)) {
      const pb::Enrollment& row = *enrollments_.find(id);
      if (row.active() && row.journey_id() == def.id) return "already_in";
    }
  }
  if (entry == nullptr || def.limit == JourneyDef::Limit::Unlimited) return "";
  bool over = def.limit == JourneyDef::Limit::Once ||
              entered_at < entry->last_entered_at() + def.limit_period_ms;
  return over ? "limit" : "";
}

pb::Enrollment::Arm Entrance::arm_of(const JourneyDef& def, ProfileOrdinal profile,
                                     TimeMs now) const {
  std::string person = std::to_string(profile.value);
  Calendar::Local local = options_.calendar.local(now);
  std::string quarter = fmt::format("global:{}Q{}", local.year, (local.month + 2) / 3);
  if (def.global_holdout && bucket_of(quarter, person) < options_.global_control_share) {
    return pb::Enrollment::GLOBAL_CONTROL;
  }
  return bucket_of(def.salt, person) < def.control_share ? pb::Enrollment::CONTROL
                                                         : pb::Enrollment::TREATED;
}

}  // namespace weir::journey
