#include "messaging/flow.h"

#include "base/hash.h"
#include "base/json.h"
#include "model/facts.h"
#include "model/key_space.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::messaging {
namespace {

constexpr std::string_view kOwner = "messaging";
constexpr DurationMs kEarlyReceiptKept = kHourMs;

std::string prefix(char table) {
  return {key_space::kMessaging, table};
}

}  // namespace

std::string effect_key_of(std::string_view request_id, uint32_t attempt_no) {
  return to_hex(hash128(fmt::format("{}\n{}", request_id, attempt_no)));
}

Flow::Flow(const MessagingOptions& options, const MessagingDeps& deps)
    : options_(options),
      deps_(deps),
      sent_(options),
      templates_(prefix('t')),
      kill_switches_(prefix('k')),
      paused_(prefix('p')),
      early_(prefix('r')),
      counters_(prefix('c')) {}

Status Flow::load(const StateStore& store) {
  WEIR_CHECK_OK(intents_.load(store));
  WEIR_CHECK_OK(sent_.load(store));
  WEIR_CHECK_OK(templates_.load(store));
  WEIR_CHECK_OK(kill_switches_.load(store));
  WEIR_CHECK_OK(paused_.load(store));
  WEIR_CHECK_OK(early_.load(store));
  WEIR_CHECK_OK(counters_.load(store));
  templates_.for_each([&](std::string_view id, const pb::Template& row) {
    if (auto parsed = parse_template(id, row.text())) parsed_[std::string(id)] = *std::move(parsed);
  });
  return {};
}

void Flow::save(WriteBatch& batch) {
  intents_.save(batch);
  sent_.save(batch);
  templates_.save(batch);
  kill_switches_.save(batch);
  paused_.save(batch);
  early_.save(batch);
  counters_.save(batch);
}

Channel* Flow::channel(std::string_view name) const {
  auto it = channels_.find(name);
  return it == channels_.end() ? nullptr : it->second;
}

bool Flow::killed(std::string_view channel) const {
  return kill_switches_.find(channel) != nullptr || kill_switches_.find("*") != nullptr;
}

bool Flow::held(const pb::Intent& row) const {
  return paused_.find(row.journey_id()) != nullptr || killed(current(row).channel());
}

void Flow::plan(const SendRequest& request, StepContext& context) {
  if (intents_.find(request.request_id) != nullptr) return;
  intents_.update(request.request_id, [&](pb::Intent& row) {
    row.set_profile(request.profile.value);
    if (request.identity) row.set_identity(request.identity->value);
    row.set_journey_id(request.journey_id);
    row.set_enrollment_id(request.enrollment_id);
    row.set_node(request.node);
    row.set_visit_no(request.visit_no);
    row.set_message(request.message);
    row.set_category(request.category);
    row.set_purpose(request.purpose);
    row.set_priority(request.priority);
    row.set_transactional(request.transactional);
    row.set_caps(request.caps && !request.transactional);
    row.set_quiet_start(request.quiet_hours.start_minute);
    row.set_quiet_end(request.quiet_hours.end_minute);
    row.set_quiet_defer(request.quiet_hours.defer);
    row.set_planned_at(context.now());
    for (const AttemptSpec& spec : request.chain) {
      pb::Intent::Attempt* attempt = row.add_chain();
      attempt->set_channel(spec.channel);
      attempt->set_template_id(spec.template_id);
      for (const std::string& reason : spec.when) attempt->add_when(reason);
      attempt->set_receipt_timeout_ms(spec.receipt_timeout_ms);
      attempt->set_fallback_on_unknown(spec.fallback_on_unknown);
      attempt->set_staff(spec.staff);
    }
    for (const auto& [name, value] : request.vars) {
      pb::Pair* var = row.add_vars();
      var->set_name(name);
      var->set_value(value);
    }
  });
  WEIR_ASSERT(!request.chain.empty());
  start_attempt(request.request_id, 0, context);
}

void Flow::start_attempt(const std::string& id, uint32_t at, StepContext& context) {
  intents_.update(id, [&](pb::Intent& row) {
    row.set_at(at);
    row.set_attempt_no(row.attempt_no() + 1);
    row.set_retries(0);
    row.set_round(0);
    row.set_effect_key(effect_key_of(id, row.attempt_no()));
    row.set_state(pb::Intent::PLANNED);
    row.set_due(context.now());
    row.set_not_before(0);
    row.set_updated_at(context.now());
    row.clear_vendor_id();
    row.set_awaits_receipt(false);
  });
}

