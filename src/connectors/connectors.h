#pragma once
// Platforms (STYLE §1, stage 6, and the webhooks of stage 1): the vendors' real protocols on one
// side, Channel, Envelope and ConnectorHealth on the other. The only header others may include.
//
// What connectors append:
//   Track     facts.h names; the identity is the vendor's, trust Verified, source = the connector's
//   id Identify  two identities of one person as the vendor states it (openid + unionid,
//             external_userid + unionid)
//   Receipt   properties "vendor_id" (always), "effect_key" (when the vendor returns ours),
//   "channel",
//             "state" = "delivered" | "failed", "reason" (JN10, when failed), "detail" (vendor's
//             code). A receipt may come before the send's own answer, twice, or never.

#include "base/env.h"
#include "base/metrics.h"
#include "ports/appender.h"
#include "ports/sending.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors {

/// How a service account pushes (its console calls it 消息加解密方式).
enum class CallbackMode : uint8_t { Plain, Compatible, Secure };

/// One account at one platform, as written in the configuration file.
struct ConnectorConfig {
  std::string id;        // "<kind>:<instance>", e.g. "wechat:main"; kinds: wechat, wecom, sms
  std::string name;      // shown to people
  std::string base_url;  // "https://api.weixin.qq.com", or the sandbox's "http://host:port/wechat"
  std::string account;   // appid, corpid, or access key id
  std::string secret;    // appsecret, app secret of the corp, or access key secret
  std::string callback_token;  // wechat, wecom
  std::string callback_key;    // EncodingAESKey; may be empty in plain mode only
  CallbackMode callback_mode = CallbackMode::Secure;  // wechat; wecom always encrypts
  std::string callback_secret;  // sms: secret part of the callback path, at least 16 characters
  std::string open_platform = "default";  // scope of unionids: the open-platform account
  int64_t agent_id = 0;                   // wecom: the app that sends staff messages
  std::string sign_name;  // sms: the registered sign, which is also the scope of its templates
  DurationMs timeout_ms = 5 * kSecondMs;
  DurationMs task_poll_ms = kMinuteMs;  // wecom: first look at a guide task's result; then rarer
};

enum class ConnectorState : uint8_t { Unknown, Healthy, Degraded, Down };
std::string_view to_string(ConnectorState state);

/// For /api/connectors. Times are 0 when it has not happened. No secrets, no personal data.
struct ConnectorHealth {
  std::string id, kind, name, instance, base_url, webhook_path;
  ConnectorState state = ConnectorState::Unknown;
  TimeMs token_expires_at = 0, last_callback_at = 0, last_send_at = 0;
  std::string
      last_error;  // the vendor's code and the call, e.g. "45009 /cgi-bin/message/template/send"
  uint64_t sent = 0, failed = 0, unknown = 0, callbacks = 0, callbacks_refused = 0;
  uint64_t in_flight = 0;
};

/// All connectors of the program. Thread-safe. `env`, `appender` and `metrics` must outlive it, and
/// `env` also every call it has open.
class Connectors {
 public:
  /// InvalidArgument names the field of the configuration that is wrong. Opens nothing on the
  /// network.
  static Result<std::unique_ptr<Connectors>> open(const std::vector<ConnectorConfig>& configs,
                                                  Env& env, Appender& appender, Metrics& metrics);
  virtual ~Connectors() = default;

  /// One per channel name, whatever the number of accounts: a delivery goes to the account whose
  /// appid, corpid or sign is its `scope` (or to the only account when the scope is empty).
  /// Owned here.
  virtual std::vector<Channel*> channels() = 0;

  /// Answers "/webhooks/<kind>/<instance>…": GET is the vendor's check of the address, POST a push.
  /// A push is acknowledged after its records are durable.
  virtual void handle_webhook(HttpRequest request, HttpResponder respond) = 0;

  virtual std::vector<ConnectorHealth> health() const = 0;

  /// Background work: fetches tokens and looks for guide tasks whose results are still open.
  virtual void start() = 0;
  /// After this no new work starts; calls already out may still come back and are ignored.
  virtual void stop() = 0;
};

}  // namespace weir::connectors
