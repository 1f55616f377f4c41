#include "api/auth.h"

#include "base/crypto.h"
#include "base/log.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::api {
namespace {

constexpr DurationMs kIdleMax = 30 * kMinuteMs;
constexpr DurationMs kAbsoluteMax = 12 * kHourMs;
constexpr size_t kSessionsMax = 10000;  // oldest go first; without it a script could fill memory
constexpr int kFailuresAllowed = 5;
constexpr DurationMs kFailureWindow = 15 * kMinuteMs;

// Verified against when the name is unknown, so that the answer takes as long.
constexpr std::string_view kNobody =
    "scrypt$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

Error wrong_login() {
  return {ErrorCode::Unauthenticated, "user name or password is wrong", "password"};
}

bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

}  // namespace

Auth::Auth(Env& env, AuthOptions options) : env_(env), options_(std::move(options)) {}

Result<std::unique_ptr<Auth>> Auth::open(Env& env, AuthOptions options) {
  std::unique_ptr<Auth> auth(new Auth(env, std::move(options)));
  WEIR_CHECK_OK(auth->load_or_create());
  return auth;
}

Status Auth::load_or_create() {
  if (env_.files().exists(options_.operators_file)) {
    WEIR_TRY(std::string text, env_.files().read_all(options_.operators_file));
    WEIR_TRY(json::value parsed, json::parse(text));
    WEIR_TRY(const json::object* accounts, json::as_object(parsed, "operators"));
    for (const auto& [name, account] : *accounts) {
      WEIR_TRY(const json::object* o, json::as_object(account, name));
      WEIR_TRY(std::string role, json::required_string(*o, "role", name));
      WEIR_TRY(std::string hash, json::required_string(*o, "password", name));
      accounts_[std::string(name)] = {role, hash};
    }
    return {};
  }
  first_password_ = crypto::base64_url(env_.random().bytes(12));
  accounts_["admin"] = {"admin", crypto::hash_password(first_password_, env_.random().bytes(16))};
  return save();
}

Status Auth::save() {
  json::object all;
  for (const auto& [name, account] : accounts_) {
    all[name] = json::object{{"role", account.role}, {"password", account.password_hash}};
  }
  return env_.files().write_atomic(options_.operators_file, json::to_text(all));
}

Result<Auth::Login> Auth::login(std::string_view username, std::string_view password) {
  TimeMs now = env_.clock().now();
  std::string name(username.substr(0, 200));
  std::string stored(kNobody);
  std::string role;
  {
    std::lock_guard lock(mutex_);
    if (auto it = failures_.find(name); it != failures_.end() && now < it->second.blocked_until) {
      return fail(ErrorCode::ResourceExhausted, "too many failed sign-ins; try again later",
                  "username");
    }
    if (auto it = accounts_.find(name); it != accounts_.end()) {
      stored = it->second.password_hash;
      role = it->second.role;
    }
  }
  bool right = crypto::verify_password(password, stored) && !role.empty();
  std::lock_guard lock(mutex_);
  if (!right) {
    record_failure(name);
    log::warn("sign_in_failed");
    return std::unexpected<Error>(wrong_login());
  }
  failures_.erase(name);
  std::string token = crypto::base64_url(env_.random().bytes(32));
  Session session{{name, role}, crypto::base64_url(env_.random().bytes(18)), now, now};
  if (sessions_.size() >= kSessionsMax) {
    auto oldest = std::min_element(
        sessions_.begin(), sessions_.end(),
        [](const auto& a, const auto& b) { return a.second.used_at < b.second.used_at; });
    sessions_.erase(oldest);
  }
  sessions_[crypto::sha256(token)] = session;
  std::string cookie = fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}", cookie_name(),
                                   token, options_.secure_cookies ? "; Secure" : "");
  return Login{cookie, session};
}

void Auth::record_failure(const std::string& username) {
  TimeMs now = env_.clock().now();
  if (failures_.size() > kSessionsMax) failures_.clear();
  Failures& f = failures_[username];
  if (now - f.first > kFailureWindow && now >= f.blocked_until) f = {0, now, 0};
  if (++f.count < kFailuresAllowed) return;
  int doublings = std::min(f.count - kFailuresAllowed, 10);
  f.blocked_until = now + kMinuteMs * (int64_t{1} << doublings);
}

std::string Auth::logout(const HttpRequest& request) {
  std::lock_guard lock(mutex_);
  sessions_.erase(crypto::sha256(session_of(request)));
  return fmt::format("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0{}", cookie_name(),
                     options_.secure_cookies ? "; Secure" : "");
}

Result<Session> Auth::authenticate(const HttpRequest& request) {
  std::string_view header = request.headers.get("authorization");
  if (header.starts_with("Bearer ")) {
    for (const auto& [token, name] : options_.bearer_tokens) {
      if (crypto::equal_constant_time(token, header.substr(7)))
        return Session{{name, "admin"}, {}, 0, 0};
    }
    return fail(ErrorCode::Unauthenticated, "the bearer token is not valid");
  }
  TimeMs now = env_.clock().now();
  std::lock_guard lock(mutex_);
  auto it = sessions_.find(crypto::sha256(session_of(request)));
  if (it == sessions_.end()) return fail(ErrorCode::Unauthenticated, "sign in first");
  Session& session = it->second;
  if (now - session.used_at > kIdleMax || now - session.created_at > kAbsoluteMax) {
    sessions_.erase(it);
    return fail(ErrorCode::Unauthenticated, "the session has ended; sign in again");
  }
  if (!is_safe(request.method) &&
      !crypto::equal_constant_time(request.headers.get("x-weir-csrf"), session.csrf)) {
    return fail(ErrorCode::PermissionDenied, "the X-Weir-CSRF header does not match the session");
  }
  session.used_at = now;
  return session;
}

std::string Auth::cookie_name() const {
  return options_.secure_cookies ? "__Host-weir_session" : "weir_session";
}

std::string Auth::session_of(const HttpRequest& request) const {
  std::string_view cookies = request.headers.get("cookie");
  std::string prefix = cookie_name() + "=";
  while (!cookies.empty()) {
    size_t end = cookies.find(';');
    std::string_view one = cookies.substr(0, end);
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.starts_with(prefix)) return std::string(one.substr(prefix.size()));
    if (end == std::string_view::npos) break;
    cookies.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace weir::api
