#pragma once
// Callbacks to Weir as the vendors send them: signed, encrypted, repeated on failure, and with the
// vendors' bad habits in the shares of the profile.

#include "sandbox/world.h"

#include <functional>
#include <memory>
#include <string>

namespace weir::sandbox {

struct PushTarget {
  enum class Kind { ServiceAccount, Corp };
  Kind kind = Kind::ServiceAccount;
  PushMode mode = PushMode::Secure;
  std::string url, token, key, receive_id, to_user;
};

/// A push ready to be sent: query and body.
struct PushRequest {
  std::string query, body;
};
PushRequest make_push(const PushTarget& target, std::string_view elements,
                      std::string_view timestamp, std::string_view nonce,
                      std::string_view random16);

class Pusher {
 public:
  /// HTTP status of the attempt that ended it; 0 when none was answered.
  using Done = std::function<void(int status)>;

  explicit Pusher(World& world) : world_(world) {}

  /// Sends `<xml>elements</xml>`. `done` is called once for the original, not for its duplicates.
  void push(const PushTarget& target, std::string elements, Done done = {});
  /// The console's check of the address; `done` with 200 when Weir answered as it must.
  void check_address(const PushTarget& target, Done done);
  /// An unsigned JSON push (SMS), repeated after 1, 5 and 10 minutes until code 0 comes back.
  void push_json(std::string url, std::string body, Done done = {});

 private:
  static constexpr int64_t kOpenMax = 5000;
  static constexpr int kAttemptsMax = 3;

  struct Push;
  void send(std::shared_ptr<Push> push);
  void send_json(std::shared_ptr<Push> push);
  void maybe_forge(const PushTarget& target, const std::string& elements);
  void finish(const std::shared_ptr<Push>& push, int status);
  std::string nonce();

  World& world_;
  int64_t open_ = 0;
};

}  // namespace weir::sandbox
