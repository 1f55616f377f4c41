// What the console asks. All of it reads resident state on the fold executor.

#include "messaging/parts.h"

#include <fmt/format.h>

#include <charconv>

namespace weir::messaging {
namespace {

std::string_view state_text(pb::Intent::State state) {
  switch (state) {
    case pb::Intent::SENDING: return "sending";
    case pb::Intent::ACCEPTED: return "accepted";
    case pb::Intent::CONFIRMED: return "confirmed";
    case pb::Intent::FAILED: return "failed";
    case pb::Intent::SUPPRESSED: return "suppressed";
    case pb::Intent::UNKNOWN: return "unknown";
    case pb::Intent::CANCELLED: return "cancelled";
    default: return "planned";
  }
}

MessageView view_of(const pb::Intent& row) {
  MessageView v;
  v.delivery_id = row.effect_key();
  v.profile = ProfileOrdinal(row.profile());
  v.channel = current(row).channel();
  v.template_id = current(row).template_id();
  v.journey_id = row.journey_id();
  v.enrollment_id = row.enrollment_id();
  v.node = row.node();
  v.message = row.message();
  v.state = state_text(row.state());
  v.reason = row.reason();
  v.detail = row.detail();
  v.attempts = static_cast<int>(row.attempt_no());
  v.planned_at = row.planned_at();
  v.updated_at = row.updated_at();
  return v;
}

}  // namespace

Result<MessagePage> Messaging::messages(std::string_view state, size_t limit,
                                        std::string_view cursor) const {
  const Intents& intents = parts_->flow.intents();
  auto from = intents.order().end();
  if (!cursor.empty()) {
    size_t dash = cursor.find('-');
    TimeMs time = 0;
    auto parsed =
        std::from_chars(cursor.data(), cursor.data() + std::min(dash, cursor.size()), time);
    if (dash == std::string_view::npos || parsed.ec != std::errc()) {
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("cursor \"{}\" is not one of ours", cursor), "cursor");
    }
    from = intents.order().lower_bound({time, std::string(cursor.substr(dash + 1))});
  }
  MessagePage page;
  std::string last;
  for (auto it = std::make_reverse_iterator(from); it != intents.order().rend(); ++it) {
    const pb::Intent& row = *intents.find(it->second);
    if (!state.empty() && state_text(row.state()) != state) continue;
    if (page.messages.size() == limit) {
      page.next_cursor = std::move(last);
      break;
    }
    page.messages.push_back(view_of(row));
    last = fmt::format("{}-{}", it->first, it->second);
  }
  return page;
}

std::vector<MessageView> Messaging::messages_of(ProfileOrdinal profile) const {
  std::vector<MessageView> out;
  const Intents& intents = parts_->flow.intents();
  for (const std::string& id : intents.of_profile(profile.value))
    out.push_back(view_of(*intents.find(id)));
  return out;
}

std::map<std::string, MessageCounters> Messaging::counters_by_channel() const {
  std::map<std::string, MessageCounters> out;
  parts_->flow.counters().for_each([&](std::string_view channel, const pb::Counters& c) {
    out[std::string(channel)] = {c.sent(), c.delivered(), c.failed(), c.suppressed(), c.unknown()};
  });
  return out;
}

MessageCounters Messaging::counters() const {
  MessageCounters total;
  for (const auto& [channel, c] : counters_by_channel()) {
    total.sent += c.sent;
    total.delivered += c.delivered;
    total.failed += c.failed;
    total.suppressed += c.suppressed;
    total.unknown += c.unknown;
  }
  return total;
}

size_t Messaging::in_flight(std::string_view channel) const {
  auto asked = parts_->asked.find(channel);
  return parts_->flow.intents().sending(channel).size() +
         (asked == parts_->asked.end() ? 0 : asked->second.size());
}

std::vector<TemplateDef> Messaging::templates() const {
  std::map<std::string, TemplateDef> sorted;
  parts_->flow.template_rows().for_each([&](std::string_view id, const pb::Template& row) {
    if (auto parsed = parse_template(id, row.text())) sorted[std::string(id)] = *std::move(parsed);
  });
  std::vector<TemplateDef> out;
  for (auto& [id, definition] : sorted) out.push_back(std::move(definition));
  return out;
}

bool Messaging::killed(std::string_view channel) const {
  return parts_->flow.killed(channel);
}

}  // namespace weir::messaging
