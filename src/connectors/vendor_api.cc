#include "connectors/vendor_api.h"

#include "base/json.h"
#include "base/url.h"

#include <fmt/format.h>

#include <array>

namespace weir::connectors {
namespace {

constexpr std::array<int64_t, 3> kTokenCodes = {40001, 40014, 42001};

bool is_token_code(int64_t code) {
  for (int64_t known : kTokenCodes) {
    if (code == known) return true;
  }
  return false;
}

std::string path_of(std::string_view target) {
  return std::string(target.substr(0, target.find('?')));
}

std::string with_token(std::string_view target, std::string_view token) {
  char mark = target.find('?') == std::string_view::npos ? '?' : '&';
  return fmt::format("{}{}access_token={}", target, mark, percent_encode(token));
}

Result<VendorReply> read_reply(const Result<HttpResponse>& response) {
  if (!response) {
    // The transport's own message may quote the address, which holds the token.
    const Error& error = response.error();
    return fail(error.code, std::string(to_string(error.code)), error.field);
  }
  if (response->status != 200) {
    // 5xx and proxies' pages say nothing about what the vendor did with the request.
    ErrorCode code = response->status >= 500 ? ErrorCode::Unavailable : ErrorCode::InvalidArgument;
    return fail(code, fmt::format("HTTP status {}", response->status));
  }
  auto parsed = json::parse(response->body);
  if (!parsed || !parsed->is_object()) {
    return fail(ErrorCode::Unavailable, "reply is not a JSON object");
  }
  return VendorReply{json::optional_int(parsed->get_object(), "errcode", 0), response->body};
}

}  // namespace

VendorApi::VendorApi(const ConnectorConfig& config, const ConnectorContext& context,
                     std::shared_ptr<HealthKeeper> status)
    : env_(context.env),
      base_url_(config.base_url),
      timeout_ms_(config.timeout_ms),
      status_(std::move(status)) {
  if (base_url_.ends_with('/')) base_url_.pop_back();
}

std::shared_ptr<VendorApi> VendorApi::make(const ConnectorConfig& config,
                                           const ConnectorContext& context,
                                           std::shared_ptr<HealthKeeper> status,
                                           MakeTokenRequest token) {
  std::shared_ptr<VendorApi> api(new VendorApi(config, context, status));
  // Weak: the keeper belongs to the API, not the other way round.
  auto fetch = [weak = std::weak_ptr(api), token = std::move(token)](TokenKeeper::Force force,
                                                                     TokenKeeper::Fetched fetched) {
    auto self = weak.lock();
    if (self == nullptr) return fetched(fail(ErrorCode::FailedPrecondition, "connector is closed"));
    self->fetch_token(token(force), std::move(fetched));
  };
  api->tokens_ =
      std::make_shared<TokenKeeper>(context.env.clock(), std::move(status), std::move(fetch));
  return api;
}

void VendorApi::get(std::string target, Done done) {
  run(std::make_shared<Call>(Call{"GET", std::move(target), {}, 0, std::move(done)}));
}

void VendorApi::post(std::string target, std::string body, Done done) {
  run(std::make_shared<Call>(Call{"POST", std::move(target), std::move(body), 0, std::move(done)}));
}

void VendorApi::warm_up() {
  tokens_->get([](const Result<std::string>&) {});
}

void VendorApi::run(std::shared_ptr<Call> call) {
  ++call->attempts;
  tokens_->get([self = shared_from_this(), call](Result<std::string> token) {
    if (!token) {
      return call->done(fail(ErrorCode::FailedPrecondition,
                             fmt::format("no access token: {}", token.error().message)));
    }
    self->send(call, *std::move(token));
  });
}

void VendorApi::send(std::shared_ptr<Call> call, const std::string& token) {
  std::string target = with_token(call->target, token);
  exchange(call->method, target, call->body, path_of(call->target),
           [self = shared_from_this(), call, token](Result<VendorReply> reply) {
             self->on_reply(call, token, std::move(reply));
           });
}

void VendorApi::on_reply(std::shared_ptr<Call> call, const std::string& token,
                         Result<VendorReply> reply) {
  if (reply && is_token_code(reply->code)) {
    tokens_->refuse(token);
    if (call->attempts < 2) return run(std::move(call));
    status_->call_failed(fmt::format("{} {}", reply->code, path_of(call->target)));
  }
  call->done(std::move(reply));
}

void VendorApi::fetch_token(const TokenRequest& request, TokenKeeper::Fetched fetched) {
  std::string name = path_of(request.target);
  auto on_reply = [self = shared_from_this(), name,
                   fetched = std::move(fetched)](Result<VendorReply> reply) {
    if (!reply) return fetched(std::unexpected<Error>(reply.error()));
    auto body = json::parse(reply->body);
    const json::object& object = body->get_object();
    std::string value = json::optional_string(object, "access_token");
    int64_t seconds = json::optional_int(object, "expires_in", 0);
    if (reply->code != 0 || value.empty() || seconds <= 0) {
      self->status_->call_failed(fmt::format("{} {}", reply->code, name));
      return fetched(
          fail(ErrorCode::FailedPrecondition,
               fmt::format("{} answered code {}; check account and secret", name, reply->code)));
    }
    fetched(TokenKeeper::Token{value, self->env_.clock().now() + seconds * kSecondMs});
  };
  exchange(request.method, request.target, request.body, name, std::move(on_reply));
}

void VendorApi::exchange(const std::string& method, const std::string& target,
                         const std::string& body, std::string call_name, Done done) {
  HttpRequest request;
  request.method = method;
  request.body = body;
  if (!body.empty()) request.headers.set("content-type", "application/json; charset=utf-8");
  env_.http().send(base_url_ + target, std::move(request), timeout_ms_,
                   [status = status_, name = std::move(call_name),
                    done = std::move(done)](Result<HttpResponse> response) {
                     Result<VendorReply> reply = read_reply(response);
                     if (!reply) {
                       status->call_failed(fmt::format("{} {}", reply.error().message, name));
                     } else if (!is_token_code(reply->code)) {
                       status->call_succeeded();
                     }
                     done(std::move(reply));
                   });
}

}  // namespace weir::connectors
