#include "identity/linker.h"

#include <algorithm>

namespace weir::identity {

void Linker::use(const IdentityRules& rules) {
  rules_ = &rules;
  by_group_.clear();
}

const KindRule& Linker::rule_of(uint32_t identity) const {
  uint32_t group = table_.identity(identity).group;
  if (group >= by_group_.size()) by_group_.resize(group + 1, nullptr);
  const KindRule*& rule = by_group_[group];
  if (rule == nullptr) {
    const Identity& id = table_.identity(identity).id;
    rule = &rules_->rule_of(id.kind, id.scope);
  }
  return *rule;
}

void Linker::order(std::vector<uint32_t>& identities) const {
  std::ranges::stable_sort(identities, {}, [&](uint32_t i) { return rule_of(i).priority; });
}

bool Linker::links_nobody(uint32_t identity) const {
  const KindRule& rule = rule_of(identity);
  if (!rule.link) return true;
  return !rule.blocked.empty() && rule.blocked.contains(table_.identity(identity).id.value);
}

Refusal Linker::check(uint32_t a, uint32_t b, TimeMs time) const {
  if (cuts_.bars(people_, a, b)) return Refusal::Cut;
  if (links_nobody(a) || links_nobody(b)) return Refusal::Blocked;
  if (people_.demoted(a) || people_.demoted(b)) return Refusal::SharedValue;
  if (people_.size_of(a) + people_.size_of(b) > rules_->cluster_hard) return Refusal::ClusterFull;
  return breaks_kind_limit(a, b, time) ? Refusal::KindLimit : Refusal::None;
}

bool Linker::breaks_kind_limit(uint32_t a, uint32_t b, TimeMs time) const {
  struct Count {
    uint32_t group;
    uint32_t count;
  };
  std::vector<Count> counts;
  TimeMs newest = std::max(people_.last_seen(a, time), people_.last_seen(b, time));
  members_.clear();
  people_.collect_of(a, members_);
  people_.collect_of(b, members_);
  for (uint32_t identity : members_) {
    const IdentityEntry& entry = table_.identity(identity);
    const KindRule& rule = rule_of(identity);
    if (rule.max == 0) continue;
    if (rule.window != 0 && entry.first_seen <= newest - rule.window) continue;
    auto it = std::ranges::find(counts, entry.group, &Count::group);
    if (it == counts.end()) it = counts.insert(counts.end(), {entry.group, 0});
    if (++it->count > rule.max) return true;
  }
  return false;
}

int Linker::note(uint32_t a, uint32_t b, Refusal outcome, TimeMs time) {
  return (note_on(a, b, outcome, time) ? 1 : 0) + (note_on(b, a, outcome, time) ? 1 : 0);
}

// Phones and addresses are counted when they meet someone who must be another person: a person who
// is known by a phone in many places is still one. A device is counted for everyone it would join,
// because each new browser on a shop's tablet looks like a person of its own.
bool Linker::note_on(uint32_t value, uint32_t other, Refusal outcome, TimeMs time) {
  const IdentityEntry& entry = table_.identity(value);
  bool merged = outcome == Refusal::None;
  if (!rule_of(value).shareable || people_.demoted(value)) return false;
  if (merged && entry.id.kind != IdentityKind::Device) return false;
  std::vector<Sighting>& seen = people_.sightings(value);
  TimeMs newest = people_.last_seen(value, time);
  std::erase_if(seen, [&](const Sighting& s) { return s.time <= newest - rules_->shared_window; });
  uint32_t person = people_.owner(other);
  auto same = std::ranges::find_if(seen, [&](const Sighting& s) {
    bool same_person =
        !merged && !s.merged && person != kNone && people_.owner(s.identity) == person;
    return s.identity == other || same_person;
  });
  if (same != seen.end()) {
    if (time <= same->time) return false;
    same->time = time;
  } else {
    seen.push_back({other, time, merged});
  }
  people_.changed(value);
  if (seen.size() <= rules_->shared_persons_max) return false;
  people_.demote(value);
  seen.clear();
  return true;
}

}  // namespace weir::identity
