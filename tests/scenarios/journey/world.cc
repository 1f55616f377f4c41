#include "tests/scenarios/journey/world.h"

#include <algorithm>

namespace weir::testing {

class World::LogAppender : public Appender {
 public:
  explicit LogAppender(World& world) : world_(world) {}
  void append(std::vector<Envelope> batch, Done done) override {
    Position first = world_.log_.size();
    for (Envelope& e : batch) {
      if (e.received_time == 0) e.received_time = world_.now();
      world_.log_.push_back({std::move(e), world_.now()});
    }
    done(first);
  }

 private:
  World& world_;
};

/// Opens what People "sealed".
class World::ClearVault : public Vault {
 public:
  Status seal(std::span<Envelope>) override { return {}; }
  bool needs_seal(const Envelope&) const override { return false; }
  Result<std::vector<Sealed>> seal_texts(std::span<const TextToSeal> texts) override {
    std::vector<Sealed> all;
    for (const auto& t : texts) all.push_back({"key", t.field, "", std::string(t.clear)});
    return all;
  }
  Result<std::string> open(const Sealed& sealed) const override { return sealed.cipher; }
  Result<std::string> token(IdentityKind, std::string_view clear) const override {
    return std::string(clear);
  }
  std::string masked(const Sealed&) const override { return "•••"; }
  Status destroy_keys(std::span<const Identity>) override { return {}; }
};

World::World(Options options)
    : options_(std::move(options)), env_(SimEnv::make(1, options_.start)) {
  vendors_ = std::make_unique<Vendors>(*env_);
  appender_ = std::make_unique<LogAppender>(*this);
  vault_ = std::make_unique<ClearVault>();
  saved_.now = options_.start;
  start_process();
}

World::~World() {
  env_->kill_process();
}

void World::start_process() {
  auto p = std::make_unique<Process>();
  p->coupons = std::make_unique<plays::CouponFold>();
  PersonReaders readers{&people, &people, &people, &people};
  p->journeys = std::make_unique<journey::JourneyFold>(options_.journey, readers, *p->coupons);
  p->messages = std::make_unique<messaging::Messaging>(
      options_.messaging,
      messaging::MessagingDeps{people, people, &people, *p->journeys, *appender_, *vault_, *env_});
  p->journeys->connect(*p->messages);
  auto channel = [&](std::string name, EffectClass effect_class, bool needs_receipt) {
    p->channels.push_back(
        std::make_unique<ScriptedChannel>(std::move(name), effect_class, needs_receipt, *vendors_));
    p->messages->add_channel(*p->channels.back());
  };
  channel("mp_template", EffectClass::Notice, false);
  channel("mp_customer_service", EffectClass::Marketing, false);
  channel("wecom_guide_task", EffectClass::Marketing, true);
  channel("sms", EffectClass::Marketing, false);
  p->harness = std::make_unique<FoldHarness>(
      options_.start,
      std::vector<Fold*>{&people, p->coupons.get(), p->journeys.get(), p->messages.get()});
  process_ = std::move(p);
}

void World::recover() {
  env_->kill_process();
  process_.reset();
  start_process();
  Process& p = *process_;
  p.harness->load(store_);
  p.harness->restore(saved_);
  p.cursor = saved_cursor_;
  p.harness->set_live(false);
  while (p.cursor < log_.size()) {
    p.harness->advance(log_[p.cursor].time);
    fold_next();
  }
  p.harness->advance(now());
  p.harness->set_live(true);
  p.harness->end_batch();
}

void World::save() {
  process_->harness->save(store_);
  saved_ = process_->harness->snapshot();
  saved_cursor_ = process_->cursor;
}

bool World::step() {
  if (step_++ == options_.trouble_at && options_.trouble != Trouble::None) {
    if (options_.trouble == Trouble::Restart) save();
    recover();
    return false;
  }
  if (step_ % options_.save_every == 0) save();
  return true;
}

void World::fold_next() {
  process_->harness->apply(log_[process_->cursor++].record);
}

void World::settle() {
  // One record, one end of a batch, one run of the executors at a time, so that trouble can come
  // between any two of them.
  while (true) {
    size_t before = log_.size();
    while (process_->cursor < log_.size()) {
      if (!step()) continue;
      fold_next();
    }
    if (!step()) continue;
    process_->harness->end_batch();
    if (!step()) continue;
    env_->run_ready();
    if (!vendors_answer()) continue;
    if (log_.size() == before && process_->cursor == log_.size()) return;
  }
}

bool World::vendors_answer() {
  for (size_t i = 0; i < process_->channels.size(); ++i) {
    while (process_->channels[i]->answers_waiting()) {
      if (!step()) return false;
      process_->channels[i]->answer_next();
      env_->run_ready();
    }
  }
  return std::none_of(process_->channels.begin(), process_->channels.end(),
                      [](const auto& channel) { return channel->answers_waiting(); });
}

void World::append(Envelope record) {
  appender_->append({std::move(record)}, [](Result<Position>) {});
  settle();
}

void World::advance(TimeMs to) {
  settle();
  while (now() < to) {
    // Small steps only while something is under way; three quiet days are not worth 4,000 of them.
    DurationMs length =
        log_.empty() || now() - log_.back().time < 5 * kMinuteMs ? kMinuteMs : kHourMs;
    TimeMs next = std::min(to, now() / length * length + length);
    for (const auto& [key, due] : process_->harness->snapshot().timers) {
      if (due > now()) next = std::min(next, due);
    }
    env_->run_until(next);
    process_->harness->advance(next);
    settle();
  }
}

}  // namespace weir::testing
