#include "messaging/dispatcher.h"

#include "base/log.h"

#include <fmt/format.h>

#include <mutex>

namespace weir::messaging {
namespace {

constexpr DurationMs kAppendRetryMs = kSecondMs;
constexpr DurationMs kRedeliverMs = kMinuteMs;
constexpr int kRedeliveriesMax = 3;

Envelope record_of(RecordKind kind, const std::string& effect_key, std::string message_id,
                   TimeMs now) {
  Envelope e;
  e.kind = kind;
  e.trust = Trust::Verified;
  e.source = "weir";
  e.message_id = std::move(message_id);
  e.name = effect_key;
  e.event_time = now;
  return e;
}

std::string_view state_text(DeliveryState state) {
  switch (state) {
    case DeliveryState::Accepted: return "accepted";
    case DeliveryState::Failed: return "failed";
    case DeliveryState::Unknown: return "unknown";
  }
  return "unknown";
}

}  // namespace

/// Kept alive by every call that is out: a connector may answer after the fold is gone.
class Dispatcher::Core : public std::enable_shared_from_this<Dispatcher::Core> {
 public:
  Core(Env& env, Appender& appender, Vault& vault, DurationMs notice_dedupe_ms)
      : env_(env),
        appender_(appender),
        vault_(vault),
        notice_dedupe_ms_(notice_dedupe_ms),
        executor_(env.make_executor("dispatch")) {}

  void post(std::function<void()> task, DurationMs delay = 0) {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    if (delay == 0) {
      executor_->post(std::move(task));
    } else {
      executor_->post_after(delay, std::move(task));
    }
  }

  void stop() {
    {
      std::lock_guard lock(mutex_);
      if (stopped_) return;
      stopped_ = true;
    }
    executor_->stop();  // without the lock: a running task may want to post
  }

  void ask(const std::vector<Ask>& asks) {
    std::vector<Envelope> batch;
    std::vector<std::string> keys;
    for (const Ask& a : asks) {
      batch.push_back(record_of(RecordKind::Attempt, a.effect_key,
                                fmt::format("attempt:{}:{}", a.effect_key, a.round),
                                env_.clock().now()));
      batch.back().properties = {{"round", static_cast<int64_t>(a.round)}};
      keys.push_back(a.effect_key);
    }
    auto done = [self = shared_from_this(), keys = std::move(keys)](Result<Position> position) {
      if (position) return;
      // The same message ids go again later, so that a record that did arrive is not doubled.
      std::lock_guard lock(self->mutex_);
      self->refused_.insert(self->refused_.end(), keys.begin(), keys.end());
    };
    appender_.append(std::move(batch), std::move(done));
  }

  void start(std::shared_ptr<Job> job) {
    if (job->channel == nullptr) {
      // It was under way when the process ended, and the connector is not configured any more.
      return append_outcome(*job, {DeliveryState::Unknown, "", "", "no connector to ask", false});
    }
    if (job->address) {
      auto clear = vault_.open(*job->address);
      if (!clear) {
        // The key was destroyed: the person was erased between the commit and now.
        DeliveryOutcome gone{DeliveryState::Failed, "no_identifier", "", "address cannot be opened",
                             false};
        return append_outcome(*job, std::move(gone));
      }
      job->delivery.recipient = *std::move(clear);
    }
    if (job->mode == Job::Mode::Deliver) {
      deliver(std::move(job));
    } else {
      reconcile(std::move(job));
    }
  }

  std::vector<std::string> take_refused() {
    std::lock_guard lock(mutex_);
    return std::exchange(refused_, {});
  }

 private:
  void deliver(std::shared_ptr<Job> job) {
    Delivery delivery = job->delivery;
    job->channel->deliver(std::move(delivery),
                          [self = shared_from_this(), job](DeliveryOutcome outcome) {
                            self->post([self, job, outcome = std::move(outcome)] {
                              if (outcome.state != DeliveryState::Unknown)
                                return self->append_outcome(*job, outcome);
                              self->reconcile(job);
                            });
                          });
  }

  void reconcile(std::shared_ptr<Job> job) {
    Delivery delivery = job->delivery;
    job->channel->reconcile(std::move(delivery), [self = shared_from_this(),
                                                  job](DeliveryOutcome outcome) {
      self->post([self, job, outcome = std::move(outcome)] { self->on_reconciled(job, outcome); });
    });
  }

  /// RELIABILITY §3: a notice may go again with the same client id while the vendor still drops
  /// repeats. Marketing goes again only when the vendor proves that it never arrived (a retryable
  /// failure in answer to the question).
  void on_reconciled(std::shared_ptr<Job> job, const DeliveryOutcome& outcome) {
    bool proven = outcome.state == DeliveryState::Failed && outcome.retryable;
    DurationMs delay = proven || job->redeliveries == 0 ? 0 : kRedeliverMs;
    bool notice = outcome.state == DeliveryState::Unknown &&
                  job->channel->effect_class() == EffectClass::Notice &&
                  env_.clock().now() + delay < job->sending_at + notice_dedupe_ms_;
    if ((!proven && !notice) || job->redeliveries >= kRedeliveriesMax)
      return append_outcome(*job, outcome);
    ++job->redeliveries;
    post([self = shared_from_this(), job] { self->deliver(job); }, delay);
  }

  void append_outcome(const Job& job, DeliveryOutcome outcome) {
    Envelope e = record_of(RecordKind::Outcome, job.delivery.effect_key,
                           "outcome:" + job.delivery.effect_key, env_.clock().now());
    e.properties = {{"state", std::string(state_text(outcome.state))},
                    {"reason", outcome.reason},
                    {"vendor_id", outcome.vendor_id},
                    {"detail", outcome.detail},
                    {"retryable", outcome.retryable}};
    append_until_done(std::make_shared<const Envelope>(std::move(e)));
  }

  void append_until_done(std::shared_ptr<const Envelope> record) {
    appender_.append({*record}, [self = shared_from_this(), record](Result<Position> position) {
      if (position) return;
      log::warn("outcome_not_appended", {{"error", position.error().message}});
      self->post([self, record] { self->append_until_done(record); }, kAppendRetryMs);
    });
  }

  Env& env_;
  Appender& appender_;
  Vault& vault_;
  DurationMs notice_dedupe_ms_;
  std::unique_ptr<Executor> executor_;
  std::mutex mutex_;  // guards stopped_, refused_ and posting
  bool stopped_ = false;
  std::vector<std::string> refused_;
};

Dispatcher::Dispatcher(Env& env, Appender& appender, Vault& vault, DurationMs notice_dedupe_ms)
    : core_(std::make_shared<Core>(env, appender, vault, notice_dedupe_ms)) {}
Dispatcher::~Dispatcher() {
  stop();
}

void Dispatcher::ask(std::vector<Ask> asks) {
  core_->post([core = core_, asks = std::move(asks)] { core->ask(asks); });
}

void Dispatcher::run(std::vector<Job> jobs) {
  for (Job& job : jobs) {
    core_->post([core = core_, job = std::make_shared<Job>(std::move(job))] { core->start(job); });
  }
}

std::vector<std::string> Dispatcher::take_refused() {
  return core_->take_refused();
}
void Dispatcher::stop() {
  core_->stop();
}

}  // namespace weir::messaging
