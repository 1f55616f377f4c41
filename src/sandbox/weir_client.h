#pragma once
// What the brand's own software sends to Weir: the mini program through the Sensors protocol with a
// public key, the shop's server through the Segment protocol with a server key.

#include "sandbox/world.h"

#include <functional>
#include <memory>
#include <string>

namespace weir::sandbox {

class WeirClient {
 public:
  /// HTTP status of the last attempt; 0 when none was answered.
  using Done = std::function<void(int status)>;

  explicit WeirClient(World& world) : world_(world) {}

  /// One event of the mini program, e.g. "add_to_cart".
  void mini_event(const Person& person, std::string_view event, json::object properties,
                  Done done = {});
  /// A visit: launch, show and a page, in one batch.
  void mini_visit(const Person& person, std::string_view sku, Done done = {});
  /// The shop's server reports a login: member number, phone, name, and the consent given with it.
  void login(const Person& person, Done done = {});
  void order_paid(const Person& person, const json::object& order, Done done = {});

 private:
  static constexpr int64_t kOpenMax = 2000;
  static constexpr int kAttemptsMax = 6;

  struct Post;
  json::object sensors_record(const Person& person, std::string_view type, std::string_view event,
                              json::object properties);
  void send_sensors(const json::array& records, Done done);
  void send_segment(json::array batch, Done done);
  json::object segment_message(const Person& person, std::string_view type);
  void post(std::shared_ptr<Post> post);

  World& world_;
  int64_t open_ = 0;
};

}  // namespace weir::sandbox
