#pragma once
// The vendors and their people (DESIGN §6): an HTTP service that plays WeChat, WeCom and an SMS
// platform from the vendors' documents, and simulated people who drive Weir over its real
// protocols. The program weir-sandbox serves it; simulations own one in process. The only header
// others may include.

#include "base/env.h"
#include "sandbox/profile.h"

#include <memory>
#include <string>

namespace weir::sandbox {

/// How pushes of the service account are sent.
enum class PushMode : uint8_t { Plain, Compatible, Secure };

struct SandboxOptions {
  std::string weir_url = "http://127.0.0.1:8420";
  std::string instance = "main";   // callbacks go to /webhooks/<kind>/<instance>
  std::string write_key = "dev";   // public key of the mini program (Sensors protocol)
  std::string server_key = "dev";  // server key of the shop (Segment protocol)
  int people = 500;
  int staff = 5;
  uint64_t seed = 7;
  Profile profile;

  // Accounts; Weir's configuration holds the same. All are made up.
  std::string appid = "wxdemo0000000001", app_secret = "sandbox-app-secret";
  std::string mini_appid = "wxdemo0000000002";
  std::string wechat_token = "sandboxwechat";
  std::string wechat_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
  PushMode wechat_mode = PushMode::Secure;
  std::string corpid = "wwdemo0000000001", corp_secret = "sandbox-corp-secret";
  int64_t agent_id = 1000002;
  std::string wecom_token = "sandboxwecom";
  std::string wecom_key = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba";
  std::string sms_key_id = "sandbox-key-id", sms_secret = "sandbox-key-secret";
  std::string sms_callback_secret = "sandbox-callback-secret";
  std::string sign_name = "青禾集合";
};

/// Thread-safe: one lock around everything, nothing blocks under it. Memory is bounded: people are
/// fixed, ledgers and queues have limits and count what they dropped.
class Sandbox {
 public:
  explicit Sandbox(Env& env, SandboxOptions options);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// Routes: /wechat/…, /wecom/…, /sms/ (the vendors), /_sandbox/… (the truth and the controls).
  /// Valid after the Sandbox is gone: answers 503 then.
  HttpHandler handler();

  /// Runs everything that is due by the clock. start() makes this happen by itself.
  void step();

  /// Makes people act and due things happen on an executor of its own. After a simulated process
  /// kill it may be called again: what was due goes on.
  void start();
  void stop();

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

}  // namespace weir::sandbox
