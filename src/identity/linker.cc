#include "identity/linker.h"

#include "base/log.h"

#include <algorithm>

namespace weir::identity {
namespace {

/// Values that several people may use: a family's phone, a shop's tablet.
bool is_shareable(IdentityKind kind) {
  return kind == IdentityKind::Phone || kind == IdentityKind::Email || kind == IdentityKind::Device;
}

const KindLimit* limit_of(const IdentityRules& rules, IdentityKind kind) {
  auto it = std::ranges::find(rules.limits, kind, &KindLimit::kind);
  return it == rules.limits.end() ? nullptr : &*it;
}

}  // namespace

int link_priority(IdentityKind kind) {
  switch (kind) {
    case IdentityKind::UserId: return 0;
    case IdentityKind::UnionId: return 1;
    case IdentityKind::ExternalUserId: return 2;
    case IdentityKind::OpenId: return 3;
    case IdentityKind::Phone: return 4;
    case IdentityKind::Email: return 5;
    case IdentityKind::Other: return 6;
    case IdentityKind::AnonymousId: return 7;
    case IdentityKind::Device: return 8;
  }
  return 9;
}

// An identity of nobody yet counts as a person of one.
template <class F>
void Linker::for_each_of(uint32_t identity, F&& visit) const {
  uint32_t profile = table_.owner(identity);
  if (profile == kNone) {
    visit(identity);
  } else {
    table_.for_each(profile, visit);
  }
}

uint32_t Linker::size_of(uint32_t identity) const {
  uint32_t profile = table_.owner(identity);
  return profile == kNone ? 1 : table_.profile(profile).count;
}

Refusal Linker::check(uint32_t a, uint32_t b) const {
  if (cuts_.bars(a, b)) return Refusal::Cut;
  if (table_.identity(a).demoted || table_.identity(b).demoted) return Refusal::SharedValue;
  if (size_of(a) + size_of(b) > rules_.cluster_hard) return Refusal::ClusterFull;
  return breaks_kind_limit(a, b) ? Refusal::KindLimit : Refusal::None;
}

bool Linker::breaks_kind_limit(uint32_t a, uint32_t b) const {
  struct Count {
    uint32_t group;
    const KindLimit* limit;
    uint32_t count;
  };
  std::vector<Count> counts;
  TimeMs newest = std::max(table_.identity(a).last_seen, table_.identity(b).last_seen);
  bool broken = false;
  auto visit = [&](uint32_t identity) {
    const IdentityEntry& entry = table_.identity(identity);
    const KindLimit* limit = limit_of(rules_, entry.id.kind);
    if (broken || limit == nullptr) return;
    if (limit->window != 0 && entry.first_seen <= newest - limit->window) return;
    auto it = std::ranges::find(counts, entry.group, &Count::group);
    if (it == counts.end()) it = counts.insert(counts.end(), {entry.group, limit, 0});
    broken = ++it->count > limit->max;
  };
  for_each_of(a, visit);
  for_each_of(b, visit);
  return broken;
}

int Linker::note(uint32_t a, uint32_t b, Refusal outcome, TimeMs time) {
  return (note_on(a, b, outcome, time) ? 1 : 0) + (note_on(b, a, outcome, time) ? 1 : 0);
}

// Phones and addresses are counted when they meet someone who must be another person: a person who
// is known by a phone in many places is still one. A device is counted for everyone it would join,
// because each new browser on a shop's tablet looks like a person of its own.
bool Linker::note_on(uint32_t value, uint32_t other, Refusal outcome, TimeMs time) {
  IdentityEntry& entry = table_.identity(value);
  bool merged = outcome == Refusal::None;
  if (!is_shareable(entry.id.kind) || entry.demoted) return false;
  if (merged && entry.id.kind != IdentityKind::Device) return false;
  std::vector<Sighting>& seen = table_.sightings(value);
  TimeMs newest = std::max(time, entry.last_seen);
  std::erase_if(seen, [&](const Sighting& s) { return s.time <= newest - rules_.shared_window; });
  uint32_t person = table_.owner(other);
  auto same = std::ranges::find_if(seen, [&](const Sighting& s) {
    bool same_person =
        !merged && !s.merged && person != kNone && table_.owner(s.identity) == person;
    return s.identity == other || same_person;
  });
  if (same != seen.end()) {
    if (time <= same->time) return false;
    same->time = time;
  } else {
    seen.push_back({other, time, merged});
  }
  table_.mark(value);
  if (seen.size() <= rules_.shared_persons_max) return false;
  entry.demoted = true;
  seen.clear();
  log::warn("identity_value_demoted", {{"kind", to_string(entry.id.kind)},
                                       {"identity", value},
                                       {"persons", rules_.shared_persons_max + 1}});
  return true;
}

}  // namespace weir::identity
