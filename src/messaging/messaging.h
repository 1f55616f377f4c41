#pragma once
// From an intent to a vendor (stage 6): every send passes the gates (consent, suppression, quiet
// hours, caps, kill switch) in the one step that moves it to `sending`, and is handed over at most
// once.

#include "base/env.h"
#include "model/template_def.h"
#include "ports/appender.h"
#include "ports/fold.h"
#include "ports/people.h"
#include "ports/sending.h"
#include "ports/vault.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::messaging {

struct CapRule {
  enum class Scope : uint8_t { Global, Channel, Category, Journey };
  Scope scope = Scope::Global;
  std::string name;  // of the channel, category or journey; empty = each on its own
  int max = 0;
  int days = 1;  // calendar days of the project zone, today included
};

struct MessagingOptions {
  Calendar calendar = Calendar::shanghai();
  /// JN13. They hold for messages of category "marketing" only.
  std::vector<CapRule> caps = {{CapRule::Scope::Global, "", 2, 1},
                               {CapRule::Scope::Global, "", 5, 7}};
  /// L25: a marketing SMS starts only in [start, end) local minutes; equal values switch the wall
  /// off.
  int sms_wall_start_minute = 8 * 60, sms_wall_end_minute = 21 * 60;
  DurationMs quiet_jitter_ms = 30 * kMinuteMs;  // JN12
  DurationMs stale_after_ms = kDayMs;  // a send that could not start for so long is given up
  DurationMs notice_dedupe_ms = 10 * kMinuteMs;  // vendors' window for a repeated client id
  size_t in_flight_max = 256;                    // per channel (RELIABILITY rule 4)
  std::string blocklist = "list:blocklist";      // profile ids that are never written to
  DurationMs finished_kept_ms = 30 * kDayMs;
};

struct MessagingDeps {
  const IdentityReader& identities;
  const ProfileReader& profiles;
  const SegmentReader* segments;  // null = no blocklist
  SendListener& listener;
  Appender& appender;
  Vault& vault;
  Env& env;
};

struct MessageView {
  std::string delivery_id;  // effect key of the current attempt
  ProfileOrdinal profile;
  std::string channel, template_id, journey_id, enrollment_id, node, message;
  /// "planned", "sending", "accepted", "confirmed", "failed", "suppressed", "unknown", "cancelled"
  std::string_view state;
  std::string reason, detail;
  int attempts = 0;
  TimeMs planned_at = 0, updated_at = 0;
};

struct MessagePage {
  std::vector<MessageView> messages;  // newest planned first
  std::string next_cursor;            // empty at the end
};

/// Totals since the beginning. `sent` = accepted by a vendor, `delivered` = confirmed by a receipt.
struct MessageCounters {
  int64_t sent = 0, delivered = 0, failed = 0, suppressed = 0, unknown = 0;
};

/// Fold "messaging". Reads Definition records "template/<id>", "kill_switch/<channel>" {"on":true}
/// (channel "*" = all), "journey_state/<id>" (a paused journey's sends wait), the records Attempt,
/// Outcome and Receipt, and the events sms_reply and consent_granted. Everything but the
/// dispatcher's hand-offs runs on the fold executor.
class Messaging : public Fold, public SendPlanner {
 public:
  Messaging(MessagingOptions options, MessagingDeps deps);
  ~Messaging() override;

  /// One channel per name; before the first record. They outlive the fold's use (see stop()).
  void add_channel(Channel& channel);
  /// No hand-offs to connectors after this returns; answers that come later are dropped.
  void stop();

  std::string_view name() const override { return "messaging"; }
  Status load(const StateStore& store) override;
  void save(WriteBatch& batch) override;
  void apply(Step& step, StepContext& context) override;
  void on_timer(std::string_view key, TimeMs due, StepContext& context) override;
  void on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext& context) override;
  void on_split(const Split& split, StepContext& context) override;
  void on_erase(ProfileOrdinal profile, StepContext& context) override;
  void on_batch_end() override;

  void plan(const SendRequest& request, StepContext& context) override;
  void cancel(std::string_view request_id, StepContext& context) override;

  // For api/, on the fold executor.
  Result<MessagePage> messages(std::string_view state, size_t limit, std::string_view cursor) const;
  std::vector<MessageView> messages_of(ProfileOrdinal profile) const;
  MessageCounters counters() const;
  std::map<std::string, MessageCounters> counters_by_channel() const;
  size_t in_flight(std::string_view channel) const;
  std::vector<TemplateDef> templates() const;
  bool killed(std::string_view channel) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace weir::messaging
