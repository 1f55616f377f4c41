#pragma once
// The behaviour store under a simulated environment, fed like the pipeline feeds it, with people
// kept by hand: identities are named by strings, each its own profile until merged. For tests of
// questions.

#include "adapters/embedded/behaviour/behaviour.h"
#include "analytics/analytics.h"
#include "base/sim_env.h"
#include "tests/support/map_state_store.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weir::testing {

class BehaviourWorld : public IdentityReader,
                       public ProfileReader,
                       public SegmentReader,
                       public SetApartReader,
                       private StepContext {
 public:
  explicit BehaviourWorld(TimeMs now, uint64_t seed = 1) : env_(SimEnv::make(seed, now)) { open(); }

  /// `active_events`: what "$any_active" stands for; empty = every person-initiated event.
  void open(std::vector<std::string> active_events = {}) {
    auto opened = embedded::Behaviour::open(
        *env_, "/behaviour", {.identities = *this, .active_events = std::move(active_events)});
    WEIR_ASSERT(opened.has_value());
    behaviour_ = *std::move(opened);
    behaviour_->connect(embedded::make_direct_outside(
        {.identities = *this, .profiles = *this, .segments = this, .apart = this}));
    // Tests ask the same again to see that the answer is the same: it must not be a kept one.
    analyst_ = std::make_unique<analytics::Analyst>(
        *behaviour_, *env_, Calendar::shanghai(), analytics::AnalystOptions{.keep_answers = false});
    MapStateStore state;
    WEIR_ASSERT(behaviour_->fold().load(state).has_value());
  }
  /// Closes without a checkpoint; the caller opens again and replays.
  void close() {
    analyst_.reset();
    behaviour_.reset();
  }

  /// Ordinal of the identity called `name`; a new one is a new profile.
  uint32_t identity_of(const std::string& name) {
    auto [it, fresh] = ordinals_.try_emplace(name, static_cast<uint32_t>(identities_.size()));
    if (fresh) {
      identities_.push_back({IdentityKind::UserId, "", name});
      owner_.push_back(it->second);
    }
    return it->second;
  }
  void set_trait(const std::string& name, const std::string& trait, Value value) {
    put_trait(name, trait, std::move(value));
    touch(name);
  }
  /// For who hands a record that changes it to the folds.
  void put_trait(const std::string& name, const std::string& trait, Value value) {
    traits_[{owner_[identity_of(name)], trait}] = std::move(value);
  }
  void set_member(const std::string& name, const std::string& segment) {
    members_.emplace(owner_[identity_of(name)], segment);
    touch(name);
  }

  void set_list(const std::string& id, std::vector<std::string> values) {
    lists_[id] = std::move(values);
  }

  void post(const std::string& name, const std::string& event, TimeMs time,
            Properties properties = {}) {
    post_at(next_++, name, event, time, std::move(properties));
  }
  /// As the pipeline replays a record that it folded before.
  void post_at(Position position, const std::string& name, const std::string& event, TimeMs time,
               Properties properties = {}) {
    Envelope record;
    record.received_time = time;
    post_record(position, name, event, time, std::move(properties), std::move(record));
  }
  /// With what an SDK says beside the event: id, receipt.
  void post_record(Position position, const std::string& name, const std::string& event,
                   TimeMs time, Properties properties, Envelope record) {
    record.name = event;
    record.source = "test";
    record.event_time = time;
    record.properties = std::move(properties);
    uint32_t identity = identity_of(name);
    record.identities = {identities_[identity]};
    Step step{
        record, position, 0, time, ProfileOrdinal(owner_[identity]), IdentityOrdinal(identity)};
    behaviour_->fold().apply(step, *this);
    next_ = std::max(next_, position + 1);
  }
  /// The profile of `a` becomes part of that of `b`.
  void merge(const std::string& a, const std::string& b) {
    ProfileOrdinal from = profile_of(a), into = profile_of(b);
    map(from, into);
    behaviour_->fold().on_merge(from, into, *this);
  }
  /// The mapping alone: the caller tells the folds.
  void map(ProfileOrdinal from, ProfileOrdinal into) {
    for (uint32_t& owner : owner_) owner = owner == from.value ? into.value : owner;
  }
  /// Who came as `name` is a person again. The caller hands the split to the folds.
  Split part(const std::string& name) {
    uint32_t identity = identity_of(name);
    Split split{ProfileOrdinal(owner_[identity]),
                ProfileOrdinal(identity),
                {IdentityOrdinal(identity)},
                {ProfileOrdinal(identity)}};
    owner_[identity] = identity;
    return split;
  }
  void erase(const std::string& name) {
    uint32_t profile = owner_[identity_of(name)];
    for (uint32_t& owner : owner_) owner = owner == profile ? UINT32_MAX : owner;
    behaviour_->fold().on_erase(ProfileOrdinal(profile), *this);
  }
  Status checkpoint() {
    Status s = behaviour_->participant().begin_checkpoint(next_)();
    behaviour_->participant().end_checkpoint();
    env_->run_ready();  // merges
    return s;
  }

  Result<json::value> ask(std::string_view query) {
    auto parsed = json::parse(query);
    WEIR_ASSERT(parsed.has_value());
    return analyst_->answer(*parsed);
  }
  Result<json::value> ask_json(const json::value& query) { return analyst_->answer(query); }

  SimEnv& env() { return *env_; }
  embedded::Behaviour& behaviour() { return *behaviour_; }
  ProfileOrdinal profile_of(const std::string& name) {
    return ProfileOrdinal(owner_[identity_of(name)]);
  }

  std::optional<IdentityOrdinal> find(const Identity&) const override { return {}; }
  const Identity& identity(IdentityOrdinal o) const override { return identities_[o.value]; }
  ProfileOrdinal owner(IdentityOrdinal o) const override { return ProfileOrdinal(owner_[o.value]); }
  ProfileOrdinal canonical(ProfileOrdinal p) const override {
    return owner_[p.value] == UINT32_MAX ? p : ProfileOrdinal(owner_[p.value]);
  }
  std::vector<IdentityOrdinal> identities_of(ProfileOrdinal p) const override {
    std::vector<IdentityOrdinal> out;
    for (uint32_t i = 0; i < owner_.size(); ++i) {
      if (owner_[i] == p.value) out.emplace_back(i);
    }
    return out;
  }
  const Identity* latest(ProfileOrdinal, IdentityKind, std::string_view) const override {
    return nullptr;
  }
  std::vector<ProfileOrdinal> live_profiles(ProfileOrdinal from, size_t limit) const override {
    std::vector<ProfileOrdinal> out;
    std::set<uint32_t> live(owner_.begin(), owner_.end());
    for (auto it = live.lower_bound(from.value); it != live.end() && out.size() < limit; ++it) {
      if (*it != UINT32_MAX) out.emplace_back(*it);
    }
    return out;
  }
  uint32_t identity_count() const override { return static_cast<uint32_t>(identities_.size()); }
  uint32_t profile_count() const override { return identity_count(); }

  const Value* trait(ProfileOrdinal p, std::string_view name) const override {
    auto it = traits_.find({p.value, std::string(name)});
    return it == traits_.end() ? nullptr : &it->second;
  }
  bool is_member(ProfileOrdinal p, std::string_view segment) const override {
    return members_.contains({p.value, std::string(segment)});
  }
  bool list_has(std::string_view list, std::string_view value) const override {
    auto it = lists_.find(list);
    return it != lists_.end() && std::count(it->second.begin(), it->second.end(), value) > 0;
  }
  std::optional<std::vector<std::string>> list_values(std::string_view list) const override {
    auto it = lists_.find(list);
    return it == lists_.end() ? std::nullopt : std::optional(it->second);
  }
  std::shared_ptr<const SetApart> set_apart() const override {
    auto out = std::make_shared<SetApart>();
    for (const auto& [key, value] : traits_) {
      if (key.second == "is_test" && value == Value(true)) out->test.push_back(key.first);
      if (key.second == "type" && value == Value(std::string("staff")))
        out->staff.push_back(key.first);
    }
    return out;
  }
  const Sealed* address(ProfileOrdinal, IdentityKind) const override { return nullptr; }
  ConsentState consent(ProfileOrdinal, std::string_view, std::string_view) const override {
    return ConsentState::Unknown;
  }
  std::vector<Contact> contacts(ProfileOrdinal) const override { return {}; }
  bool follows(ProfileOrdinal, std::string_view) const override { return false; }

 private:
  /// As in the program, a record that changes what is known of a person passes the fold.
  void touch(const std::string& name) {
    Envelope record;
    record.kind = RecordKind::Alias;
    uint32_t identity = identity_of(name);
    Step step{record, next_++, 0, 0, ProfileOrdinal(owner_[identity]), IdentityOrdinal(identity)};
    behaviour_->fold().apply(step, *this);
  }

  TimeMs now() const override { return env_->clock().now(); }
  Position position() const override { return next_; }
  bool live() const override { return true; }
  void emit(Envelope, ProfileOrdinal) override {}
  void set_timer(std::string_view, std::string_view, TimeMs) override {}
  void cancel_timer(std::string_view, std::string_view) override {}
  void merged(ProfileOrdinal, ProfileOrdinal) override {}
  void split(const Split&) override {}
  void erased(ProfileOrdinal) override {}

  std::unique_ptr<SimEnv> env_;
  std::unique_ptr<embedded::Behaviour> behaviour_;
  std::unique_ptr<analytics::Analyst> analyst_;
  Position next_ = 0;
  std::map<std::string, uint32_t> ordinals_;
  std::vector<Identity> identities_;
  std::vector<uint32_t> owner_;
  std::map<std::pair<uint32_t, std::string>, Value> traits_;
  std::set<std::pair<uint32_t, std::string>> members_;  // of segments
  std::map<std::string, std::vector<std::string>, std::less<>> lists_;
};

}  // namespace weir::testing
