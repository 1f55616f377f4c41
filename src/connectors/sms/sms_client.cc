#include "connectors/sms/sms_client.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/url.h"
#include "connectors/sms/signature.h"

#include <fmt/format.h>

namespace weir::connectors::sms {
namespace {

constexpr std::string_view kVersion = "2017-05-25";

// The Host header as the HTTP client writes it: the port only when it is not the scheme's own.
std::string host_header(const Url& url) {
  bool usual = url.port == (url.scheme == "https" ? "443" : "80");
  return usual ? url.host : fmt::format("{}:{}", url.host, url.port);
}

std::string utc_seconds(TimeMs now) {
  std::string text = format_utc(now);  // "2026-01-01T00:00:00.000Z"
  return text.substr(0, 19) + "Z";
}

// Credentials, permissions, balance: the account's fault, not a recipient's.
bool is_account_fault(std::string_view code) {
  return !code.starts_with("isv.") || code == "isv.AMOUNT_NOT_ENOUGH" ||
         code == "isv.OUT_OF_SERVICE" || code.starts_with("isv.ACCOUNT") ||
         code.starts_with("isv.PRODUCT") || code == "isv.DENY_IP_RANGE";
}

}  // namespace

SmsClient::SmsClient(const ConnectorConfig& config, const ConnectorContext& context,
                     std::shared_ptr<HealthKeeper> health)
    : env_(context.env),
      base_url_(config.base_url),
      key_id_(config.account),
      secret_(config.secret),
      timeout_ms_(config.timeout_ms),
      health_(std::move(health)) {
  if (auto url = parse_url(base_url_)) host_ = host_header(*url);
  if (base_url_.ends_with('/')) base_url_.pop_back();
}

void SmsClient::call(const std::string& action, std::map<std::string, std::string> parameters,
                     Done done) {
  SignedRequest to_sign;
  to_sign.query = std::move(parameters);
  to_sign.headers = {{"host", host_},
                     {"x-acs-action", action},
                     {"x-acs-version", std::string(kVersion)},
                     {"x-acs-date", utc_seconds(env_.clock().now())},
                     {"x-acs-signature-nonce", crypto::to_hex(env_.random().bytes(16))},
                     {"x-acs-content-sha256", crypto::to_hex(crypto::sha256(""))}};
  HttpRequest request;
  request.method = "POST";
  for (const auto& [name, value] : to_sign.headers) request.headers.set(name, value);
  request.headers.set("accept", "application/json");
  request.headers.set("authorization", authorization(to_sign, key_id_, secret_));
  std::string url = fmt::format("{}/?{}", base_url_, canonical_query(to_sign.query));
  env_.http().send(
      std::move(url), std::move(request), timeout_ms_,
      [self = shared_from_this(), action, done = std::move(done)](Result<HttpResponse> response) {
        self->on_response(action, std::move(response), done);
      });
}

void SmsClient::on_response(const std::string& action, Result<HttpResponse> response,
                            const Done& done) {
  auto broken = [&](ErrorCode code, std::string_view what, std::string_view field = {}) {
    health_->call_failed(fmt::format("{} {}", what, action));
    done(fail(code, std::string(what), std::string(field)));
  };
  if (!response) {
    const Error& error = response.error();
    return broken(error.code, to_string(error.code), error.field);
  }
  if (response->status >= 500) {
    return broken(ErrorCode::Unavailable, fmt::format("HTTP status {}", response->status));
  }
  auto parsed = json::parse(response->body);
  if (!parsed || !parsed->is_object()) {
    return broken(ErrorCode::Unavailable, "reply is not a JSON object");
  }
  SmsReply reply{json::optional_string(parsed->get_object(), "Code"), std::move(response->body)};
  if (reply.code != "OK" && is_account_fault(reply.code)) {
    health_->call_failed(fmt::format("{} {}", reply.code, action));
  } else {
    health_->call_succeeded();
  }
  done(std::move(reply));
}

}  // namespace weir::connectors::sms
