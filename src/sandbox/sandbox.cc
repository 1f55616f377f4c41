#include "sandbox/sandbox.h"

#include "base/log.h"
#include "sandbox/core.h"

#include <algorithm>

namespace weir::sandbox {

std::shared_ptr<Sandbox::Core> Sandbox::Core::make(Env& env, SandboxOptions options) {
  auto finder = std::make_shared<Finder>();
  auto core = std::make_shared<Core>(env, std::move(options), finder);
  finder->core = core;
  return core;
}

Sandbox::Core::Core(Env& env, SandboxOptions options, std::shared_ptr<Finder> finder)
    : world_(env, std::move(options),
             [finder](const std::function<void()>& task) {
               if (auto core = finder->core.lock()) core->locked(task);
             }),
      pusher_(world_),
      weir_(world_),
      wechat_(world_, pusher_,
              [this](Person& person, std::string_view channel, const std::string& text) {
                behaviour_.on_delivered(person, channel, text);
              }),
      wecom_(world_, pusher_,
             [this](Person& person, std::string_view channel, const std::string& text) {
               behaviour_.on_delivered(person, channel, text);
             }),
      sms_(world_, pusher_,
           [this](Person& person, std::string_view channel, const std::string& text) {
             behaviour_.on_delivered(person, channel, text);
           }),
      behaviour_(world_, weir_, wechat_, wecom_, sms_) {}

void Sandbox::Core::locked(const std::function<void()>& task) {
  std::vector<std::function<void()>> outbox;
  {
    std::lock_guard lock(mutex_);
    task();
    outbox = world_.take_outbox();
    plan_wake();
  }
  // Outside the lock, because a call may be answered before it returns.
  for (std::function<void()>& send : outbox) send();
}

void Sandbox::Core::run_due() {
  // What a full round leaves is due at once, so the next wake-up follows immediately.
  constexpr int kRoundMax = 10'000;
  locked([this] {
    wake_at_ = std::numeric_limits<TimeMs>::max();
    TimeMs now = world_.now();
    for (int i = 0; i < kRoundMax; ++i) {
      std::function<void()> task = world_.take_due(now);
      if (!task) break;
      task();
    }
  });
}

void Sandbox::Core::plan_wake() {
  TimeMs due = world_.next_due();
  if (executor_ == nullptr || due >= wake_at_) return;
  wake_at_ = due;
  DurationMs delay = std::max<DurationMs>(0, due - world_.now());
  executor_->post_after(delay, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->run_due();
  });
}

void Sandbox::Core::start() {
  std::shared_ptr<Executor> executor = world_.env.make_executor("sandbox");
  locked([this, executor] {
    executor_ = executor;
    wake_at_ = std::numeric_limits<TimeMs>::max();
    if (acting_) return;
    acting_ = true;
    world_.later(0, [this] { act_again(); });
    verify(wechat_.target());
    verify(wecom_.target());
  });
}

void Sandbox::Core::stop() {
  std::shared_ptr<Executor> executor;
  {
    std::lock_guard lock(mutex_);
    executor = std::move(executor_);
    executor_ = nullptr;
  }
  if (executor != nullptr) executor->stop();
}

void Sandbox::Core::act_again() {
  double rate = world_.profile.rate;
  // Ten rounds a second at most: with a high rate several people act in one round.
  DurationMs gap = rate > 0 ? std::max<DurationMs>(100, static_cast<DurationMs>(1000 / rate)) : 500;
  double actions = rate * static_cast<double>(gap) / 1000;
  auto whole = static_cast<int64_t>(actions);
  if (world_.dice.chance(actions - static_cast<double>(whole))) ++whole;
  for (int64_t i = 0; i < whole; ++i) behaviour_.act_by_chance();
  world_.later(gap, [this] { act_again(); });
}

void Sandbox::Core::verify(const PushTarget& target) {
  pusher_.check_address(target, [this, target](int status) {
    if (status == 200) {
      ++verified_;
      log::info("sandbox_address_verified", {{"address", target.url}});
    } else {
      world_.later(2 * kSecondMs, [this, target] { verify(target); });
    }
  });
}

Sandbox::Sandbox(Env& env, SandboxOptions options) : core_(Core::make(env, std::move(options))) {}

Sandbox::~Sandbox() {
  stop();
}

HttpHandler Sandbox::handler() {
  return [weak = std::weak_ptr<Core>(core_)](HttpRequest request, HttpResponder respond) {
    auto core = weak.lock();
    if (core == nullptr) return respond(HttpResponse::text(503, "the sandbox is closed"));
    core->handle(std::move(request), std::move(respond));
  };
}

void Sandbox::step() {
  core_->run_due();
}
void Sandbox::start() {
  core_->start();
}
void Sandbox::stop() {
  core_->stop();
}

}  // namespace weir::sandbox
