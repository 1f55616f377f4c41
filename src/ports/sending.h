#pragma once
// From an intent to a vendor (DESIGN §1 stage 6). journey/ plans, messaging/ gates and dispatches,
// connectors/ deliver. The same effect key goes all the way (SEMANTICS JN17).

#include "base/result.h"
#include "base/time.h"
#include "model/ids.h"
#include "model/send_spec.h"
#include "model/value.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

class StepContext;

/// A send node asks for this once per visit.
struct SendRequest {
  std::string request_id;  // hex; effect keys are derived from it and the attempt number
  ProfileOrdinal profile;
  // Whose event began it: whose the request is when the person is split.
  std::optional<IdentityOrdinal> identity;
  std::string journey_id, enrollment_id, node;
  uint32_t journey_version = 0, visit_no = 0;
  std::string message;  // id of the message, for reports
  std::string category = "marketing", purpose = "marketing";
  int priority = 50;
  bool transactional = false;  // exempt from quiet hours, caps and marketing consent
  bool caps = true;
  QuietHours quiet_hours;
  std::vector<AttemptSpec> chain;
  std::map<std::string, std::string> vars;
};

enum class SendResult : uint8_t { Sent = 1, Failed = 2, Suppressed = 3 };

/// Implemented by messaging/, called by journey/ inside a step.
class SendPlanner {
 public:
  virtual ~SendPlanner() = default;
  /// Idempotent by request_id. The result comes to SendListener in this or a later step.
  virtual void plan(const SendRequest& request, StepContext& context) = 0;
  /// The enrollment ended: attempts not yet started never start.
  virtual void cancel(std::string_view request_id, StepContext& context) = 0;
};

/// Implemented by journey/, called by messaging/ inside a step.
class SendListener {
 public:
  virtual ~SendListener() = default;
  virtual void on_sent(std::string_view enrollment_id, std::string_view node, uint32_t visit_no,
                       SendResult result, std::string_view reason, std::string_view channel,
                       StepContext& context) = 0;
  /// One line of the per-person trace: "attempt", "accepted", "failed", "deferred", "confirmed" …
  virtual void on_trace(std::string_view enrollment_id, std::string_view node,
                        std::string_view what, std::string_view detail, StepContext& context) = 0;
};

/// Effect class of RELIABILITY §3: decides what happens when the outcome is unknown.
enum class EffectClass : uint8_t { Marketing, Notice };

/// What a connector is asked to do. Clear personal values exist only here, in memory.
struct Delivery {
  std::string effect_key;  // 32 hex digits; passed to the vendor where it takes a client id
  std::string channel, template_id;
  std::string vendor_template;                // the vendor's own template id or code
  std::string scope;                          // appid, corpid or sign the template belongs to
  std::string recipient;                      // openid, external_userid or phone number in clear
  std::string staff_userid;                   // for WeCom tasks and staff messages
  std::string content;                        // rendered text, for text channels
  std::map<std::string, std::string> fields;  // rendered template fields
  std::string url;                            // rendered jump address, may be empty
};

enum class DeliveryState : uint8_t { Accepted = 1, Failed = 2, Unknown = 3 };

struct DeliveryOutcome {
  DeliveryState state = DeliveryState::Unknown;
  std::string reason;      // JN10 reason when failed: not_subscribed, user_refused, window_expired,
                           // not_friend, quota …
  std::string vendor_id;   // message id or task id that receipts will carry
  std::string detail;      // vendor code, for people: "43004 require subscribe"
  bool retryable = false;  // provider_error: try again later (JN10)
};

/// Implemented by connectors/, one per channel. Thread-safe; `done` exactly once.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual std::string_view name() const = 0;
  virtual EffectClass effect_class() const = 0;
  /// True when acceptance is only the start and a Receipt record decides (WeCom tasks need the
  /// staff member's confirmation).
  virtual bool needs_receipt() const = 0;
  virtual void deliver(Delivery delivery, std::function<void(DeliveryOutcome)> done) = 0;
  /// After a crash or a lost reply: asks the vendor what became of it; Unknown when it cannot tell.
  virtual void reconcile(Delivery delivery, std::function<void(DeliveryOutcome)> done) = 0;
};

/// Implemented by plays/ (coupons), called by journey/ inside a step.
struct CouponResult {
  enum class Outcome : uint8_t { Ok, AlreadyOwned, OutOfStock, BudgetExhausted, UnknownTemplate };
  Outcome outcome = Outcome::UnknownTemplate;
  std::string coupon_id;
};
class CouponIssuer {
 public:
  virtual ~CouponIssuer() = default;
  /// Idempotent by effect_key. Emits coupon_issued when it issues.
  virtual CouponResult issue(std::string_view template_id, ProfileOrdinal profile,
                             DurationMs valid_for, std::string_view budget, int per_person,
                             std::string_view effect_key, StepContext& context) = 0;
};

}  // namespace weir
