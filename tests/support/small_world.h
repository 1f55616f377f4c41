#pragma once
// People and their histories, as identity/, profile/ and the behaviour store would answer: one
// profile per user_id, in order of appearance. For tests of rooms that ask about people.

#include "ports/fold.h"
#include "ports/people.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace weir::testing {

class SmallWorld : public IdentityReader, public ProfileReader, public HistoryReader, public Fold {
 public:
  std::string_view name() const override { return "world"; }
  Status load(const StateStore&) override { return {}; }
  void save(WriteBatch&) override {}
  void apply(Step& step, StepContext&) override {
    if (!step.profile && !step.record.identities.empty()) {
      const std::string& value = step.record.identities[0].value;
      step.profile = ProfileOrdinal(ordinals_.emplace(value, ordinals_.size()).first->second);
    }
    if (!step.profile) return;
    for (const TraitChange& t : step.record.traits) traits_[*step.profile][t.name] = t.value;
    events_[*step.profile].push_back({step.record, step.position});
  }

  std::optional<IdentityOrdinal> find(const Identity&) const override { return {}; }
  const Identity& identity(IdentityOrdinal) const override { return nobody_; }
  ProfileOrdinal owner(IdentityOrdinal o) const override { return ProfileOrdinal(o.value); }
  ProfileOrdinal canonical(ProfileOrdinal p) const override { return p; }
  std::vector<IdentityOrdinal> identities_of(ProfileOrdinal) const override { return {}; }
  const Identity* latest(ProfileOrdinal, IdentityKind, std::string_view) const override {
    return nullptr;
  }
  std::vector<ProfileOrdinal> live_profiles(ProfileOrdinal from, size_t limit) const override {
    std::vector<ProfileOrdinal> all;
    for (uint32_t i = from.value; i < ordinals_.size() && all.size() < limit; ++i)
      all.emplace_back(i);
    return all;
  }
  uint32_t identity_count() const override { return profile_count(); }
  uint32_t profile_count() const override { return static_cast<uint32_t>(ordinals_.size()); }

  const Value* trait(ProfileOrdinal p, std::string_view name) const override {
    auto person = traits_.find(p);
    if (person == traits_.end()) return nullptr;
    auto it = person->second.find(name);
    return it == person->second.end() ? nullptr : &it->second;
  }
  const Sealed* address(ProfileOrdinal, IdentityKind) const override { return nullptr; }
  ConsentState consent(ProfileOrdinal, std::string_view, std::string_view) const override {
    return ConsentState::Unknown;
  }
  std::vector<Contact> contacts(ProfileOrdinal) const override { return {}; }
  bool follows(ProfileOrdinal, std::string_view) const override { return false; }

  void visit(ProfileOrdinal p, const HistoryQuery& query,
             const std::function<bool(const StoredEvent&)>& visit) const override {
    auto [from, to, names, properties] = query;
    auto it = events_.find(p);
    if (it == events_.end()) return;
    for (const auto& [record, position] : it->second) {
      bool named =
          names.empty() || std::find(names.begin(), names.end(), record.name) != names.end();
      if (!named || record.event_time < from || record.event_time > to) continue;
      StoredEvent event{record.event_time, record.name, IdentityOrdinal(0),
                        position,          0,           &record.properties};
      if (!visit(event)) return;
    }
  }

 private:
  std::map<std::string, uint32_t> ordinals_;
  std::map<ProfileOrdinal, std::map<std::string, Value, std::less<>>> traits_;
  std::map<ProfileOrdinal, std::vector<std::pair<Envelope, Position>>> events_;
  Identity nobody_;
};

}  // namespace weir::testing
