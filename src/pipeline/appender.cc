#include "pipeline/appender.h"

#include "model/clock_rules.h"

#include <algorithm>

namespace weir::pipeline {

LogAppender::LogAppender(EventLog& log, Vault& vault, const Pipeline& pipeline, Env& env,
                         Metrics& metrics, AppenderOptions options)
    : log_(log),
      vault_(vault),
      pipeline_(pipeline),
      env_(env),
      options_(options),
      appended_(metrics.counter("weir_appended_records_total")),
      refused_(metrics.counter("weir_append_refused_total")),
      duration_(metrics.histogram("weir_append_us")),
      executor_(env.make_executor("seal")) {}

LogAppender::~LogAppender() {
  executor_->stop();
}

void LogAppender::append(std::vector<Envelope> batch, Done done) {
  Done answer = measured(batch.size(), std::move(done));
  if (Status admitted = admit(); !admitted) return answer(std::unexpected(admitted.error()));
  TimeMs now = env_.clock().now();
  for (size_t i = 0; i < batch.size(); ++i) {
    if (Status checked = apply_clock_rules(batch[i], now); !checked) {
      return answer(std::unexpected(with_context(checked.error(), "item " + std::to_string(i))));
    }
  }
  bool seals = std::ranges::any_of(batch, [&](const Envelope& e) { return vault_.needs_seal(e); });
  if (!seals) return encode_and_append(batch, answer);
  if (sealing_.fetch_add(1) >= options_.seal_batches_max) {
    --sealing_;
    return answer(fail(ErrorCode::ResourceExhausted, "the vault is behind: resend later"));
  }
  executor_->post([this, batch = std::move(batch), answer = std::move(answer)]() mutable {
    seal_and_append(std::move(batch), answer);
    --sealing_;
  });
}

/// The answer may come from the log's executor when this object is gone: it holds no `this`.
Appender::Done LogAppender::measured(size_t records, Done done) {
  Clock& clock = env_.clock();
  return [&clock, &appended = appended_, &refused = refused_, &duration = duration_,
          began = clock.monotonic_us(), records, done = std::move(done)](Result<Position> result) {
    if (result) {
      appended.add(records);
    } else {
      refused.add();
    }
    duration.observe_us(clock.monotonic_us() - began);
    done(std::move(result));
  };
}

Status LogAppender::admit() const {
  if (!log_.writable()) return fail(ErrorCode::Unavailable, "the log is read-only until restart");
  uint64_t lag = pipeline_.lag();
  if (lag <= options_.lag_records_max) return {};
  return fail(ErrorCode::ResourceExhausted,
              "the folds are " + std::to_string(lag) + " records behind: resend later");
}

void LogAppender::seal_and_append(std::vector<Envelope> batch, const Done& done) {
  if (Status sealed = vault_.seal(batch); !sealed) return done(std::unexpected(sealed.error()));
  encode_and_append(batch, done);
}

void LogAppender::encode_and_append(const std::vector<Envelope>& batch, const Done& done) {
  std::vector<std::string> records(batch.size());
  for (size_t i = 0; i < batch.size(); ++i) encode(batch[i], records[i]);
  log_.append(std::move(records), done);
}

}  // namespace weir::pipeline
