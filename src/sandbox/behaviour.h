#pragma once
// What people do: by themselves at the profile's rate, in answer to messages, and on command.

#include "sandbox/sms_vendor.h"
#include "sandbox/wechat_vendor.h"
#include "sandbox/wecom_vendor.h"
#include "sandbox/weir_client.h"

#include <functional>
#include <string>
#include <string_view>

namespace weir::sandbox {

class Behaviour {
 public:
  using Done = std::function<void(int status)>;

  Behaviour(World& world, WeirClient& weir, WechatVendor& wechat, WecomVendor& wecom,
            SmsVendor& sms)
      : world_(world), weir_(weir), wechat_(wechat), wecom_(wecom), sms_(sms) {}

  /// One person does what comes next for somebody in their state.
  void act_by_chance();

  /// A message is on the person's phone: coupons in it are kept, and a reaction may follow later.
  void on_delivered(Person& person, std::string_view channel, const std::string& text);

  /// Does one named thing now. InvalidArgument names what is possible. `done` with the HTTP status
  /// Weir answered, or 200 for what needs no call; not called on error.
  Status act(Person& person, const json::object& command, Done done);

  /// One line per action, for the error message and the README.
  static std::string action_names();

 private:
  void add_to_cart(Person& person, std::string sku, Done done);
  void remove_from_cart(Person& person, std::string sku, Done done);
  void pay(Person& person, std::string sku, bool use_coupon, Done done);
  void login(Person& person, Done done);
  void shop(Person& person);
  void react(Person& person, const std::string& channel);

  World& world_;
  WeirClient& weir_;
  WechatVendor& wechat_;
  WecomVendor& wecom_;
  SmsVendor& sms_;
  int64_t next_order_ = 1;
};

}  // namespace weir::sandbox
