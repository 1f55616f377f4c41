// What the console asks. All of it reads resident state on the fold executor.

#include "journey/parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace weir::journey {
namespace {

std::string_view state_text(pb::Journey::State state) {
  switch (state) {
    case pb::Journey::PAUSED: return "paused";
    case pb::Journey::STOPPED: return "stopped";
    default: return "live";
  }
}

std::string_view arm_text(pb::Enrollment::Arm arm) {
  switch (arm) {
    case pb::Enrollment::CONTROL: return "control";
    case pb::Enrollment::GLOBAL_CONTROL: return "global_control";
    default: return "treated";
  }
}

Counts counts_of(const google::protobuf::RepeatedPtrField<pb::Count>& rows) {
  Counts out;
  for (const pb::Count& row : rows) out.emplace_back(row.name(), row.count());
  return out;
}

std::unexpected<Error> unknown_journey(std::string_view id) {
  return fail(ErrorCode::NotFound, fmt::format("journey \"{}\" does not exist", id));
}

EnrollmentView view_of(std::string_view id, const pb::Enrollment& row,
                       const Definitions& definitions) {
  EnrollmentView v;
  v.enrollment_id = id;
  v.journey_id = row.journey_id();
  const JourneyDef* def = definitions.version(row.journey_id(), row.version());
  v.journey_name = def == nullptr ? row.journey_id() : def->name;
  v.key = row.key();
  v.node = row.node();
  v.exit_reason = row.exit_reason();
  v.state = row.active() ? "active" : "exited";
  v.arm = arm_text(row.arm());
  v.profile = ProfileOrdinal(row.profile());
  v.version = row.version();
  v.entered_at = row.entered_at();
  v.updated_at = row.updated_at();
  v.goal_at = row.goal_at();
  return v;
}

JourneySummary summary_of(const std::string& id, const Definitions& definitions,
                          const Enrollments& enrollments) {
  JourneySummary s;
  const pb::Journey& row = *definitions.find(id);
  const JourneyDef* def = definitions.latest(id);
  s.id = id;
  s.name = def == nullptr ? id : def->name;
  s.version = row.latest();
  s.state = state_text(row.state());
  s.updated_at = row.updated_at();
  s.active = enrollments.active(id);
  if (const pb::Stats* stats = enrollments.stats(id)) {
    s.entered = stats->entered();
    s.goal = stats->goal();
    for (const pb::Count& c : stats->exited()) s.exited += c.count();
  }
  return s;
}

}  // namespace

std::vector<JourneySummary> JourneyFold::list() const {
  std::vector<JourneySummary> out;
  for (const std::string& id : parts_->definitions.ids()) {
    out.push_back(summary_of(id, parts_->definitions, parts_->enrollments));
  }
  return out;
}

Result<JourneyView> JourneyFold::view(std::string_view journey_id) const {
  std::string id(journey_id);
  const pb::Journey* row = parts_->definitions.find(id);
  if (row == nullptr || row->state() == pb::Journey::DELETED) return unknown_journey(id);
  JourneyView v;
  v.summary = summary_of(id, parts_->definitions, parts_->enrollments);
  v.definition = parts_->definitions.text(id, row->latest());
  const JourneyDef* def = parts_->definitions.latest(id);
  for (const auto& [node_id, node] : def->nodes) {
    v.nodes.push_back({node_id, 0, parts_->enrollments.waiting(id, node_id), {}});
  }
  const pb::Stats* stats = parts_->enrollments.stats(id);
  if (stats == nullptr) return v;
  v.refused = counts_of(stats->refused());
  v.exited = counts_of(stats->exited());
  v.control = stats->control();
  v.control_goal = stats->control_goal();
  for (const pb::Stats::Node& counted : stats->nodes()) {
    auto it = std::find_if(v.nodes.begin(), v.nodes.end(),
                           [&](const NodeStats& n) { return n.id == counted.id(); });
    if (it == v.nodes.end()) continue;  // a node of an older version
    it->entered = counted.entered();
    it->outcomes = counts_of(counted.outcomes());
  }
  return v;
}

Result<EnrollmentPage> JourneyFold::enrollments(std::string_view journey_id, std::string_view state,
                                                size_t limit, std::string_view cursor) const {
  if (parts_->definitions.find(journey_id) == nullptr) return unknown_journey(journey_id);
  const Enrollments::Order& order = parts_->enrollments.of_journey(journey_id);
  auto from = order.end();
  if (!cursor.empty()) {
    size_t dash = cursor.find('-');
    uint64_t number = 0;
    auto parsed =
        std::from_chars(cursor.data(), cursor.data() + std::min(dash, cursor.size()), number);
    if (dash == std::string_view::npos || parsed.ec != std::errc()) {
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("cursor \"{}\" is not one of ours", cursor), "cursor");
    }
    from = order.lower_bound({number, std::string(cursor.substr(dash + 1))});
  }
  EnrollmentPage page;
  std::string last;
  for (auto it = std::make_reverse_iterator(from); it != order.rend(); ++it) {
    const pb::Enrollment& row = *parts_->enrollments.find(it->second);
    if (!state.empty() && (state == "active") != row.active()) continue;
    if (page.enrollments.size() == limit) {
      // The cursor names the last row given; the next page starts just before it.
      page.next_cursor = std::move(last);
      break;
    }
    page.enrollments.push_back(view_of(it->second, row, parts_->definitions));
    last = fmt::format("{}-{}", it->first, it->second);
  }
  return page;
}

std::vector<EnrollmentView> JourneyFold::enrollments_of(ProfileOrdinal profile) const {
  std::vector<EnrollmentView> out;
  for (const std::string& id : parts_->enrollments.of_profile(profile.value)) {
    out.push_back(view_of(id, *parts_->enrollments.find(id), parts_->definitions));
  }
  return out;
}

Result<std::pair<EnrollmentView, std::vector<TraceLine>>> JourneyFold::enrollment(
    std::string_view id) const {
  const pb::Enrollment* row = parts_->enrollments.find(id);
  if (row == nullptr)
    return fail(ErrorCode::NotFound, fmt::format("enrollment \"{}\" does not exist", id));
  const JourneyDef* def = parts_->definitions.version(row->journey_id(), row->version());
  std::vector<TraceLine> trace;
  for (const pb::Enrollment::Trace& line : row->trace()) {
    auto node = def->nodes.find(line.node());
    std::string type(node == def->nodes.end() ? std::string_view() : to_string(node->second.type));
    trace.push_back({line.time(), line.node(), std::move(type), line.what(), line.detail()});
  }
  return std::pair(view_of(id, *row, parts_->definitions), std::move(trace));
}

int64_t JourneyFold::active_count() const {
  return parts_->enrollments.active_total();
}

}  // namespace weir::journey
