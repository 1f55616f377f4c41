#pragma once
// qyapi.weixin.qq.com for one corp, its members and their customers (wecom.md §1–§5, §12).

#include "sandbox/pusher.h"
#include "sandbox/token_book.h"
#include "sandbox/vendor.h"

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace weir::sandbox {

class WecomVendor {
 public:
  WecomVendor(World& world, Pusher& pusher, Delivered delivered);

  HttpResponse handle(std::string_view path, const HttpRequest& request);

  // What customers and members do in their clients.
  void add_guide(Person& person, std::string staff, const std::string& state,
                 Pusher::Done done = {});
  void delete_guide(Person& person, Pusher::Done done = {});     // the customer does
  void delete_customer(Person& person, Pusher::Done done = {});  // the member does
  /// The member confirms every open task for this customer now; the number of them.
  int64_t confirm_tasks(Person& person);

  void kill_tokens() { tokens_.kill(); }
  const PushTarget& target() const { return target_; }

 private:
  struct Task {
    std::string msgid, staff, content;
    json::array attachments;
    std::vector<std::pair<size_t, int>>
        customers;  // person, status 0 open 1 sent 2 no friend 3 quota
    TimeMs created_at = 0;
    bool confirmed = false;
    std::string effect_id;
  };

  HttpResponse get_token(const HttpRequest& request);
  HttpResponse get_contact(const HttpRequest& request);
  HttpResponse list_contacts(const HttpRequest& request);
  HttpResponse add_task(const json::object& body);
  HttpResponse list_tasks(const json::object& body);
  HttpResponse show_task(const json::object& body);
  HttpResponse show_results(const json::object& body);
  HttpResponse send_app_message(const json::object& body);
  void confirm(const std::string& msgid);
  int send_to_customer(Task& task, Person& person);
  void push_contact(const Person& person, std::string_view change, const std::string& staff,
                    std::string elements, Pusher::Done done);
  HttpResponse error(std::string_view channel, int64_t code);

  static constexpr size_t kTasksMax = 100'000;

  World& world_;
  Pusher& pusher_;
  Delivered delivered_;
  TokenBook tokens_;
  PushTarget target_;
  std::map<std::string, Task> tasks_;
  std::deque<std::string> task_order_;
  struct Minute {
    int64_t minute = -1, sends = 0;
  };
  std::map<std::string, Minute> staff_minutes_;
  std::map<std::string, TimeMs> app_messages_;  // receiver ‖ text → swallow until
};

}  // namespace weir::sandbox