void Flow::cancel(const std::string& id, StepContext& context) {
  const pb::Intent* row = intents_.find(id);
  if (row == nullptr) return;
  if (row->state() != pb::Intent::PLANNED) {
    // Under way: what comes back is only recorded (JN9).
    intents_.mutate(id).set_cancelled(true);
    return;
  }
  context.cancel_timer(kOwner, "d" + row->effect_key());
  settle(id, pb::Intent::CANCELLED, "exited", "", context.now());
  finish(id, context);
}

void Flow::commit(std::string_view effect_key, int64_t round, StepContext& context) {
  std::string id = intents_.by_effect(effect_key);
  const pb::Intent* found = id.empty() ? nullptr : intents_.find(id);
  // A repeated or outdated Attempt record changes nothing.
  if (found == nullptr || found->state() != pb::Intent::PLANNED || found->not_before() != 0 ||
      found->round() != static_cast<uint32_t>(round)) {
    return;
  }
  TimeMs now = context.now();
  if (held(*found)) {
    intents_.update(id, [](pb::Intent& row) { row.set_round(row.round() + 1); });
    intents_.hold(id);
    return;
  }
  if (auto refusal = gate(*found, now)) return suppressed(id, refusal->reason, context);
  if (TimeMs open = open_at(*found, now); open > now) {
    if (!found->quiet_defer()) return suppressed(id, "quiet_drop", context);
    trace(*found, "deferred", "until " + format_utc(open), context);
    return postpone(id, open, context);
  }
  int32_t today = options_.calendar.day_number(now);
  if (found->caps() && sent_.capped(*found, today)) return suppressed(id, "capped", context);

  trace(*found, "attempt", current(*found).channel() + " " + current(*found).template_id(),
        context);
  if (auto refusal = prepare(intents_.mutate(id))) {
    return failed(id, refusal->reason, refusal->detail, false, context);
  }
  if (found->caps()) sent_.reserve(*found, today);
  intents_.update(id, [&](pb::Intent& row) {
    row.set_state(pb::Intent::SENDING);
    row.set_sending_at(now);
    row.set_updated_at(now);
    row.clear_reason();
    row.clear_detail();
  });
  if (context.live()) committed_.push_back(id);
}

void Flow::postpone(const std::string& id, TimeMs until, StepContext& context) {
  intents_.update(id, [&](pb::Intent& row) {
    row.set_state(pb::Intent::PLANNED);
    row.set_round(row.round() + 1);
    row.set_not_before(until);
    row.set_updated_at(context.now());
  });
  context.set_timer(kOwner, "d" + intents_.find(id)->effect_key(), until);
}

void Flow::on_timer(std::string_view key, StepContext& context) {
  std::string rest(key.substr(1));
  if (key.front() == 'x') return intents_.erase(rest);
  if (key.front() == 'e') return early_.erase(rest);
  std::string id = intents_.by_effect(rest);
  if (id.empty()) return;
  if (key.front() == 't') return receipt_timeout(id, context);
  intents_.update(id, [&](pb::Intent& row) {
    row.set_not_before(0);
    row.set_due(context.now());  // being late is counted from when it could start
  });
}

void Flow::define(const Envelope& record, TimeMs now) {
  std::string_view name = record.name, body = definition_body(record);
  auto after = [&](std::string_view start) { return std::string(name.substr(start.size())); };
  if (name.starts_with("template/")) {
    std::string id = after("template/");
    auto parsed = parse_template(id, body);
    if (body.empty()) {
      templates_.erase(id);
      parsed_.erase(id);
    } else if (parsed) {  // api/ refuses bad ones; a bad one here changes nothing
      templates_.mutate(id).set_text(std::string(body));
      parsed_[id] = *std::move(parsed);
    }
  } else if (name.starts_with("kill_switch/") || name.starts_with("journey_state/")) {
    auto document = json::parse(body);
    bool is_object = document && document->is_object();
    bool kill = name.starts_with("kill_switch/");
    if (kill && is_object && json::optional_bool(document->get_object(), "on", false)) {
      kill_switches_.mutate(after("kill_switch/")).set_since(now);
    } else if (kill) {
      kill_switches_.erase(after("kill_switch/"));
    } else if (is_object && json::optional_string(document->get_object(), "state") == "paused") {
      paused_.mutate(after("journey_state/")).set_since(now);
    } else {
      paused_.erase(after("journey_state/"));
    }
    intents_.release_all();  // those still held are taken out again when the batch ends
  }
}

