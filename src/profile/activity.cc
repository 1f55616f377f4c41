#include "profile/activity.h"

#include "model/key_space.h"

#include <algorithm>

namespace weir::profile {

Activity::Activity(const IdentityReader& identities)
    : identities_(identities), rows_(std::string{key_space::kProfile, 'w'}) {}

void Activity::place(ProfileOrdinal profile, TimeMs last_seen) {
  auto [it, added] = last_seen_.try_emplace(profile.value, last_seen);
  if (!added) {
    if (it->second == last_seen) return;
    recency_.erase({it->second, profile.value});
    it->second = last_seen;
  }
  recency_.insert({last_seen, profile.value});
}

void Activity::create(ProfileOrdinal profile, IdentityOrdinal identity, TimeMs now) {
  if (last_seen_.contains(profile.value)) return;
  pb::Activity& row = rows_.mutate(ordinal_key(identity.value));
  if (row.created_at() == 0) row.set_created_at(now);
  place(profile, row.last_seen());
}

void Activity::see(ProfileOrdinal profile, IdentityOrdinal identity, TimeMs first, TimeMs last,
                   TimeMs now, uint64_t events) {
  pb::Activity& row = rows_.mutate(ordinal_key(identity.value));
  if (row.created_at() == 0) row.set_created_at(now);
  row.set_event_count(row.event_count() + events);
  row.set_first_seen(row.first_seen() == 0 ? first : std::min(row.first_seen(), first));
  row.set_last_seen(std::max(row.last_seen(), last));
  place(profile, std::max(last_seen(profile), last));
}

void Activity::rejoin(ProfileOrdinal profile) {
  if (auto joined = find(profile)) {
    place(profile, joined->last_seen());
  } else {
    forget(profile);
  }
}

void Activity::forget(ProfileOrdinal profile) {
  auto it = last_seen_.find(profile.value);
  if (it == last_seen_.end()) return;
  recency_.erase({it->second, profile.value});
  last_seen_.erase(it);
}

void Activity::erase(ProfileOrdinal profile) {
  for (IdentityOrdinal identity : identities_.identities_of(profile)) {
    rows_.erase(ordinal_key(identity.value));
  }
  forget(profile);
}

std::optional<pb::Activity> Activity::join(const std::vector<IdentityOrdinal>& identities) const {
  std::optional<pb::Activity> all;
  for (IdentityOrdinal identity : identities) {
    const pb::Activity* row = rows_.find(ordinal_key(identity.value));
    if (row == nullptr) continue;
    if (!all) {
      all = *row;
      continue;
    }
    all->set_created_at(std::min(all->created_at(), row->created_at()));
    all->set_event_count(all->event_count() + row->event_count());
    all->set_last_seen(std::max(all->last_seen(), row->last_seen()));
    if (row->first_seen() == 0) continue;
    bool earlier = all->first_seen() == 0 || row->first_seen() < all->first_seen();
    if (earlier) all->set_first_seen(row->first_seen());
  }
  return all;
}

TimeMs Activity::last_seen(ProfileOrdinal profile) const {
  auto it = last_seen_.find(profile.value);
  return it == last_seen_.end() ? 0 : it->second;
}

std::vector<ProfileOrdinal> Activity::recent(RecencyCursor after, size_t limit) const {
  std::vector<ProfileOrdinal> page;
  auto it = recency_.lower_bound({after.last_seen, after.profile.value});
  while (it != recency_.begin() && page.size() < limit) {
    --it;
    page.emplace_back(it->second);
  }
  return page;
}

Status Activity::load(const StateStore& store) {
  WEIR_CHECK_OK(rows_.load(store));
  rows_.for_each([&](const std::string& key, const pb::Activity& row) {
    ProfileOrdinal owner = identities_.owner(IdentityOrdinal(parse_ordinal_key(key)));
    place(owner, std::max(last_seen(owner), row.last_seen()));
  });
  return {};
}

}  // namespace weir::profile
