#include "profile/activity.h"

#include "model/key_space.h"
#include "ports/resident_table.h"
#include "profile/state.pb.h"

#include <algorithm>
#include <utility>

namespace weir::profile {
namespace {

std::string prefix() {
  return {key_space::kProfile, 'w'};
}

}  // namespace

Activity::Activity(const IdentityReader& identities) : identities_(identities) {}

const Activity::Seen* Activity::row(IdentityOrdinal identity) const {
  if (identity.value >= places_.size() || places_[identity.value] == kNone) return nullptr;
  return &rows_[places_[identity.value]];
}

Activity::Seen& Activity::row_for_change(IdentityOrdinal identity) {
  if (identity.value >= places_.size()) places_.resize(identity.value + 1, kNone);
  dirty_.insert(identity.value);
  uint32_t& place = places_[identity.value];
  if (place == kNone && free_.empty()) {
    place = static_cast<uint32_t>(rows_.size());
    rows_.emplace_back();
  } else if (place == kNone) {
    place = free_.back();
    free_.pop_back();
  }
  return rows_[place];
}

void Activity::place(ProfileOrdinal profile, TimeMs last_seen) {
  if (profile.value >= last_seen_.size()) last_seen_.resize(profile.value + 1, kUnknown);
  TimeMs& held = last_seen_[profile.value];
  if (held == last_seen) return;
  if (held != kUnknown) recency_.erase({held, profile.value});
  held = last_seen;
  recency_.insert({last_seen, profile.value});
}

void Activity::create(ProfileOrdinal profile, IdentityOrdinal identity, TimeMs now) {
  if (placed(profile)) return;
  Seen& row = row_for_change(identity);
  if (row.created_at == 0) row.created_at = now;
  place(profile, row.last_seen);
}

void Activity::see(ProfileOrdinal profile, IdentityOrdinal identity, TimeMs first, TimeMs last,
                   TimeMs now, uint64_t events) {
  Seen& row = row_for_change(identity);
  if (row.created_at == 0) row.created_at = now;
  row.event_count += events;
  row.first_seen = row.first_seen == 0 ? first : std::min(row.first_seen, first);
  row.last_seen = std::max(row.last_seen, last);
  place(profile, std::max(last_seen(profile), last));
}

void Activity::rejoin(ProfileOrdinal profile) {
  if (auto joined = find(profile)) {
    place(profile, joined->last_seen);
  } else {
    forget(profile);
  }
}

void Activity::forget(ProfileOrdinal profile) {
  if (!placed(profile)) return;
  recency_.erase({last_seen_[profile.value], profile.value});
  last_seen_[profile.value] = kUnknown;
}

void Activity::erase(ProfileOrdinal profile) {
  for (IdentityOrdinal identity : identities_.identities_of(profile)) {
    if (row(identity) == nullptr) continue;
    uint32_t place = std::exchange(places_[identity.value], kNone);
    rows_[place] = {};
    free_.push_back(place);
    dirty_.insert(identity.value);
  }
  forget(profile);
}

std::optional<Activity::Seen> Activity::join(const std::vector<IdentityOrdinal>& identities) const {
  std::optional<Seen> all;
  for (IdentityOrdinal identity : identities) {
    const Seen* one = row(identity);
    if (one == nullptr) continue;
    if (!all) {
      all = *one;
      continue;
    }
    all->created_at = std::min(all->created_at, one->created_at);
    all->event_count += one->event_count;
    all->last_seen = std::max(all->last_seen, one->last_seen);
    if (one->first_seen == 0) continue;
    bool earlier = all->first_seen == 0 || one->first_seen < all->first_seen;
    if (earlier) all->first_seen = one->first_seen;
  }
  return all;
}

TimeMs Activity::last_seen(ProfileOrdinal profile) const {
  return placed(profile) ? last_seen_[profile.value] : 0;
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
  bool damaged = false;
  WEIR_CHECK_OK(store.scan(prefix(), [&](std::string_view key, std::string_view bytes) {
    pb::Activity stored;
    key.remove_prefix(prefix().size());
    damaged =
        key.size() != 4 || !stored.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    if (damaged) return false;
    IdentityOrdinal identity(parse_ordinal_key(key));
    row_for_change(identity) = {stored.created_at(), stored.first_seen(), stored.last_seen(),
                                stored.event_count()};
    ProfileOrdinal owner = identities_.owner(identity);
    place(owner, std::max(last_seen(owner), stored.last_seen()));
    return true;
  }));
  dirty_.clear();
  if (!damaged) return {};
  return fail(ErrorCode::DataLoss, "state row under \"" + prefix() + "\" is damaged");
}

void Activity::save(WriteBatch& batch) {
  for (uint32_t identity : dirty_) {
    std::string key = prefix() + ordinal_key(identity);
    const Seen* one = row(IdentityOrdinal(identity));
    if (one == nullptr) {
      batch.erase(std::move(key));
      continue;
    }
    pb::Activity stored;
    stored.set_created_at(one->created_at);
    stored.set_first_seen(one->first_seen);
    stored.set_last_seen(one->last_seen);
    stored.set_event_count(one->event_count);
    batch.put(std::move(key), stored.SerializeAsString());
  }
  dirty_.clear();
}

}  // namespace weir::profile
