#include "api/api.h"

#include "api/openapi.h"
#include "api/routes.h"
#include "base/log.h"

#include <atomic>
#include <optional>
#include <utility>

namespace weir::api {
namespace {

void add_security_headers(HttpResponse& response, bool is_page) {
  response.headers.set("x-content-type-options", "nosniff");
  response.headers.set("referrer-policy", "same-origin");
  if (is_page) {
    response.headers.set(
        "content-security-policy",
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
  }
}

HttpResponse json_response(Result<json::value> answer) {
  HttpResponse response =
      answer ? HttpResponse::json(200, json::to_text(*answer)) : error_response(answer.error());
  response.headers.set("cache-control", "no-store");
  return response;
}

bool allowed(Permission permission, const Operator& who) {
  switch (permission) {
    case Permission::Public: return true;
    case Permission::Read: return true;
    case Permission::Write: return who.role == "admin" || who.role == "operator";
    case Permission::Reveal: return who.role == "admin";
  }
  return false;
}

class ApiHandler final : public Api {
 public:
  ApiHandler(Services services, Assets assets)
      : services_(std::move(services)),
        assets_(std::move(assets)),
        guard_(services_.env.clock(), services_.caller_limits) {
    add_session_routes(router_, services_);
    add_overview_routes(router_, services_);
    add_profile_routes(router_, services_);
    add_trait_routes(router_, services_);
    add_unmerge_routes(router_, services_);
    add_identity_routes(router_, services_);
    add_segment_routes(router_, services_);
    add_segment_history_routes(router_, services_);
    add_tag_routes(router_, services_);
    add_tag_value_routes(router_, services_);
    add_journey_routes(router_, services_);
    add_library_routes(router_, services_);
    add_message_routes(router_, services_);
    add_analysis_routes(router_, services_);
    add_board_routes(router_, services_);
    add_source_routes(router_, services_);
  }

  void handle(HttpRequest request, HttpResponder respond) override {
    try {
      if (is_guarded(request.path())) {
        std::string caller = guard_.caller(request);
        bool refused = guard_.is_spent(caller) && !shows_who(request);
        respond = guard_.counted(std::move(caller), std::move(respond));
        if (refused) return refuse(respond);
      }
      dispatch(std::move(request), respond);
    } catch (const std::exception& error) {
      log::error("request_failed", {{"what", error.what()}});
      services_.metrics.counter("weir_http_unexpected_errors_total").add();
      respond(error_response({ErrorCode::Internal, "unexpected error; it was logged", {}}));
    }
  }

  ~ApiHandler() override { logins_->stop(); }

 private:
  /// Paths that ask who is calling. The console's files and the probes of operations do not.
  bool is_guarded(std::string_view path) const {
    return path.starts_with("/api/") || path.starts_with("/webhooks/") ||
           services_.collect.owns(path);
  }

  /// Cheap to find out, so a session or token that is right passes from any address. A write key
  /// may be inside a body that we would have to read first, and a password takes long to check.
  bool shows_who(const HttpRequest& request) const {
    return request.path().starts_with("/api/") && request.path() != "/api/login" &&
           services_.auth.authenticate(request).has_value();
  }

  void refuse(const HttpResponder& respond) {
    services_.metrics.counter("weir_http_refused_addresses_total").add();
    respond(CallerGuard::too_many());
  }

  void dispatch(HttpRequest request, HttpResponder& respond) {
    std::string_view path = request.path();
    if (services_.collect.owns(path))
      return services_.collect.handle(std::move(request), std::move(respond));
    if (path.starts_with("/webhooks/")) {
      return services_.connectors.handle_webhook(std::move(request), std::move(respond));
    }
    if (path.starts_with("/api/")) return api(std::move(request), std::move(respond));
    if (path == "/healthz") {
      return respond(HttpResponse::json(200, R"({"ok":true,"version":")" WEIR_VERSION R"("})"));
    }
    if (path == "/readyz") return ready(std::move(respond));
    if (path == "/metrics") return metrics(std::move(respond));
    respond(asset(request));
  }

  void api(HttpRequest request, HttpResponder respond) {
    if (request.path() == "/api/openapi.json") {
      return respond(HttpResponse::json(200, std::string(openapi())));
    }
    if (request.path() == "/api/login" && request.method == "POST") {
      return enqueue_login(std::move(request), std::move(respond));
    }
    if (request.path() == "/api/logout" && request.method == "POST")
      return respond(logout(request));
    if (services_.collect.imports().owns(request.path()))
      return imports(std::move(request), std::move(respond));
    Router::Match match = router_.find(request.method, request.path());
    if (match.route == nullptr) {
      HttpResponse response =
          error_response({ErrorCode::NotFound, "there is no such API route", {}});
      if (match.path_known) response.status = 405;
      return respond(std::move(response));
    }
    auto session = services_.auth.authenticate(request);
    if (!session) return respond(error_response(session.error()));
    if (!allowed(match.route->permission, session->who)) {
      return respond(error_response({ErrorCode::PermissionDenied,
                                     "your role \"" + session->who.role + "\" may not do this",
                                     {}}));
    }
    Request input{request, std::move(match.params), session->who};
    match.route->handler(input, [respond = std::move(respond)](Result<json::value> answer) {
      HttpResponse response = json_response(std::move(answer));
      add_security_headers(response, false);
      respond(std::move(response));
    });
  }

  // Imports speak their own bodies; here is only who may use them.
  void imports(HttpRequest request, HttpResponder respond) {
    auto session = services_.auth.authenticate(request);
    if (!session) return respond(error_response(session.error()));
    Permission needed = request.method == "GET" ? Permission::Read : Permission::Write;
    if (!allowed(needed, session->who)) {
      return respond(error_response({ErrorCode::PermissionDenied, "your role may not import", {}}));
    }
    services_.collect.imports().handle(std::move(request), std::move(respond));
  }

  // Hashing a password takes a tenth of a second on purpose: never on an HTTP thread.
  void enqueue_login(HttpRequest request, HttpResponder respond) {
    constexpr int kWaitingMax = 32;  // beyond, guessing only queues: 3 s of hashing
    if (logins_waiting_.fetch_add(1) >= kWaitingMax) {
      logins_waiting_.fetch_sub(1);
      return respond(error_response(
          {ErrorCode::ResourceExhausted, "too many sign-ins at once; try again", {}}));
    }
    logins_->post([this, request = std::move(request), respond = std::move(respond)] {
      HttpResponse answer = login(request);
      logins_waiting_.fetch_sub(1);
      respond(std::move(answer));
    });
  }

  HttpResponse login(const HttpRequest& request) {
    auto parsed = json::parse(request.body);
    if (!parsed || !parsed->is_object()) {
      return error_response(
          {ErrorCode::InvalidArgument, "the body must be {username, password}", {}});
    }
    const json::object& o = parsed->get_object();
    auto done = services_.auth.login(json::optional_string(o, "username"),
                                     json::optional_string(o, "password"));
    if (!done) return error_response(done.error());
    const Session& session = done->session;
    HttpResponse response = json_response(json::value(json::object{
        {"operator", json::object{{"username", session.who.username}, {"role", session.who.role}}},
        {"csrf", session.csrf}}));
    response.headers.set("set-cookie", done->cookie);
    return response;
  }

  HttpResponse logout(const HttpRequest& request) {
    if (auto session = services_.auth.authenticate(request); !session) {
      return error_response(session.error());
    }
    HttpResponse response = json_response(json::value(json::object{{"signed_out", true}}));
    response.headers.set("set-cookie", services_.auth.logout(request));
    return response;
  }

  void ready(HttpResponder respond) {
    std::optional<Error> halted = services_.pipeline.halted();
    bool writable = services_.log.writable();
    bool ready = services_.pipeline.live() && writable && !halted;
    json::object state{
        {"ready", ready}, {"live", services_.pipeline.live()}, {"log_writable", writable}};
    if (halted) state["halted"] = halted->message;
    respond(HttpResponse::json(ready ? 200 : 503, json::to_text(state)));
  }

  void metrics(HttpResponder respond) {
    services_.metrics.gauge("weir_log_end").set(static_cast<int64_t>(services_.log.end()));
    services_.metrics.gauge("weir_log_bytes").set(static_cast<int64_t>(services_.log.disk_bytes()));
    services_.metrics.gauge("weir_fold_cursor")
        .set(static_cast<int64_t>(services_.pipeline.cursor()));
    respond(HttpResponse::text(200, services_.metrics.render(), "text/plain; version=0.0.4"));
  }

  // Unknown paths get index.html: the console routes in the browser.
  HttpResponse asset(const HttpRequest& request) const {
    if (request.method != "GET" && request.method != "HEAD") {
      return error_response({ErrorCode::NotFound, "there is nothing here to change", {}});
    }
    auto it = assets_.find(request.path());
    if (it == assets_.end()) it = assets_.find("/index.html");
    if (it == assets_.end()) {
      return HttpResponse::text(404, "this build has no console: run ./x build\n");
    }
    HttpResponse response;
    response.shared_body = it->second.bytes;
    response.headers.set("content-type", it->second.content_type);
    response.headers.set("cache-control",
                         it->second.immutable ? "public, max-age=31536000, immutable" : "no-cache");
    add_security_headers(response, true);
    return response;
  }

  Services services_;
  Assets assets_;
  CallerGuard guard_;
  Router router_;
  std::atomic<int> logins_waiting_{0};
  std::unique_ptr<Executor> logins_ = services_.env.make_executor("logins");
};

}  // namespace

std::unique_ptr<Api> Api::make(Services services, Assets assets) {
  return std::make_unique<ApiHandler>(std::move(services), std::move(assets));
}

}  // namespace weir::api
