#pragma once
// The simulated people. Identities are made up from the seed; nobody real has them.

#include "base/json.h"
#include "base/time.h"
#include "sandbox/dice.h"
#include "sandbox/sandbox.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weir::sandbox {

/// May the service account write to this person now (wechat.md §1.11)?
struct SendWindow {
  TimeMs until = 0;
  int64_t left = 0;
};

struct Person {
  size_t index = 0;
  std::string openid;       // at the service account
  std::string mini_openid;  // at the mini program
  std::string unionid;
  std::string external_userid;  // at the corp, once a contact
  std::string mini_id;          // the SDK's anonymous id
  std::string phone, name, member_id;
  std::string province;  // where most live near the coast

  bool following = false, logged_in = false;
  bool refuses_templates = false, sms_opted_out = false;
  std::string scene;  // of the latest follow
  TimeMs followed_at = 0;
  SendWindow window;
  std::string guide;        // userid of the member whose contact this is; empty = none
  std::string guide_state;  // channel of the contact
  TimeMs contact_since = 0;
  int64_t tasks_month = 0, tasks_in_month = 0;  // sends through guides in a calendar month

  std::vector<std::string> cart;     // at most kCartMax
  std::vector<std::string> coupons;  // at most kCouponsMax, oldest dropped
  int64_t orders = 0, received = 0;
  bool reacting = false;  // a reaction to a message is already planned

  static constexpr size_t kCartMax = 5, kCouponsMax = 5;
};

/// Fixed after construction, so references stay valid.
class People {
 public:
  People(const SandboxOptions& options, Dice& dice);

  size_t size() const { return people_.size(); }
  Person& at(size_t index) { return people_[index]; }
  const std::vector<std::string>& staff() const { return staff_; }
  bool is_staff(std::string_view userid) const;

  /// Null when nobody has it.
  Person* by_openid(std::string_view openid);
  Person* by_external_userid(std::string_view id);
  Person* by_phone(std::string_view phone);
  /// By index, openid, external_userid, phone or member id: what a test has at hand.
  Person* find(const json::value& who);

 private:
  std::vector<Person> people_;
  std::vector<std::string> staff_;
  std::unordered_map<std::string, size_t> index_;  // every identity → person
};

json::object show_person(const Person& person);

}  // namespace weir::sandbox
