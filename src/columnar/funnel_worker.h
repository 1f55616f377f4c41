#pragma once
// One thread's share of a funnel: turns a group's hits into matcher events and counts the outcomes.

#include "columnar/funnel.h"

#include <map>
#include <set>

namespace weir::columnar {

/// Counts that add up over threads.
struct FunnelCounts {
  std::vector<uint64_t> counts;
  std::map<KeyTexts, std::vector<uint64_t>> by_key;
  std::vector<std::vector<uint64_t>> trend;
  std::vector<int64_t> durations;
  std::vector<std::vector<int64_t>> pair_durations;
  uint64_t pending = 0;

  explicit FunnelCounts(const FunnelSpec& spec);
  void add(const FunnelCounts& other);
  /// Back to nothing counted.
  void clear();
};

/// Without this, one person with many events and many values would take memory without bound.
inline constexpr size_t kVariantEventsMax = 4 << 20;
Error too_many_variants();

/// Which events a funnel's pass hands to its workers.
SessionPass funnel_pass(const FunnelSpec& spec);

class FunnelWorker : public SessionSink {
 public:
  /// `top`: keys counted apart, the others together as $other; null = all apart.
  FunnelWorker(const FunnelSpec& spec, const std::set<KeyTexts>* top);

  void group(uint32_t group, std::span<const Hit> hits, const GroupSessions* sessions,
             RowReader& reader) override;
  uint64_t memory_bytes() const override;
  const FunnelCounts& counts() const { return out_; }
  /// Back to nothing counted.
  void clear_counts() {
    out_.clear();
    of_key_.clear();
  }
  /// The answer must not be used: too_many_variants().
  bool too_many_variants() const { return too_many_variants_; }

 private:
  /// The events of a group, or of one of its sessions; their steps limited to one value of each
  /// held (and all-steps) property.
  struct Variant {
    KeyTexts all_steps;  // values of the AllSteps keys, in their order
    std::vector<FunnelEvent> events;
    std::vector<uint32_t> at;  // where these lie in events_; empty = all, in their places
    size_t place(size_t event) const { return at.empty() ? event : at[event]; }
  };
  using Variants = std::vector<Variant>;
  struct Chosen {
    FunnelOutcome outcome;
    const Variant* variant = nullptr;
  };

  void build_events(std::span<const Hit> hits, const GroupSessions* sessions, uint32_t group,
                    RowReader& reader);
  /// False when a chain surely does not begin with it.
  bool may_enter(const Hit& hit) const {
    return hit.time >= spec_.from && hit.time < spec_.to &&
           (spec_.rules.order == FunnelOrder::Any || (hit.mask & 1) != 0);
  }
  TimeMs deadline_of(TimeMs start);
  /// Each session's events, by themselves; only sessions that are entered.
  Variants split_by_session(std::span<const Hit> hits, const GroupSessions& sessions) const;
  /// Counts one unit: a group, or a session of it.
  void count(const Variants& unit, uint32_t group, RowReader& reader);
  const Variants& split_by_hold(const Variants& unit, RowReader& reader);
  Variants split_by_keys(const Variants& held, uint32_t group, RowReader& reader);
  Variants split(const Variants& variants, const std::vector<uint32_t>& properties,
                 const std::vector<double>& bins, bool is_key, RowReader& reader);

  /// The deepest, then soonest, of variants that differ only in held values.
  Chosen best(std::span<const Variant> variants, WantChain want);
  void count_once(const Variants& held, const Variants& keyed, bool open, uint32_t group,
                  RowReader& reader);
  void count_attempts(const Variants& held, const Variants& keyed, uint32_t group,
                      RowReader& reader);
  void count_trend(const Variants& held);
  std::optional<KeyTexts> key_of(const FunnelOutcome& outcome, const Variant& variant,
                                 uint32_t group, RowReader& reader);
  /// Number of the value of the unit's key `k`, which is not one of all steps; nullopt: none.
  std::optional<uint32_t> key_part(size_t k, const FunnelOutcome& outcome, const Variant& variant,
                                   uint32_t group, RowReader& reader);
  void count_by_key(const FunnelOutcome& outcome, const Variant& variant, uint32_t group,
                    RowReader& reader);
  const Hit& hit_of(size_t event) const { return hits_[event_hits_[event]]; }
  bool is_top(const KeyTexts& keys) const { return top_ == nullptr || top_->contains(keys); }
  std::vector<uint64_t>& by_key(const KeyTexts& keys);
  void count_durations(const FunnelOutcome& outcome, const Variant& variant);

  const FunnelSpec& spec_;
  const std::set<KeyTexts>* top_;
  FunnelCounts out_;
  FunnelMatcher matcher_;
  KeyReader keys_;
  bool any_all_steps_ = false, too_many_variants_ = false;
  WantChain want_chain_ = WantChain::No;
  uint32_t asked_ = 0;  // bits of the steps and exclusions that have a condition
  std::vector<std::vector<uint64_t>*> of_key_;  // by number of a key; in out_
  std::vector<bool> ignored_;                   // by event code
  Variants base_{1}, held_;               // base_: one variant, all steps; held_: split by hold
  std::vector<FunnelEvent>& events_;      // of base_
  std::span<const Hit> hits_;             // of the group at hand
  std::vector<uint32_t> event_hits_;      // as events_: which hit
  std::vector<uint32_t> event_sessions_;  // as events_, when there are sessions
  size_t entry_ = 0;                      // the first event of the unit at hand that has `start`
  TimeMs day_start_ = 0, day_end_ = 0;    // cache of deadline_of
};

}  // namespace weir::columnar
