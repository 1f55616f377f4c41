#include "pipeline/ticker.h"

#include "base/log.h"
#include "model/envelope.h"

#include <algorithm>

namespace weir::pipeline {
namespace {

/// The wall clock may jump: look at it again at least so often.
constexpr DurationMs kLookMs = 5 * kSecondMs;
constexpr DurationMs kRetryMs = kSecondMs;

}  // namespace

Ticker::Ticker(EventLog& log, Env& env, Executor& executor, DurationMs gap_ms)
    : log_(log), env_(env), executor_(executor), gap_ms_(gap_ms) {
  link_->ticker = this;
}

Ticker::~Ticker() {
  std::scoped_lock lock(link_->mutex);
  link_->ticker = nullptr;
}

void Ticker::watch(std::optional<TimeMs> due) {
  due_ = due;
  if (!due_ || under_way_) return;
  TimeMs now = env_.clock().now();
  // A clock that was set back must not silence ticks until it catches up.
  TimeMs gap_end = last_tick_ <= now ? last_tick_ + gap_ms_ : now;
  TimeMs at = std::max(*due_, gap_end);
  if (at <= now) return append_tick(now);
  wake_in(std::min(at - now, kLookMs));
}

void Ticker::wake_in(DurationMs delay) {
  TimeMs at = env_.clock().now() + delay;
  if (wake_at_ != 0 && wake_at_ <= at) return;
  wake_at_ = at;
  executor_.post_after(delay, [this, wake_up = ++wake_ups_] {
    if (wake_up != wake_ups_) return;  // an earlier one was scheduled since
    wake_at_ = 0;
    watch(due_);
  });
}

void Ticker::append_tick(TimeMs now) {
  under_way_ = true;
  last_tick_ = now;
  Envelope tick;
  tick.kind = RecordKind::Tick;
  tick.trust = Trust::Verified;
  tick.source = "weir";
  tick.event_time = tick.received_time = now;
  std::string bytes;
  encode(tick, bytes);
  log_.append({std::move(bytes)}, [link = link_](Result<Position> appended) {
    if (appended) return;  // it comes back as a record
    log::warn("tick_refused", {{"reason", appended.error().message}});
    std::scoped_lock lock(link->mutex);
    if (link->ticker) link->ticker->refused();
  });
}

/// On the log's executor.
void Ticker::refused() {
  executor_.post_after(kRetryMs, [this] {
    under_way_ = false;
    watch(due_);
  });
}

}  // namespace weir::pipeline
