#pragma once
// Keeps one vendor access token: fetched once however many calls want it, renewed before it
// expires, and replaced when the vendor refuses it early.

#include "base/env.h"
#include "connectors/health_keeper.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace weir::connectors {

/// Thread-safe. Held by shared_ptr: an answer may come after its owner is gone.
class TokenKeeper : public std::enable_shared_from_this<TokenKeeper> {
 public:
  struct Token {
    std::string value;
    TimeMs expires_at = 0;
  };
  /// Force asks the vendor for a new token although the old one has life left.
  enum class Force : uint8_t { No, Yes };
  using Fetched = std::function<void(Result<Token>)>;
  using Fetch = std::function<void(Force, Fetched)>;
  using Done = std::function<void(Result<std::string>)>;

  TokenKeeper(Clock& clock, std::shared_ptr<HealthKeeper> status, Fetch fetch)
      : clock_(clock), status_(std::move(status)), fetch_(std::move(fetch)) {}

  /// A token that was valid when last heard of. At most one fetch is under way; the others wait for
  /// it. After a failed fetch the same error is returned for a while (1 s, doubling to 30 s)
  /// without asking again: hammering the token call gets the account blocked.
  void get(Done done);

  /// The vendor refused `token`. Ignored when it has been replaced meanwhile, so that a burst of
  /// refusals costs one fetch.
  void refuse(const std::string& token);

 private:
  static constexpr DurationMs kRenewAheadMs = 5 * kMinuteMs;
  static constexpr DurationMs kForceGapMs = 30 * kSecondMs;  // the vendor's own limit
  static constexpr DurationMs kBackoffMaxMs = 30 * kSecondMs;

  void start_fetch(Force force);
  void on_fetched(Force force, Result<Token> token);
  bool is_refused_again(const Token& token) const;
  void note_failure(const Error& error);

  Clock& clock_;
  std::shared_ptr<HealthKeeper> status_;
  Fetch fetch_;
  std::mutex mutex_;
  Token token_;
  std::string refused_;  // last token the vendor refused
  TimeMs forced_at_ = 0;
  bool fetching_ = false;
  Error last_error_;
  TimeMs retry_at_ = 0;  // no fetch before this
  DurationMs backoff_ms_ = 0;
  std::vector<Done> waiting_;
};

}  // namespace weir::connectors
