#pragma once
// Signed calls to Aliyun's SMS service (dysmsapi, 2017-05-25).

#include "connectors/connector.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace weir::connectors::sms {

struct SmsReply {
  std::string code;  // "OK" or the vendor's word
  std::string body;  // the JSON text
};

/// Thread-safe. Held by shared_ptr.
class SmsClient : public std::enable_shared_from_this<SmsClient> {
 public:
  using Done = std::function<void(Result<SmsReply>)>;

  SmsClient(const ConnectorConfig& config, const ConnectorContext& context,
            std::shared_ptr<HealthKeeper> health);

  /// Unavailable and DeadlineExceeded leave the outcome open.
  void call(const std::string& action, std::map<std::string, std::string> parameters, Done done);

 private:
  void on_response(const std::string& action, Result<HttpResponse> response, const Done& done);

  Env& env_;
  std::string base_url_, host_, key_id_, secret_;
  DurationMs timeout_ms_;
  std::shared_ptr<HealthKeeper> health_;
};

}  // namespace weir::connectors::sms
