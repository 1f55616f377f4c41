#pragma once
// The life of an intent: planned → (gates) sending → accepted | failed | unknown → confirmed, and
// from a failure to the next attempt of its chain. Every step is a fold of a record, a timer or a
// call of the journey; none of them looks outside.

#include "messaging/intents.h"
#include "messaging/messaging.h"
#include "messaging/sent_log.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::messaging {

class Flow {
 public:
  Flow(const MessagingOptions& options, const MessagingDeps& deps);

  Status load(const StateStore& store);
  void save(WriteBatch& batch);
  void add_channel(Channel& channel) { channels_[std::string(channel.name())] = &channel; }

  void plan(const SendRequest& request, StepContext& context);
  void cancel(const std::string& id, StepContext& context);
  /// An Attempt record: the one commit that checks every gate, reserves, and moves to sending.
  void commit(std::string_view effect_key, int64_t round, StepContext& context);
  void on_outcome(std::string_view effect_key, const Properties& outcome, StepContext& context);
  void on_receipt(const Properties& receipt, StepContext& context);
  void on_timer(std::string_view key, StepContext& context);
  void define(const Envelope& record, TimeMs now);
  void on_event(const Step& step, StepContext& context);
  void merge(uint32_t from, uint32_t into);
  void split(const Split& split);
  void erase(uint32_t profile, StepContext& context);

  Intents& intents() { return intents_; }
  const Intents& intents() const { return intents_; }
  Channel* channel(std::string_view name) const;
  /// True while the intent must not start: its journey is paused or its channel killed.
  bool held(const pb::Intent& row) const;
  bool killed(std::string_view channel) const;
  /// Ids committed in this batch while live, in order; handed over when the batch ends.
  std::vector<std::string> take_committed() { return std::exchange(committed_, {}); }
  const ResidentTable<pb::Counters>& counters() const { return counters_; }
  const ResidentTable<pb::Template>& template_rows() const { return templates_; }

 private:
  struct Refusal {
    enum class Kind : uint8_t { Suppress, Fail } kind;
    std::string reason, detail;
  };
  std::optional<Refusal> gate(const pb::Intent& row, TimeMs now) const;
  bool blocked(ProfileOrdinal profile) const;
  std::optional<Refusal> prepare(pb::Intent& row) const;
  std::optional<Refusal> address(pb::Intent& row) const;
  TimeMs open_at(const pb::Intent& row, TimeMs now) const;

  void start_attempt(const std::string& id, uint32_t at, StepContext& context);
  void postpone(const std::string& id, TimeMs until, StepContext& context);
  void accepted(const std::string& id, const std::string& vendor_id, const std::string& detail,
                StepContext& context);
  void confirmed(const std::string& id, StepContext& context);
  void unknown(const std::string& id, const std::string& detail, StepContext& context);
  void failed(const std::string& id, const std::string& reason, const std::string& detail,
              bool retryable, StepContext& context);
  void suppressed(const std::string& id, const std::string& reason, StepContext& context);
  void late_failure(const std::string& id, const std::string& reason, const std::string& detail,
                    StepContext& context);
  void receipt_timeout(const std::string& id, StepContext& context);
  /// Starts the next attempt whose `when` fits; false when there is none.
  bool fall_back(const std::string& id, const std::string& reason, StepContext& context);
  void report(const std::string& id, SendResult result, const std::string& reason,
              StepContext& context);
  void finish(const std::string& id, StepContext& context);
  void settle(const std::string& id, pb::Intent::State state, const std::string& reason,
              const std::string& detail, TimeMs now);
  void trace(const pb::Intent& row, std::string_view what, const std::string& detail,
             StepContext& context);
  void emit(std::string_view fact, const pb::Intent& row, StepContext& context);
  pb::Counters& count(const pb::Intent& row) { return counters_.mutate(current(row).channel()); }

  const MessagingOptions& options_;
  const MessagingDeps& deps_;
  Intents intents_;
  SentLog sent_;
  ResidentTable<pb::Template> templates_;
  ResidentTable<pb::KillSwitch> kill_switches_;
  ResidentTable<pb::Paused> paused_;
  ResidentTable<pb::EarlyReceipt> early_;
  ResidentTable<pb::Counters> counters_;
  std::map<std::string, Channel*, std::less<>> channels_;
  std::map<std::string, TemplateDef, std::less<>> parsed_;
  std::vector<std::string> committed_;
};

/// 32 hex digits (JN17).
std::string effect_key_of(std::string_view request_id, uint32_t attempt_no);
/// The channel a consent is given for: "mp", "wecom", "sms".
std::string_view consent_channel(std::string_view channel);

}  // namespace weir::messaging
