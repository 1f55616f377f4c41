#include "sandbox/world.h"

#include <limits>

namespace weir::sandbox {

void World::later(DurationMs delay, std::function<void()> task) {
  if (agenda_.size() >= kAgendaMax) {
    ++totals.agenda_dropped;
    return;
  }
  agenda_.emplace(now() + delay, std::move(task));
}

TimeMs World::next_due() const {
  return agenda_.empty() ? std::numeric_limits<TimeMs>::max() : agenda_.begin()->first;
}

std::function<void()> World::take_due(TimeMs time) {
  if (agenda_.empty() || agenda_.begin()->first > time) return {};
  std::function<void()> task = std::move(agenda_.begin()->second);
  agenda_.erase(agenda_.begin());
  return task;
}

void World::call(std::string url, HttpRequest request, DurationMs timeout_ms,
                 HttpClient::Done done) {
  auto on_reply = [run = run_locked_, done = std::move(done)](Result<HttpResponse> response) {
    run([done, response = std::move(response)] { done(response); });
  };
  after_unlock([this_env = &env, url = std::move(url), request = std::move(request), timeout_ms,
                on_reply = std::move(on_reply)]() mutable {
    this_env->http().send(std::move(url), std::move(request), timeout_ms, std::move(on_reply));
  });
}

}  // namespace weir::sandbox
