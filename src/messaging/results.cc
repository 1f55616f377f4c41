// What becomes of a send: the vendor's answer, receipts, and their absence (JN10).

#include "messaging/flow.h"
#include "model/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weir::messaging {
namespace {

constexpr std::string_view kOwner = "messaging";
constexpr std::array<DurationMs, 3> kRetryDelays = {kMinuteMs, 5 * kMinuteMs, 25 * kMinuteMs};

/// What was needed for the call and for asking the vendor about it; nothing after the answer.
void drop_payload(pb::Intent& row) {
  row.clear_recipient();
  row.clear_staff_userid();
  row.clear_content();
  row.clear_url();
  row.clear_fields();
}

std::string explained(const std::string& reason, const std::string& detail) {
  return detail.empty() ? reason : reason + ": " + detail;
}

}  // namespace

void Flow::on_outcome(std::string_view effect_key, const Properties& outcome,
                      StepContext& context) {
  std::string id = intents_.by_effect(effect_key);
  if (id.empty() || intents_.find(id)->state() != pb::Intent::SENDING) return;
  std::string_view state = string_property(outcome, "state");
  std::string reason(string_property(outcome, "reason")),
      detail(string_property(outcome, "detail"));
  if (state == "accepted") {
    return accepted(id, std::string(string_property(outcome, "vendor_id")), detail, context);
  }
  if (state != "failed") return unknown(id, detail, context);
  const Value* retryable = find_property(outcome, "retryable");
  const bool* retry = retryable == nullptr ? nullptr : std::get_if<bool>(retryable);
  failed(id, reason.empty() ? "provider_error" : reason, detail, retry != nullptr && *retry,
         context);
}

void Flow::settle(const std::string& id, pb::Intent::State state, const std::string& reason,
                  const std::string& detail, TimeMs now) {
  intents_.update(id, [&](pb::Intent& row) {
    row.set_state(state);
    row.set_reason(reason);
    row.set_detail(detail);
    row.set_updated_at(now);
    drop_payload(row);
  });
}

void Flow::accepted(const std::string& id, const std::string& vendor_id, const std::string& detail,
                    StepContext& context) {
  settle(id, pb::Intent::ACCEPTED, "", detail, context.now());
  intents_.update(id, [&](pb::Intent& row) { row.set_vendor_id(vendor_id); });
  pb::Intent& row = intents_.mutate(id);
  count(row).set_sent(count(row).sent() + 1);
  trace(row, "accepted", current(row).channel(), context);
  emit(facts::kMessageSent, row, context);
  Channel* sender = channel(current(row).channel());
  row.set_awaits_receipt(sender != nullptr && sender->needs_receipt());
  if (const pb::EarlyReceipt* found = early_.find(vendor_id);
      found != nullptr && !vendor_id.empty()) {
    pb::EarlyReceipt early = *found;
    early_.erase(vendor_id);
    context.cancel_timer(kOwner, "e" + vendor_id);
    if (early.state() == "delivered") return confirmed(id, context);
    return failed(id, early.reason().empty() ? "provider_error" : early.reason(), early.detail(),
                  false, context);
  }
  if (!row.awaits_receipt()) return report(id, SendResult::Sent, "", context);
  trace(row, "waiting", "for the receipt", context);
  context.set_timer(kOwner, "t" + row.effect_key(),
                    context.now() + current(row).receipt_timeout_ms());
}

void Flow::confirmed(const std::string& id, StepContext& context) {
  const pb::Intent& row = *intents_.find(id);
  pb::Counters& counters = count(row);
  if (row.state() == pb::Intent::UNKNOWN) {
    counters.set_unknown(counters.unknown() - 1);
    if (!row.awaits_receipt()) counters.set_sent(counters.sent() + 1);
  }
  counters.set_delivered(counters.delivered() + 1);
  settle(id, pb::Intent::CONFIRMED, "", "", context.now());
  trace(row, "confirmed", current(row).channel(), context);
  report(id, SendResult::Sent, "", context);
}

void Flow::unknown(const std::string& id, const std::string& detail, StepContext& context) {
  settle(id, pb::Intent::UNKNOWN, "unknown", detail, context.now());
  const pb::Intent& row = *intents_.find(id);
  count(row).set_unknown(count(row).unknown() + 1);
  trace(row, "unknown", detail, context);
  // A receipt may still tell; the reservation stays, because it may well have arrived.
  context.set_timer(kOwner, "t" + row.effect_key(),
                    context.now() + current(row).receipt_timeout_ms());
}

