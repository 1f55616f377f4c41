#pragma once
// Calls to a vendor that answers JSON with errcode and errmsg and wants an access token in the
// query: service accounts and WeCom.

#include "connectors/connector.h"
#include "connectors/token_keeper.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weir::connectors {

struct VendorReply {
  int64_t code = 0;  // errcode; 0 when absent, which these vendors mean as success
  std::string body;  // the JSON text
};

/// Thread-safe. Held by shared_ptr.
class VendorApi : public std::enable_shared_from_this<VendorApi> {
 public:
  /// A reply of any errcode, or an Error: Unavailable and DeadlineExceeded leave the outcome open,
  /// FailedPrecondition means that no token could be had and nothing was sent.
  using Done = std::function<void(Result<VendorReply>)>;
  struct TokenRequest {
    std::string method, target, body;
  };
  using MakeTokenRequest = std::function<TokenRequest(TokenKeeper::Force)>;

  static std::shared_ptr<VendorApi> make(const ConnectorConfig& config,
                                         const ConnectorContext& context,
                                         std::shared_ptr<HealthKeeper> status,
                                         MakeTokenRequest token);

  /// `target` is the path and query without the token. On 40001, 40014 and 42001 the token is
  /// replaced and the call repeated once: those codes mean that the call was not executed.
  void get(std::string target, Done done);
  void post(std::string target, std::string body, Done done);
  /// Fetches a token when there is none.
  void warm_up();

 private:
  struct Call {
    std::string method, target, body;
    int attempts = 0;
    Done done;
  };

  VendorApi(const ConnectorConfig& config, const ConnectorContext& context,
            std::shared_ptr<HealthKeeper> status);
  void run(std::shared_ptr<Call> call);
  void send(std::shared_ptr<Call> call, const std::string& token);
  void on_reply(std::shared_ptr<Call> call, const std::string& token, Result<VendorReply> reply);
  void fetch_token(const TokenRequest& request, TokenKeeper::Fetched fetched);
  /// One HTTP exchange; no token handling.
  void exchange(const std::string& method, const std::string& target, const std::string& body,
                std::string call_name, Done done);

  Env& env_;
  std::string base_url_;
  DurationMs timeout_ms_;
  std::shared_ptr<HealthKeeper> status_;
  std::shared_ptr<TokenKeeper> tokens_;
};

}  // namespace weir::connectors
