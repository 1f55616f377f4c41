#pragma once
// The inside of a Sandbox: all parts, the lock, and the wake-up.

#include "sandbox/behaviour.h"
#include "sandbox/sandbox.h"

#include <limits>
#include <memory>
#include <mutex>

namespace weir::sandbox {

struct Sandbox::Core : std::enable_shared_from_this<Sandbox::Core> {
  /// Finds the Core from replies that may come when it is gone.
  struct Finder {
    std::weak_ptr<Core> core;
  };

  static std::shared_ptr<Core> make(Env& env, SandboxOptions options);
  Core(Env& env, SandboxOptions options, std::shared_ptr<Finder> finder);

  /// Runs `task` under the lock, then what it left to do outside it, and plans the next wake-up.
  void locked(const std::function<void()>& task);
  void run_due();
  void start();
  void stop();
  void handle(HttpRequest request, HttpResponder respond);

 private:
  void plan_wake();
  void act_again();
  void verify(const PushTarget& target);

  void route(const HttpRequest& request, HttpResponder respond);
  struct VendorCall;
  void serve(VendorCall call, HttpResponder respond);
  void answer(DurationMs delay, HttpResponse response, HttpResponder respond);
  void control(const HttpRequest& request, HttpResponder respond);
  void act(const HttpRequest& request, HttpResponder respond);
  HttpResponse change_faults(const HttpRequest& request);
  HttpResponse show_people(const HttpRequest& request);
  HttpResponse show_health();

  World world_;
  Pusher pusher_;
  WeirClient weir_;
  WechatVendor wechat_;
  WecomVendor wecom_;
  SmsVendor sms_;
  Behaviour behaviour_;

  std::mutex mutex_;
  std::shared_ptr<Executor> executor_;  // null until start()
  TimeMs wake_at_ = std::numeric_limits<TimeMs>::max();
  bool acting_ = false;  // the people's own timer is on the agenda
  int verified_ = 0;     // addresses that Weir answered rightly, of 2
};

}  // namespace weir::sandbox