void Flow::on_event(const Step& step, StepContext& context) {
  const Envelope& record = step.record;
  uint32_t profile = step.profile->value;
  std::optional<uint32_t> identity;
  if (step.identity) identity = step.identity->value;
  std::string_view channel = string_property(record.properties, "channel");
  if (record.name == facts::kConsentGranted) {
    std::string_view purpose = string_property(record.properties, "purpose");
    if (purpose.empty() || purpose == "marketing" || purpose == "*") {
      sent_.opt_in(profile, channel, identity);
    }
  } else if (record.name == facts::kSmsReply && !record.historical) {
    // The connector recognised the refusal; the text itself is sealed (L24).
    if (string_property(record.properties, "keyword").empty()) return;
    sent_.opt_out(profile, "sms", identity);
    Envelope fact;
    fact.trust = Trust::Verified;
    fact.name = facts::kConsentWithdrawn;
    fact.event_time = record.event_time;
    fact.properties = {{"channel", std::string("sms")},
                       {"purpose", std::string("marketing")},
                       {"method", std::string("sms_reply")}};
    context.emit(std::move(fact), *step.profile);
  }
}

void Flow::merge(uint32_t from, uint32_t into) {
  for (const std::string& id : intents_.of_profile(from)) {
    intents_.update(id, [&](pb::Intent& row) { row.set_profile(into); });
  }
  sent_.merge(from, into);
}

void Flow::split(const Split& split) {
  for (const std::string& id : intents_.of_profile(split.kept.value)) {
    auto identity = whose(*intents_.find(id));
    if (!identity || !split.moved(IdentityOrdinal(*identity))) continue;
    intents_.update(id, [&](pb::Intent& row) { row.set_profile(split.apart.value); });
  }
  sent_.split(split);
}

void Flow::erase(uint32_t profile, StepContext& context) {
  for (const std::string& id : intents_.of_profile(profile)) {
    const pb::Intent& row = *intents_.find(id);
    for (const std::string& timer : {"d" + row.effect_key(), "t" + row.effect_key(), "x" + id}) {
      context.cancel_timer(kOwner, timer);
    }
    intents_.erase(id);
  }
  sent_.erase(profile);
}

void Flow::on_receipt(const Properties& receipt, StepContext& context) {
  std::string vendor_id(string_property(receipt, "vendor_id"));
  std::string id = intents_.by_effect(string_property(receipt, "effect_key"));
  if (id.empty()) id = intents_.by_vendor(vendor_id);
  std::string state(string_property(receipt, "state"));
  std::string reason(string_property(receipt, "reason")),
      detail(string_property(receipt, "detail"));
  if (id.empty()) {
    if (vendor_id.empty()) return;
    // It came before the answer that would tell whose vendor id this is.
    pb::EarlyReceipt& early = early_.mutate(vendor_id);
    early.set_state(state);
    early.set_reason(reason);
    early.set_detail(detail);
    context.set_timer(kOwner, "e" + vendor_id, context.now() + kEarlyReceiptKept);
    return;
  }
  const pb::Intent& row = *intents_.find(id);
  bool open = row.state() == pb::Intent::SENDING || row.state() == pb::Intent::ACCEPTED ||
              row.state() == pb::Intent::UNKNOWN;
  if (!open) return;
  context.cancel_timer(kOwner, "t" + row.effect_key());
  if (state == "delivered") {
    if (row.state() == pb::Intent::SENDING) accepted(id, vendor_id, "", context);
    if (intents_.find(id)->state() != pb::Intent::CONFIRMED) confirmed(id, context);
  } else if (row.reported()) {
    late_failure(id, reason, detail, context);
  } else {
    if (row.state() == pb::Intent::UNKNOWN) count(row).set_unknown(count(row).unknown() - 1);
    failed(id, reason.empty() ? "provider_error" : reason, detail, false, context);
  }
}

}  // namespace weir::messaging
