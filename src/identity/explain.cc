// What the identity fold answers: who somebody is, and why.

#include "identity/resident_fold.h"

#include <algorithm>

namespace weir::identity {

std::vector<IdentityOrdinal> ResidentIdentityFold::identities_of(ProfileOrdinal profile) const {
  std::vector<IdentityOrdinal> all;
  if (!exists(profile)) return all;
  table_.for_each(profile.value, [&](uint32_t i) { all.emplace_back(i); });
  return all;
}

// Every profile was made for an identity, which remembers it as its home.
std::vector<ProfileOrdinal> ResidentIdentityFold::parts_of(ProfileOrdinal profile) const {
  std::vector<ProfileOrdinal> parts{profile};
  if (!exists(profile)) return parts;
  table_.for_each(profile.value, [&](uint32_t i) { parts.emplace_back(table_.identity(i).home); });
  std::ranges::sort(parts);
  parts.erase(std::ranges::unique(parts).begin(), parts.end());
  return parts;
}

const Identity* ResidentIdentityFold::latest(ProfileOrdinal profile, IdentityKind kind,
                                             std::string_view scope) const {
  const IdentityEntry* best = nullptr;
  if (!exists(profile)) return nullptr;
  table_.for_each(profile.value, [&](uint32_t i) {
    const IdentityEntry& entry = table_.identity(i);
    if (entry.id.kind != kind || (!scope.empty() && entry.id.scope != scope)) return;
    if (best == nullptr || entry.last_seen >= best->last_seen) best = &entry;
  });
  return best == nullptr ? nullptr : &best->id;
}

std::vector<ProfileOrdinal> ResidentIdentityFold::live_profiles(ProfileOrdinal from,
                                                                size_t limit) const {
  std::vector<ProfileOrdinal> live;
  for (uint32_t i = from.value; i < table_.profile_slots() && live.size() < limit; ++i) {
    if (table_.profile(i).live()) live.emplace_back(i);
  }
  return live;
}

std::vector<ProfileOrdinal> ResidentIdentityFold::oversized_profiles(ProfileOrdinal from,
                                                                     size_t limit) const {
  std::vector<ProfileOrdinal> found;
  uint64_t left = std::min<uint64_t>(oversized_count(), limit);
  for (uint32_t i = from.value; i < table_.profile_slots() && found.size() < left; ++i) {
    if (table_.profile(i).count > rules_now().cluster_soft) found.emplace_back(i);
  }
  return found;
}

LinkView ResidentIdentityFold::view_of(const Link& link) const {
  return {table_.identity(link.a).id,
          table_.identity(link.b).id,
          to_string(link.rule),
          to_string(link.refusal),
          link.time,
          link.position,
          link.message_id,
          table_.source_name(link.source),
          link.version};
}

Explanation ResidentIdentityFold::explain(ProfileOrdinal profile) const {
  Explanation why;
  if (!exists(profile)) return why;
  std::vector<uint32_t> rows;
  table_.for_each(profile.value, [&](uint32_t i) {
    const IdentityEntry& entry = table_.identity(i);
    why.identities.push_back({IdentityOrdinal(i), entry.id, entry.first_seen, entry.last_seen,
                              table_.source_name(entry.source), entry.demoted});
    std::vector<ProfileOrdinal>& others = why.identities.back().others;
    size_t taken = 0;
    ledger_.for_each(i, entry.newest_link, [&](uint32_t number, const Link& link) {
      rows.push_back(number);
      ProfileOrdinal other(table_.owner(link.a == i ? link.b : link.a));
      bool new_one = other.value != kNone && other != profile &&
                     std::ranges::find(others, other) == others.end();
      if (new_one && others.size() < kOthersShownMax) others.push_back(other);
      return ++taken < kLinksShownMax;
    });
  });
  std::ranges::sort(rows, std::greater{});
  rows.erase(std::ranges::unique(rows).begin(), rows.end());
  if (rows.size() > kLinksShownMax) rows.resize(kLinksShownMax);
  for (uint32_t number : rows) why.links.push_back(view_of(ledger_.row(number)));
  return why;
}

std::optional<IdentityFold::ProfileInfo> ResidentIdentityFold::info(ProfileOrdinal profile) const {
  if (!exists(profile)) return std::nullopt;
  const ProfileEntry& entry = table_.profile(profile.value);
  return ProfileInfo{entry.created, entry.position, entry.live(), entry.erased, canonical(profile)};
}

}  // namespace weir::identity
