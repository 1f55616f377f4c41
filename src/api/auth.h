#pragma once
// Who may call: operators with a password and a session, programs with a bearer token. No default
// account: the first start makes "admin" with a random password that is printed once.

#include "api/router.h"
#include "base/env.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace weir::api {

struct AuthOptions {
  std::string operators_file;   // JSON, written atomically, mode of the data directory
  bool secure_cookies = false;  // behind https: __Host- cookie
  std::map<std::string, std::string> bearer_tokens;  // token → name of the program
};

struct Session {
  Operator who;
  std::string csrf;
  TimeMs created_at = 0, used_at = 0;
};

/// Thread-safe.
class Auth {
 public:
  static Result<std::unique_ptr<Auth>> open(Env& env, AuthOptions options);

  /// Password of the "admin" that this start created; empty when operators existed already.
  const std::string& first_password() const { return first_password_; }

  struct Login {
    std::string cookie;  // value of Set-Cookie
    Session session;
  };
  /// Same message and about the same time for an unknown name and a wrong password. After 5
  /// failures in 15 minutes an account waits 1, 2, 4 … minutes (RELIABILITY E4).
  Result<Login> login(std::string_view username, std::string_view password);
  /// Set-Cookie that ends the session.
  std::string logout(const HttpRequest& request);

  /// The caller of a request: session cookie or bearer token. For unsafe methods with a cookie the
  /// X-Weir-CSRF header must match.
  Result<Session> authenticate(const HttpRequest& request);

 private:
  struct Account {
    std::string role, password_hash;
  };
  struct Failures {
    int count = 0;
    TimeMs first = 0, blocked_until = 0;
  };

  Auth(Env& env, AuthOptions options);
  Status load_or_create();
  Status save();
  std::string cookie_name() const;
  std::string session_of(const HttpRequest& request) const;
  void record_failure(const std::string& username);

  Env& env_;
  AuthOptions options_;
  std::string first_password_;
  std::mutex mutex_;
  std::map<std::string, Account, std::less<>> accounts_;
  std::map<std::string, Session, std::less<>> sessions_;  // by hash of the cookie value
  std::map<std::string, Failures, std::less<>> failures_;
};

}  // namespace weir::api
