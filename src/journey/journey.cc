#include "journey/journey.h"

#include "base/json.h"
#include "journey/parts.h"
#include "model/facts.h"

namespace weir::journey {
namespace {

constexpr std::string_view kJourneyPrefix = "journey/";
constexpr std::string_view kStatePrefix = "journey_state/";

/// Who became part of another person did not leave a segment by themselves.
bool of_somebody_absorbed(const Envelope& record, ProfileOrdinal profile) {
  if (record.name != facts::kSegmentLeft) return false;
  int64_t who = int_property(record.properties, "profile", profile.value);
  return who != profile.value && string_property(record.properties, "reason") == "merge";
}

}  // namespace

JourneyFold::JourneyFold(JourneyOptions options, PersonReaders readers, CouponIssuer& coupons)
    : parts_(std::make_unique<Parts>(std::move(options), readers, coupons)) {}
JourneyFold::~JourneyFold() = default;

void JourneyFold::connect(SendPlanner& sender) {
  parts_->engine.connect(sender);
}

Status JourneyFold::load(const StateStore& store) {
  WEIR_CHECK_OK(parts_->definitions.load(store));
  return parts_->enrollments.load(store);
}

void JourneyFold::save(WriteBatch& batch) {
  parts_->definitions.save(batch);
  parts_->enrollments.save(batch);
}

void JourneyFold::apply(Step& step, StepContext& context) {
  const Envelope& record = step.record;
  if (record.kind == RecordKind::Definition) return define(step, context);
  // Most events end here: one hash look-up.
  std::string_view event = event_name(record);
  if (event.empty() || !step.profile || !parts_->definitions.listens(event)) return;
  if (of_somebody_absorbed(record, *step.profile)) return;
  parts_->engine.react(step, event, context);
  // Existing enrollments see the event first, so that it never is both a trigger and a match (G6).
  const std::vector<std::string>* triggered = parts_->definitions.triggered_by(event);
  if (triggered == nullptr) return;
  for (const std::string& journey : *triggered) parts_->entrance.try_enter(journey, step, context);
}

void JourneyFold::define(const Step& step, StepContext& context) {
  std::string_view name = step.record.name;
  if (name.starts_with(kJourneyPrefix)) {
    std::string id(name.substr(kJourneyPrefix.size()));
    auto change = parts_->definitions.define(id, definition_body(step.record), step.now);
    if (change != Definitions::Change::Deleted) return;
    Enrollments::Order all = parts_->enrollments.of_journey(id);  // a copy: exiting changes places
    for (const auto& [order, enrollment] : all) parts_->engine.exit(enrollment, "deleted", context);
  } else if (name.starts_with(kStatePrefix)) {
    std::string id(name.substr(kStatePrefix.size()));
    auto document = json::parse(definition_body(step.record));
    if (!document || !document->is_object()) return;
    std::string state = json::optional_string(document->get_object(), "state");
    auto before = parts_->definitions.set_state(id, state, step.now);
    if (before == pb::Journey::PAUSED && !parts_->definitions.paused(id)) {
      parts_->engine.resume(id, context);
    }
  }
}

void JourneyFold::on_timer(std::string_view key, TimeMs, StepContext& context) {
  std::string id(key.substr(1));
  switch (key.front()) {
    case 'w': return parts_->engine.on_wait_timer(id, context);
    case 'g': return parts_->engine.on_goal_timer(id, context);
    case 'x': return parts_->engine.on_retention_timer(id, context.now());
    default: return;
  }
}

void JourneyFold::on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext& context) {
  Enrollments& enrollments = parts_->enrollments;
  for (const std::string& id : enrollments.of_profile(from.value)) enrollments.move(id, into.value);
  auto concurrency = [&](std::string_view journey) {
    const JourneyDef* def = parts_->definitions.latest(journey);
    return def == nullptr ? 1 : def->concurrency;
  };
  for (const std::string& id : enrollments.merge_entries(from.value, into.value, concurrency)) {
    parts_->engine.exit(id, "merged", context);
  }
}

// An enrollment goes with the identity whose event began it; what it sent stays sent (G10).
void JourneyFold::on_split(const Split& split, StepContext&) {
  Enrollments& enrollments = parts_->enrollments;
  enrollments.split(split);
}

void JourneyFold::on_erase(ProfileOrdinal profile, StepContext& context) {
  Enrollments& enrollments = parts_->enrollments;
  for (const std::string& id : enrollments.of_profile(profile.value)) {
    parts_->engine.detach(id, context);
    enrollments.erase(id, true);
  }
  enrollments.erase_entries(profile.value);
}

void JourneyFold::on_sent(std::string_view enrollment_id, std::string_view node, uint32_t visit_no,
                          SendResult result, std::string_view reason, std::string_view,
                          StepContext& context) {
  parts_->engine.on_sent(std::string(enrollment_id), node, visit_no, result, reason, context);
}

void JourneyFold::on_trace(std::string_view enrollment_id, std::string_view node,
                           std::string_view what, std::string_view detail, StepContext& context) {
  if (parts_->enrollments.find(enrollment_id) == nullptr) return;
  parts_->enrollments.trace(std::string(enrollment_id), context.now(), node, what, detail);
}

}  // namespace weir::journey
