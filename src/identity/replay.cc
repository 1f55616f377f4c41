#include "identity/replay.h"

#include <algorithm>
#include <set>

namespace weir::identity {

void ReplayPartition::grow() {
  owner_.resize(table_.identity_count(), kNone);
  next_.resize(table_.identity_count(), kNone);
}

void ReplayPartition::attach(uint32_t identity, uint32_t profile) {
  next_[identity] = profiles_[profile].first;
  profiles_[profile].first = identity;
  ++profiles_[profile].count;
  owner_[identity] = profile;
}

void ReplayPartition::collect(uint32_t profile, std::vector<uint32_t>& out) const {
  for (uint32_t i = profiles_[profile].first; i != kNone; i = next_[i]) out.push_back(i);
}

void ReplayPartition::unite(uint32_t a, uint32_t b) {
  if (owner(a) == kNone && owner(b) == kNone) {
    profiles_.push_back({kNone, 0});
    attach(a, static_cast<uint32_t>(profiles_.size() - 1));
  }
  uint32_t owner_a = owner(a), owner_b = owner(b);
  if (owner_a == kNone) return attach(a, owner_b);
  if (owner_b == kNone) return attach(b, owner_a);
  auto [into, from] = std::minmax(owner_a, owner_b);
  for (uint32_t i = profiles_[from].first; i != kNone;) {
    uint32_t next = next_[i];
    attach(i, into);
    i = next;
  }
  profiles_[from] = {kNone, 0};
}

EvidenceReplay::EvidenceReplay(const IdentityTable& table, const Meetings& meetings,
                               const Cuts& cuts, IdentityRules rules)
    : table_(table),
      meetings_(meetings),
      cuts_(cuts),
      rules_(std::move(rules)),
      people_(table),
      linker_(rules_, cuts, table, people_) {}

// The way of the living fold: each identity is linked to the strongest one that accepts it.
void EvidenceReplay::replay(const Meeting& meeting) {
  met_.clear();
  for (uint32_t i : meeting.identities) {
    if (!table_.identity(i).erased) met_.push_back(i);
  }
  if (meeting.rule != LinkRule::Alias) linker_.order(met_);
  for (size_t i = 1; i < met_.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (link(met_[j], met_[i], meeting.time)) break;
    }
  }
}

bool EvidenceReplay::link(uint32_t a, uint32_t b, TimeMs time) {
  if (people_.owner(a) != kNone && people_.owner(a) == people_.owner(b)) return true;
  Refusal outcome = linker_.check(a, b, time);
  int demoted = linker_.note(a, b, outcome, time);
  if (demoted > 0 && outcome == Refusal::None) outcome = Refusal::SharedValue;
  if (outcome == Refusal::None) {
    people_.unite(a, b);
    return true;
  }
  if (table_.owner(a) == table_.owner(b)) {
    why_.try_emplace(table_.owner(a), Reason{table_.identity(b).id.kind, outcome});
  }
  return false;
}

/// What an operator put apart is one person on each side, where the rules allow.
void EvidenceReplay::settle_cuts() {
  cuts_.for_each_side([&](const std::vector<uint32_t>& side) {
    for (size_t i = 1; i < side.size(); ++i) {
      uint32_t a = side[0], b = side[i];
      if (table_.identity(a).erased || table_.identity(b).erased) continue;
      if (people_.owner(a) != kNone && people_.owner(a) == people_.owner(b)) continue;
      if (linker_.check(a, b, table_.identity(b).last_seen) == Refusal::None) people_.unite(a, b);
    }
  });
}

bool EvidenceReplay::unchanged(uint32_t profile) const {
  const ProfileEntry& entry = table_.profile(profile);
  uint32_t group = people_.owner(entry.first);
  if (group == kNone) return entry.count == 1;
  bool all = entry.count == people_.count(group);
  table_.for_each(profile, [&](uint32_t i) { all = all && people_.owner(i) == group; });
  return all;
}

/// Everybody who changes together with `profile`, grouped as the replay has them.
Regrouping EvidenceReplay::component_of(uint32_t profile) {
  std::vector<uint32_t> waiting{profile};
  std::map<uint32_t, std::vector<uint32_t>> groups;  // by lowest identity
  std::set<uint32_t> grouped;                        // identities
  compared_.insert(profile);
  Regrouping out;
  while (!waiting.empty()) {
    uint32_t living = waiting.back();
    waiting.pop_back();
    auto why = why_.find(living);
    if (why != why_.end() && out.why.empty()) out.why = to_string(why->second.refusal);
    table_.for_each(living, [&](uint32_t i) {
      if (grouped.contains(i)) return;
      std::vector<uint32_t> group;
      people_.collect_of(i, group);
      std::erase_if(group, [&](uint32_t one) { return table_.owner(one) == kNone; });
      std::ranges::sort(group);
      grouped.insert(group.begin(), group.end());
      for (uint32_t one : group) {
        if (compared_.insert(table_.owner(one)).second) waiting.push_back(table_.owner(one));
      }
      groups.emplace(group.front(), std::move(group));
    });
  }
  for (auto& [lowest, group] : groups) out.groups.push_back(std::move(group));
  return out;
}

void EvidenceReplay::count(const Regrouping& component) {
  std::map<uint32_t, std::set<size_t>> living;  // groups that each person of today falls into
  uint64_t joined = 0;
  for (size_t g = 0; g < component.groups.size(); ++g) {
    std::set<uint32_t> persons;
    for (uint32_t i : component.groups[g]) {
      living[table_.owner(i)].insert(g);
      persons.insert(table_.owner(i));
    }
    joined += persons.size() - 1;
  }
  difference_.joined += joined;
  for (const auto& [profile, groups] : living) {
    if (groups.size() == 1) continue;
    ++difference_.split;
    difference_.created += groups.size() - 1;
    auto why = why_.find(profile);
    std::pair<std::string, std::string> reason{"", ""};
    if (why != why_.end()) {
      reason = {std::string(to_string(why->second.kind)),
                std::string(to_string(why->second.refusal))};
    }
    ++difference_.reasons[reason];
  }
}

void EvidenceReplay::compare(uint32_t profile) {
  if (!table_.profile(profile).live() || compared_.contains(profile)) return;
  if (table_.profile(profile).count == 0 || unchanged(profile)) return;
  Regrouping component = component_of(profile);
  count(component);
  difference_.changes.push_back(std::move(component));
}

void EvidenceReplay::compare_demoted(uint32_t identity) {
  const IdentityEntry& entry = table_.identity(identity);
  if (entry.erased || entry.demoted == people_.demoted(identity)) return;
  (entry.demoted ? difference_.restored : difference_.demoted).push_back(identity);
}

bool EvidenceReplay::step(size_t work) {
  people_.grow();
  for (; next_meeting_ < meetings_.size(); ++next_meeting_, --work) {
    if (work == 0) return false;
    replay(meetings_.at(next_meeting_));
  }
  if (!cuts_settled_) settle_cuts();
  cuts_settled_ = true;
  for (; next_identity_ < table_.identity_count(); ++next_identity_, --work) {
    if (work == 0) return false;
    compare_demoted(next_identity_);
  }
  for (; next_profile_ < table_.profile_slots(); ++next_profile_, --work) {
    if (work == 0) return false;
    compare(next_profile_);
  }
  return true;
}

Replay::Progress EvidenceReplay::progress() const {
  return {next_meeting_ + next_identity_ + next_profile_,
          meetings_.size() + table_.identity_count() + table_.profile_slots()};
}

}  // namespace weir::identity
