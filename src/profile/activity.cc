#include "profile/activity.h"

#include "model/key_space.h"

#include <algorithm>

namespace weir::profile {

Activity::Activity() : rows_(std::string{key_space::kProfile, 'a'}) {}

void Activity::create(ProfileOrdinal profile, TimeMs now) {
  if (find(profile) != nullptr) return;
  rows_.mutate(ordinal_key(profile.value)).set_created_at(now);
  recency_.insert({0, profile.value});
}

void Activity::see(ProfileOrdinal profile, TimeMs time, bool counts) {
  see(profile, time, time, counts ? 1 : 0);
}

void Activity::see(ProfileOrdinal profile, TimeMs first, TimeMs last, uint64_t events) {
  pb::Activity& row = rows_.mutate(ordinal_key(profile.value));
  row.set_event_count(row.event_count() + events);
  row.set_first_seen(row.first_seen() == 0 ? first : std::min(row.first_seen(), first));
  if (last <= row.last_seen()) return;
  recency_.erase({row.last_seen(), profile.value});
  row.set_last_seen(last);
  recency_.insert({last, profile.value});
}

void Activity::merge(ProfileOrdinal from, ProfileOrdinal into) {
  const pb::Activity* found = find(from);
  if (found == nullptr) return;
  pb::Activity lost = *found;
  erase(from);
  create(into, lost.created_at());
  pb::Activity& row = rows_.mutate(ordinal_key(into.value));
  row.set_created_at(std::min(row.created_at(), lost.created_at()));
  uint64_t count = row.event_count() + lost.event_count();
  if (lost.first_seen() != 0) see(into, lost.first_seen(), false);
  if (lost.last_seen() != 0) see(into, lost.last_seen(), false);
  row.set_event_count(count);
}

void Activity::erase(ProfileOrdinal profile) {
  const pb::Activity* row = find(profile);
  if (row == nullptr) return;
  recency_.erase({row->last_seen(), profile.value});
  rows_.erase(ordinal_key(profile.value));
}

const pb::Activity* Activity::find(ProfileOrdinal profile) const {
  return rows_.find(ordinal_key(profile.value));
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
    recency_.insert({row.last_seen(), parse_ordinal_key(key)});
  });
  return {};
}

}  // namespace weir::profile