void Flow::receipt_timeout(const std::string& id, StepContext& context) {
  const pb::Intent& row = *intents_.find(id);
  if (row.state() == pb::Intent::ACCEPTED && row.awaits_receipt()) {
    count(row).set_unknown(count(row).unknown() + 1);
    settle(id, pb::Intent::UNKNOWN, "unknown", "no receipt in time", context.now());
    trace(row, "unknown", "no receipt in time", context);
  } else if (row.state() != pb::Intent::UNKNOWN) {
    return;
  }
  if (current(row).fallback_on_unknown() && !row.cancelled() && fall_back(id, "unknown", context))
    return;
  report(id, SendResult::Sent, "unknown", context);
}

void Flow::failed(const std::string& id, const std::string& reason, const std::string& detail,
                  bool retryable, StepContext& context) {
  const pb::Intent& row = *intents_.find(id);
  sent_.release(row.profile(), row.effect_key());
  trace(row, "failed", explained(reason, detail), context);
  if (retryable && !row.cancelled() && row.retries() < kRetryDelays.size()) {
    TimeMs again = context.now() + kRetryDelays[row.retries()];
    intents_.update(id, [&](pb::Intent& r) {
      r.set_retries(r.retries() + 1);
      r.set_attempt_no(r.attempt_no() + 1);
      r.set_effect_key(effect_key_of(id, r.attempt_no()));
      drop_payload(r);
    });
    trace(row, "retry", "at " + format_utc(again), context);
    return postpone(id, again, context);
  }
  settle(id, pb::Intent::FAILED, reason, detail, context.now());
  count(row).set_failed(count(row).failed() + 1);
  emit(facts::kMessageFailed, row, context);
  if (!row.cancelled() && fall_back(id, reason, context)) return;
  report(id, SendResult::Failed, reason, context);
}

bool Flow::fall_back(const std::string& id, const std::string& reason, StepContext& context) {
  const pb::Intent& row = *intents_.find(id);
  for (int next = static_cast<int>(row.at()) + 1; next < row.chain_size(); ++next) {
    const auto& when = row.chain(next).when();
    bool fits = std::any_of(when.begin(), when.end(),
                            [&](const std::string& w) { return w == "*" || w == reason; });
    if (!fits) continue;
    start_attempt(id, static_cast<uint32_t>(next), context);
    return true;
  }
  return false;
}

void Flow::suppressed(const std::string& id, const std::string& reason, StepContext& context) {
  settle(id, pb::Intent::SUPPRESSED, reason, "", context.now());
  const pb::Intent& row = *intents_.find(id);
  count(row).set_suppressed(count(row).suppressed() + 1);
  trace(row, "suppressed", reason, context);
  emit(facts::kMessageSuppressed, row, context);
  report(id, SendResult::Suppressed, reason, context);
}

void Flow::late_failure(const std::string& id, const std::string& reason, const std::string& detail,
                        StepContext& context) {
  const pb::Intent& row = *intents_.find(id);
  if (row.state() == pb::Intent::UNKNOWN) count(row).set_unknown(count(row).unknown() - 1);
  sent_.release(row.profile(), row.effect_key());
  settle(id, pb::Intent::FAILED, reason, detail, context.now());
  count(row).set_failed(count(row).failed() + 1);
  trace(row, "failed", explained(reason, detail), context);
  emit(facts::kMessageFailed, row, context);
}

void Flow::report(const std::string& id, SendResult result, const std::string& reason,
                  StepContext& context) {
  pb::Intent& row = intents_.mutate(id);
  if (row.reported()) return;
  row.set_reported(true);
  finish(id, context);
  if (row.cancelled()) return;
  // Last: the journey walks on and may plan or cancel other intents.
  deps_.listener.on_sent(row.enrollment_id(), row.node(), row.visit_no(), result, reason,
                         current(row).channel(), context);
}

void Flow::finish(const std::string& id, StepContext& context) {
  intents_.mutate(id).clear_vars();
  context.set_timer(kOwner, "x" + id, context.now() + options_.finished_kept_ms);
}

void Flow::trace(const pb::Intent& row, std::string_view what, const std::string& detail,
                 StepContext& context) {
  deps_.listener.on_trace(row.enrollment_id(), row.node(), what, detail, context);
}

void Flow::emit(std::string_view name, const pb::Intent& row, StepContext& context) {
  Envelope fact;
  fact.trust = Trust::Verified;
  fact.name = name;
  fact.properties = {{"channel", current(row).channel()}, {"template", current(row).template_id()},
                     {"journey", row.journey_id()},       {"node", row.node()},
                     {"message", row.message()},          {"effect_key", row.effect_key()}};
  if (!row.reason().empty()) fact.properties.push_back({"reason", row.reason()});
  context.emit(std::move(fact), ProfileOrdinal(row.profile()));
}

}  // namespace weir::messaging
