#include "tests/scenarios/journey/vendors.h"

#include <algorithm>

namespace weir::testing {

DeliveryOutcome Vendors::deliver(const Delivery& d, EffectClass effect_class) {
  ++calls_[d.effect_key];
  auto before = known_.find(d.effect_key);
  if (before != known_.end() && effect_class == EffectClass::Notice) return before->second;
  Behaviour& b = behaviours_[d.channel];
  Behaviour now = b;
  if (b.times > 0 && --b.times == 0) b = Behaviour{};
  DeliveryOutcome outcome;
  if (now.kind == Behaviour::Kind::LoseRequest) return outcome;
  if (now.kind == Behaviour::Kind::Fail) {
    outcome = {DeliveryState::Failed, now.reason, "", now.detail, now.retryable};
    known_[d.effect_key] = outcome;
    return outcome;
  }
  taken_.push_back({env_.clock().now(), d.channel, d.template_id, d.effect_key, d.recipient,
                    d.staff_userid, d.content, d.fields});
  outcome = {DeliveryState::Accepted, "", "v" + d.effect_key.substr(0, 8), "", false};
  known_[d.effect_key] = outcome;
  return now.kind == Behaviour::Kind::LoseReply ? DeliveryOutcome{} : outcome;
}

DeliveryOutcome Vendors::reconcile(const Delivery& d) const {
  if (!can_tell) return {};
  auto it = known_.find(d.effect_key);
  // A vendor that can be asked by key also proves that a request never arrived.
  if (it == known_.end())
    return {DeliveryState::Failed, "provider_error", "", "never arrived", true};
  return it->second;
}

std::string Vendors::last_vendor_id(const std::string& channel) const {
  std::string key = last_effect_key(channel);
  return key.empty() ? "" : "v" + key.substr(0, 8);
}

std::string Vendors::last_effect_key(const std::string& channel) const {
  auto it = std::find_if(taken_.rbegin(), taken_.rend(),
                         [&](const Taken& t) { return t.channel == channel; });
  return it == taken_.rend() ? "" : it->effect_key;
}

void ScriptedChannel::deliver(Delivery delivery, std::function<void(DeliveryOutcome)> done) {
  DeliveryOutcome outcome = vendors_.deliver(delivery, effect_class_);
  answers_.push_back([done = std::move(done), outcome] { done(outcome); });
}

void ScriptedChannel::reconcile(Delivery delivery, std::function<void(DeliveryOutcome)> done) {
  answers_.push_back(
      [done = std::move(done), outcome = vendors_.reconcile(delivery)] { done(outcome); });
}

void ScriptedChannel::answer_next() {
  auto answer = std::move(answers_.front());
  answers_.pop_front();
  answer();
}

}  // namespace weir::testing
