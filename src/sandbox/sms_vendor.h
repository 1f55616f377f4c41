#pragma once
// dysmsapi.aliyuncs.com for one sign: signatures checked, messages billed each time, receipts and
// replies pushed (messaging.md §1, §3, §11).

#include "sandbox/pusher.h"
#include "sandbox/vendor.h"

#include <deque>
#include <map>
#include <string>
#include <unordered_set>

namespace weir::sandbox {

class SmsVendor {
 public:
  SmsVendor(World& world, Pusher& pusher, Delivered delivered);

  HttpResponse handle(const HttpRequest& request);

  /// The person answers the number that wrote to them.
  void reply(const Person& person, std::string text, Pusher::Done done = {});

 private:
  struct Sent {
    std::string phone, template_code, out_id, biz_id, error_code;
    TimeMs sent_at = 0, reported_at = 0;
    int status = 1;  // 1 waiting, 2 failed, 3 delivered
  };

  HttpResponse send(const std::map<std::string, std::string>& parameters);
  HttpResponse details(const std::map<std::string, std::string>& parameters);
  void plan_receipt(const std::string& biz_id);
  void report(const std::string& biz_id);
  std::string fate_of(const std::string& phone);
  HttpResponse answer(std::string_view code, std::string_view biz_id = {});
  std::string callback_url(std::string_view kind) const;

  static constexpr size_t kSentMax = 100'000, kNoncesMax = 100'000;

  World& world_;
  Pusher& pusher_;
  Delivered delivered_;
  std::map<std::string, Sent> sent_;  // by BizId
  std::deque<std::string> sent_order_;
  std::unordered_set<std::string> nonces_;
  std::deque<std::string> nonce_order_;
  struct Day {
    int64_t day = -1, sends = 0;
  };
  std::map<std::string, Day> per_phone_;  // template ‖ phone
  int64_t next_biz_ = 100'000'000'000;
  int64_t next_sequence_ = 1;
};

}  // namespace weir::sandbox
