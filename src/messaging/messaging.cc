#include "messaging/messaging.h"

#include "messaging/parts.h"
#include "model/facts.h"

#include <algorithm>

namespace weir::messaging {

Messaging::Messaging(MessagingOptions options, MessagingDeps deps)
    : parts_(std::make_unique<Parts>(std::move(options), deps)) {}
Messaging::~Messaging() = default;

void Messaging::add_channel(Channel& channel) {
  parts_->flow.add_channel(channel);
}
void Messaging::stop() {
  parts_->dispatcher.stop();
}

Status Messaging::load(const StateStore& store) {
  return parts_->flow.load(store);
}
void Messaging::save(WriteBatch& batch) {
  parts_->flow.save(batch);
}

void Messaging::apply(Step& step, StepContext& context) {
  const Envelope& record = step.record;
  switch (record.kind) {
    case RecordKind::Definition: return parts_->flow.define(record, step.now);
    case RecordKind::Attempt:
      for (auto& [channel, keys] : parts_->asked) keys.erase(record.name);
      return parts_->flow.commit(record.name, int_property(record.properties, "round"), context);
    case RecordKind::Outcome:
      return parts_->flow.on_outcome(record.name, record.properties, context);
    case RecordKind::Receipt: return parts_->flow.on_receipt(record.properties, context);
    case RecordKind::Track:
      if (step.profile &&
          (record.name == facts::kSmsReply || record.name == facts::kConsentGranted)) {
        parts_->flow.on_event(step, context);
      }
      return;
    default: return;
  }
}

void Messaging::on_timer(std::string_view key, TimeMs, StepContext& context) {
  parts_->flow.on_timer(key, context);
}
void Messaging::on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext&) {
  parts_->flow.merge(from.value, into.value);
}
void Messaging::on_split(const Split& split, StepContext&) {
  parts_->flow.split(split);
}
void Messaging::on_erase(ProfileOrdinal profile, StepContext& context) {
  parts_->flow.erase(profile.value, context);
}

void Messaging::plan(const SendRequest& request, StepContext& context) {
  parts_->flow.plan(request, context);
}
void Messaging::cancel(std::string_view request_id, StepContext& context) {
  parts_->flow.cancel(std::string(request_id), context);
}

void Messaging::on_batch_end() {
  if (!parts_->went_live) parts_->reconcile_earlier_life();
  parts_->went_live = true;
  parts_->hand_over();
  parts_->ask();
}

void Messaging::Parts::reconcile_earlier_life() {
  std::vector<std::string> fresh = flow.take_committed();
  std::vector<Job> jobs;
  for (const std::string& id : flow.intents().all_sending()) {
    // A process before this one may have handed it over: the vendor is asked, it is not sent again.
    bool is_fresh = std::find(fresh.begin(), fresh.end(), id) != fresh.end();
    jobs.push_back(job_of(id, is_fresh ? Job::Mode::Deliver : Job::Mode::Reconcile));
  }
  dispatcher.run(std::move(jobs));
}

void Messaging::Parts::hand_over() {
  std::vector<Job> jobs;
  for (const std::string& id : flow.take_committed()) {
    const pb::Intent* row = flow.intents().find(id);
    if (row == nullptr || row->state() != pb::Intent::SENDING) continue;
    jobs.push_back(job_of(id, Job::Mode::Deliver));
  }
  dispatcher.run(std::move(jobs));
}

void Messaging::Parts::ask() {
  for (const std::string& key : dispatcher.take_refused()) {
    for (auto& [channel, keys] : asked) keys.erase(key);
  }
  // Best first over all channels: two messages to one person on two channels keep their order
  // (JN13).
  std::map<Intents::Ready::value_type, Ask> asks;
  std::vector<std::string> to_hold;
  for (const auto& [channel, ready] : flow.intents().ready()) {
    StringSet& waiting = asked[channel];
    for (const auto& place : ready) {
      if (waiting.size() + flow.intents().sending(channel).size() >= options.in_flight_max) break;
      const std::string& id = std::get<3>(place);
      const pb::Intent& row = *flow.intents().find(id);
      if (flow.held(row)) {
        to_hold.push_back(id);
      } else if (waiting.insert(row.effect_key()).second) {
        asks[place] = {row.effect_key(), row.round()};
      }
    }
  }
  for (const std::string& id : to_hold) flow.intents().hold(id);
  std::vector<Ask> ordered;
  for (auto& [place, one] : asks) ordered.push_back(std::move(one));
  if (!ordered.empty()) dispatcher.ask(std::move(ordered));
}

Job Messaging::Parts::job_of(const std::string& id, Job::Mode mode) const {
  const pb::Intent& row = *flow.intents().find(id);
  Job job;
  job.mode = mode;
  job.sending_at = row.sending_at();
  job.channel = flow.channel(current(row).channel());
  Delivery& d = job.delivery;
  d.effect_key = row.effect_key();
  d.channel = current(row).channel();
  d.template_id = current(row).template_id();
  d.vendor_template = row.vendor_template();
  d.scope = row.scope();
  d.recipient = row.recipient();
  d.staff_userid = row.staff_userid();
  d.content = row.content();
  d.url = row.url();
  for (const pb::Pair& field : row.fields()) d.fields[field.name()] = field.value();
  if (d.channel == "sms") {
    if (const Sealed* phone =
            deps.profiles.address(ProfileOrdinal(row.profile()), IdentityKind::Phone)) {
      job.address = *phone;
    }
  }
  return job;
}

}  // namespace weir::messaging
