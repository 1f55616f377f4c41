#pragma once
// Vendors as scripts: each channel does what the scenario last said. What a vendor took stays known
// across restarts of Weir, as it would in the world.

#include "base/env.h"
#include "ports/sending.h"

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace weir::testing {

/// How a vendor treats the next deliveries of a channel.
struct Behaviour {
  enum class Kind { Accept, Fail, LoseReply, LoseRequest };
  Kind kind = Kind::Accept;
  std::string reason, detail;
  bool retryable = false;
  int times = -1;  // then it accepts again; -1 = until told otherwise
};

class Vendors {
 public:
  struct Taken {
    TimeMs time;
    std::string channel, template_id, effect_key, recipient, staff, content;
    std::map<std::string, std::string> fields;
  };

  explicit Vendors(Env& env) : env_(env) {}

  Behaviour& behaviour(const std::string& channel) { return behaviours_[channel]; }
  /// Messages that reached people, in order; a repeated effect key of a notice is dropped like the
  /// real ones do.
  const std::vector<Taken>& taken() const { return taken_; }
  /// Calls per effect key, also those whose request or reply was lost.
  const std::map<std::string, int>& calls() const { return calls_; }
  bool can_tell = true;  // whether reconcile knows what happened
  std::string last_vendor_id(const std::string& channel) const;
  std::string last_effect_key(const std::string& channel) const;

  DeliveryOutcome deliver(const Delivery& delivery, EffectClass effect_class);
  DeliveryOutcome reconcile(const Delivery& delivery) const;

 private:
  Env& env_;
  std::map<std::string, Behaviour> behaviours_;
  std::vector<Taken> taken_;
  std::map<std::string, int> calls_;
  std::map<std::string, DeliveryOutcome> known_;
};

/// One process's connection to a vendor. Used by one thread, the simulator's.
class ScriptedChannel : public Channel {
 public:
  ScriptedChannel(std::string name, EffectClass effect_class, bool needs_receipt, Vendors& vendors)
      : name_(std::move(name)),
        effect_class_(effect_class),
        needs_receipt_(needs_receipt),
        vendors_(vendors) {}

  std::string_view name() const override { return name_; }
  EffectClass effect_class() const override { return effect_class_; }
  bool needs_receipt() const override { return needs_receipt_; }
  void deliver(Delivery delivery, std::function<void(DeliveryOutcome)> done) override;
  void reconcile(Delivery delivery, std::function<void(DeliveryOutcome)> done) override;

  /// The vendor acts when it is called; its answer is on the way until this. A crash loses it.
  bool answers_waiting() const { return !answers_.empty(); }
  void answer_next();

 private:
  std::string name_;
  EffectClass effect_class_;
  bool needs_receipt_;
  Vendors& vendors_;
  std::deque<std::function<void()>> answers_;
};

}  // namespace weir::testing
