#include "connectors/token_keeper.h"

#include <algorithm>

namespace weir::connectors {

void TokenKeeper::get(Done done) {
  std::unique_lock lock(mutex_);
  TimeMs now = clock_.now();
  bool usable = !token_.value.empty() && now < token_.expires_at;
  bool fresh = usable && now < token_.expires_at - kRenewAheadMs;
  bool may_fetch = !fetching_ && now >= retry_at_;
  if (usable) {
    std::string value = token_.value;
    bool renew = !fresh && may_fetch;
    fetching_ |= renew;
    lock.unlock();
    if (renew) start_fetch(Force::No);
    return done(std::move(value));
  }
  if (!fetching_ && !may_fetch) {
    Error error = last_error_;
    lock.unlock();
    return done(std::unexpected<Error>(std::move(error)));
  }
  waiting_.push_back(std::move(done));
  if (fetching_) return;
  fetching_ = true;
  lock.unlock();
  start_fetch(Force::No);
}

void TokenKeeper::refuse(const std::string& token) {
  std::lock_guard lock(mutex_);
  if (token_.value != token) return;
  refused_ = token;
  token_ = {};
}

void TokenKeeper::start_fetch(Force force) {
  fetch_(force, [self = shared_from_this(), force](Result<Token> token) {
    self->on_fetched(force, std::move(token));
  });
}

void TokenKeeper::on_fetched(Force force, Result<Token> token) {
  std::unique_lock lock(mutex_);
  if (token && force == Force::No && is_refused_again(*token)) {
    // The vendor still hands out the token it refuses: only a forced renewal helps.
    forced_at_ = clock_.now();
    lock.unlock();
    return start_fetch(Force::Yes);
  }
  fetching_ = false;
  Result<std::string> answer = [&]() -> Result<std::string> {
    if (!token) return std::unexpected<Error>(token.error());
    return token->value;
  }();
  if (token) {
    token_ = *token;
    backoff_ms_ = 0;
    retry_at_ = 0;
    status_->token_fetched(token->expires_at);
  } else {
    note_failure(token.error());
  }
  std::vector<Done> waiting = std::move(waiting_);
  waiting_.clear();
  lock.unlock();
  for (Done& done : waiting) done(answer);
}

bool TokenKeeper::is_refused_again(const Token& token) const {
  return token.value == refused_ && clock_.now() - forced_at_ >= kForceGapMs;
}

void TokenKeeper::note_failure(const Error& error) {
  last_error_ = error;
  backoff_ms_ = std::clamp(backoff_ms_ * 2, DurationMs(kSecondMs), kBackoffMaxMs);
  retry_at_ = clock_.now() + backoff_ms_;
}

}  // namespace weir::connectors
