#pragma once
// api.weixin.qq.com for one service account, and what its followers do there (wechat.md §1, §6).

#include "sandbox/pusher.h"
#include "sandbox/token_book.h"
#include "sandbox/vendor.h"

#include <deque>
#include <string>
#include <unordered_map>

namespace weir::sandbox {

class WechatVendor {
 public:
  WechatVendor(World& world, Pusher& pusher, Delivered delivered);

  /// `path` is below the prefix, e.g. "/cgi-bin/message/template/send".
  HttpResponse handle(std::string_view path, const HttpRequest& request);

  // What people do in their WeChat. `done` tells how Weir took the callback.
  void follow(Person& person, std::string scene, Pusher::Done done = {});
  void unfollow(Person& person, Pusher::Done done = {});
  void scan(Person& person, std::string scene, Pusher::Done done = {});
  void click_menu(Person& person, const std::string& key, Pusher::Done done = {});
  void send_text(Person& person, const std::string& text, Pusher::Done done = {});

  void kill_tokens() { tokens_.kill(); }
  const PushTarget& target() const { return target_; }

 private:
  HttpResponse stable_token(const json::object& body);
  HttpResponse legacy_token(const HttpRequest& request);
  HttpResponse user_info(const HttpRequest& request);
  HttpResponse send_template(const json::object& body);
  HttpResponse send_custom(const json::object& body);
  int64_t refusal(const Person* person) const;
  void remember(const std::string& key, int64_t msgid);
  void plan_receipt(const Person& person, int64_t msgid, const std::string& effect_id);
  void push_event(const Person& person, std::string_view event, const std::string& elements,
                  Pusher::Done done);
  std::string header(const Person& person, std::string_view msg_type);
  void open_window(Person& person, int64_t sends, DurationMs length);
  HttpResponse error(std::string_view channel, int64_t code);

  struct Recent {
    int64_t msgid;
    TimeMs until;
  };

  World& world_;
  Pusher& pusher_;
  Delivered delivered_;
  TokenBook tokens_;
  PushTarget target_;
  DailyQuota templates_today_, customs_today_;
  int64_t next_msgid_ = 2'001'638'360'000'000'001;  // beyond 2^53, as the vendor's are
  int64_t next_message_ = 23'000'000'000'000'001;
  std::unordered_map<std::string, Recent> recent_;  // openid ‖ client_msg_id
  std::deque<std::string> recent_order_;
};

}  // namespace weir::sandbox
