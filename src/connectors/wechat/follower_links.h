#pragma once
// Asks the vendor for a follower's unionid and appends the link openid + unionid.

#include "connectors/connector.h"
#include "connectors/vendor_api.h"

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

namespace weir::connectors::wechat {

/// Thread-safe. Held by shared_ptr. A link lost to a crash is made again by the follower's next
/// push.
class FollowerLinks : public std::enable_shared_from_this<FollowerLinks> {
 public:
  FollowerLinks(const ConnectorConfig& config, const ConnectorContext& context,
                std::shared_ptr<VendorApi> api)
      : source_(config.id),
        appid_(config.account),
        open_platform_(config.open_platform),
        context_(context),
        api_(std::move(api)) {}

  enum class Known : uint8_t { MayBe, AskAgain };
  /// Asks unless this openid was linked since the start; after a follow it asks again.
  void learn(std::string openid, Known known);

 private:
  static constexpr size_t kRememberedMax = 200'000;  // forgetting costs one call, not correctness
  static constexpr int kAttemptsMax = 5;

  void ask(std::string openid, int attempt);
  void on_reply(const std::string& openid, int attempt, Result<VendorReply> reply);
  void ask_later(const std::string& openid, int attempt);
  void append(const std::string& openid, const std::string& body, int attempt);
  void forget(const std::string& openid);

  std::string source_, appid_, open_platform_;
  ConnectorContext context_;
  std::shared_ptr<VendorApi> api_;
  std::mutex mutex_;
  std::unordered_set<std::string> remembered_;
  std::deque<std::string> order_;
};

}  // namespace weir::connectors::wechat
