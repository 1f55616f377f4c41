#include "identity/table.h"

#include "base/hash.h"
#include "identity/state.pb.h"
#include "model/key_space.h"
#include "ports/resident_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace weir::identity {
namespace {

std::string prefix(char table) {
  return {key_space::kIdentity, table};
}

}  // namespace

IdentityTable::IdentityTable() : index_(0, Hash{this}, Equal{this}) {}

size_t IdentityTable::Hash::operator()(const Identity& id) const {
  uint64_t seed = static_cast<uint64_t>(id.kind);
  if (!id.scope.empty()) seed = hash64(id.scope, seed);
  return hash64(id.value, seed);
}

uint32_t IdentityTable::find(const Identity& id) const {
  auto it = index_.find(id);
  return it == index_.end() ? kNone : *it;
}

uint32_t IdentityTable::group_code(const Identity& id) {
  std::string group(1, static_cast<char>(id.kind));
  group += id.scope;
  return groups_.try_emplace(std::move(group), static_cast<uint32_t>(groups_.size())).first->second;
}

uint32_t IdentityTable::source_code(std::string_view name) {
  auto it = source_codes_.find(name);
  if (it != source_codes_.end()) return it->second;
  auto code = static_cast<uint32_t>(sources_.size());
  sources_.emplace_back(name);
  source_codes_.emplace(std::string(name), code);
  return code;
}

uint32_t IdentityTable::add(const Identity& id, TimeMs time, std::string_view source) {
  uint32_t ordinal = identity_count();
  WEIR_ASSERT(ordinal != kNone);
  IdentityEntry& entry = identities_.emplace_back();
  entry.id = id;
  entry.first_seen = entry.last_seen = time;
  entry.group = group_code(id);
  entry.source = source_code(source);
  mapping_.push_back(kNone);
  snapshot_.reset();
  index_.insert(ordinal);
  mark(ordinal);
  return ordinal;
}

void IdentityTable::touch(uint32_t identity, TimeMs time) {
  IdentityEntry& entry = identities_[identity];
  if (time >= entry.first_seen && time <= entry.last_seen) return;
  entry.first_seen = std::min(entry.first_seen, time);
  entry.last_seen = std::max(entry.last_seen, time);
  mark(identity);
}

void IdentityTable::mark(uint32_t identity) {
  if (std::exchange(identities_[identity].dirty, true)) return;
  dirty_identities_.push_back(identity);
}

void IdentityTable::mark_profile(uint32_t profile) {
  if (std::exchange(profiles_[profile].dirty, true)) return;
  dirty_profiles_.push_back(profile);
}

uint32_t IdentityTable::add_profile(TimeMs created, Position position) {
  auto ordinal = profile_slots();
  WEIR_ASSERT(ordinal != kNone);
  ProfileEntry& entry = profiles_.emplace_back();
  entry.created = created;
  entry.position = position;
  ++live_profiles_;
  mark_profile(ordinal);
  return ordinal;
}

void IdentityTable::insert_into_profile(uint32_t identity, uint32_t profile) {
  ProfileEntry& entry = profiles_[profile];
  uint32_t* at = &entry.first;  // ascending, so that the order is the same after a restart
  while (*at != kNone && *at < identity) at = &identities_[*at].next;
  identities_[identity].next = *at;
  *at = identity;
  resized(entry.count, entry.count + 1);
  ++entry.count;
  mapping_[identity] = profile;
}

void IdentityTable::empty_profile(uint32_t profile) {
  resized(profiles_[profile].count, 0);
  profiles_[profile].first = kNone;
  profiles_[profile].count = 0;
}

void IdentityTable::resized(uint32_t before, uint32_t after) {
  if (sizes_.size() <= after) sizes_.resize(after + 1);
  if (before > 0) --sizes_[before];
  if (after > 0) ++sizes_[after];
}

uint64_t IdentityTable::profiles_larger_than(uint32_t size) const {
  uint64_t larger = 0;
  for (size_t i = size_t{size} + 1; i < sizes_.size(); ++i) larger += sizes_[i];
  return larger;
}

void IdentityTable::attach(uint32_t identity, uint32_t profile) {
  WEIR_ASSERT(mapping_[identity] == kNone && profiles_[profile].live());
  insert_into_profile(identity, profile);
  identities_[identity].home = profile;
  snapshot_.reset();
  mark(identity);
}

void IdentityTable::merge(uint32_t from, uint32_t into) {
  WEIR_ASSERT(from != into && profiles_[from].live() && profiles_[into].live());
  for (uint32_t i = profiles_[from].first; i != kNone;) {
    uint32_t next = identities_[i].next;
    insert_into_profile(i, into);
    mark(i);
    i = next;
  }
  empty_profile(from);
  profiles_[from].merged_into = into;
  --live_profiles_;
  ++merged_profiles_;
  snapshot_.reset();
  mark_profile(from);
}

/// The oldest of `homes` lives again; the others lead to it. They led to `profile`.
uint32_t IdentityTable::revive(const std::vector<uint32_t>& homes, uint32_t profile) {
  uint32_t apart = homes.front();
  for (uint32_t home : homes) {
    WEIR_ASSERT(home != profile && profiles_[home].merged_into != kNone);
    profiles_[home].merged_into = home == apart ? kNone : apart;
    mark_profile(home);
  }
  ++live_profiles_;
  --merged_profiles_;
  return apart;
}

IdentityTable::Sides IdentityTable::sides_of(uint32_t profile,
                                             const std::vector<uint32_t>& side) const {
  auto is_side = [&](uint32_t i) { return std::ranges::binary_search(side, i); };
  bool began_with_side = true;
  for_each(profile, [&](uint32_t i) {
    if (!is_side(i) && identities_[i].home == profile) began_with_side = false;
  });
  Sides out;
  std::set<uint32_t> stay_homes, homes;
  for_each(profile, [&](uint32_t i) {
    bool stays = is_side(i) == began_with_side;
    (stays ? out.stay : out.leave).push_back(i);
    (stays ? stay_homes : homes).insert(identities_[i].home);
  });
  std::ranges::set_difference(homes, stay_homes, std::back_inserter(out.homes));
  return out;
}

IdentityTable::Parting IdentityTable::split(uint32_t profile, const std::vector<uint32_t>& side,
                                            Position position) {
  Sides sides = sides_of(profile, side);
  WEIR_ASSERT(!sides.stay.empty() && !sides.leave.empty());
  // What stays may have come through a profile that lives again now: it leads here directly.
  for (uint32_t i : sides.stay) {
    uint32_t home = identities_[i].home;
    if (home == profile || profiles_[home].merged_into == profile) continue;
    profiles_[home].merged_into = profile;
    mark_profile(home);
  }
  Parting out{kNone, sides.leave, sides.homes};
  if (sides.homes.empty()) {
    TimeMs created = identities_[sides.leave.front()].first_seen;
    for (uint32_t i : sides.leave) created = std::min(created, identities_[i].first_seen);
    out.apart = add_profile(created, position);
    out.profiles = {out.apart};
  } else {
    out.apart = revive(sides.homes, profile);
  }
  empty_profile(profile);
  for (uint32_t i : sides.stay) insert_into_profile(i, profile);
  for (uint32_t i : sides.leave) {
    insert_into_profile(i, out.apart);
    bool own = std::ranges::binary_search(sides.homes, identities_[i].home);
    if (!own) identities_[i].home = out.apart;
    mark(i);
  }
  snapshot_.reset();
  return out;
}

void IdentityTable::erase(uint32_t profile) {
  WEIR_ASSERT(profiles_[profile].live());
  for (uint32_t i = profiles_[profile].first; i != kNone;) {
    IdentityEntry& entry = identities_[i];
    uint32_t next = std::exchange(entry.next, kNone);
    index_.erase(index_.find(entry.id));
    sightings_.erase(i);
    uint32_t links = entry.newest_link;
    bool dirty = entry.dirty;
    entry = {};
    entry.newest_link = links;  // the ledger keeps that there were links, not whose
    entry.dirty = dirty;
    entry.erased = true;
    mapping_[i] = kNone;
    mark(i);
    i = next;
  }
  empty_profile(profile);
  profiles_[profile].erased = true;
  --live_profiles_;
  snapshot_.reset();
  mark_profile(profile);
}

uint32_t IdentityTable::canonical(uint32_t profile) const {
  while (profiles_[profile].merged_into != kNone) profile = profiles_[profile].merged_into;
  return profile;
}

std::shared_ptr<const std::vector<uint32_t>> IdentityTable::snapshot() const {
  if (!snapshot_) snapshot_ = std::make_shared<const std::vector<uint32_t>>(mapping_);
  return snapshot_;
}

std::string IdentityTable::identity_row(uint32_t ordinal) const {
  const IdentityEntry& entry = identities_[ordinal];
  state::IdentityRow row;
  row.set_erased(entry.erased);
  if (!entry.erased) {
    row.set_kind(static_cast<uint32_t>(entry.id.kind));
    row.set_scope(entry.id.scope);
    row.set_value(entry.id.value);
    row.set_first_seen(entry.first_seen);
    row.set_last_seen(entry.last_seen);
    row.set_source(sources_[entry.source]);
    row.set_profile(mapping_[ordinal]);
    if (entry.home != mapping_[ordinal]) row.set_home(entry.home);
    row.set_demoted(entry.demoted);
    row.set_has_key(entry.has_key);
    row.set_key_generation(entry.key_generation);
    if (auto it = sightings_.find(ordinal); it != sightings_.end()) {
      for (const Sighting& s : it->second) {
        auto* out = row.add_sightings();
        out->set_identity(s.identity);
        out->set_time(s.time);
        out->set_merged(s.merged);
      }
    }
  }
  return row.SerializeAsString();
}

std::string IdentityTable::profile_row(uint32_t ordinal) const {
  const ProfileEntry& entry = profiles_[ordinal];
  state::ProfileRow row;
  row.set_created(entry.created);
  row.set_position(entry.position);
  row.set_merged(entry.merged_into != kNone);
  if (entry.merged_into != kNone) row.set_merged_into(entry.merged_into);
  row.set_erased(entry.erased);
  return row.SerializeAsString();
}

void IdentityTable::save(WriteBatch& batch) {
  for (uint32_t ordinal : dirty_identities_) {
    identities_[ordinal].dirty = false;
    batch.put(prefix('i') + ordinal_key(ordinal), identity_row(ordinal));
  }
  for (uint32_t ordinal : dirty_profiles_) {
    profiles_[ordinal].dirty = false;
    batch.put(prefix('p') + ordinal_key(ordinal), profile_row(ordinal));
  }
  dirty_identities_.clear();
  dirty_profiles_.clear();
}

Status IdentityTable::load_profile(std::string_view key, std::string_view bytes) {
  state::ProfileRow row;
  bool ok = row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && key.size() == 4 &&
            parse_ordinal_key(key) == profile_slots();
  if (!ok)
    return fail(ErrorCode::DataLoss, fmt::format("profile row {} is damaged", profile_slots()));
  ProfileEntry& entry = profiles_.emplace_back();
  entry.created = row.created();
  entry.position = row.position();
  if (row.merged()) entry.merged_into = row.merged_into();
  entry.erased = row.erased();
  live_profiles_ += entry.live() ? 1 : 0;
  merged_profiles_ += row.merged() ? 1 : 0;
  return {};
}

Status IdentityTable::load_identity(std::string_view key, std::string_view bytes) {
  state::IdentityRow row;
  uint32_t ordinal = identity_count();
  bool ok = row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && key.size() == 4 &&
            parse_ordinal_key(key) == ordinal &&
            (row.erased() || (row.profile() < profile_slots() && profiles_[row.profile()].live()));
  if (!ok) return fail(ErrorCode::DataLoss, fmt::format("identity row {} is damaged", ordinal));
  IdentityEntry& entry = identities_.emplace_back();
  mapping_.push_back(kNone);
  entry.erased = row.erased();
  if (entry.erased) return {};
  entry.id = {static_cast<IdentityKind>(row.kind()), row.scope(), row.value()};
  entry.first_seen = row.first_seen();
  entry.last_seen = row.last_seen();
  entry.group = group_code(entry.id);
  entry.source = source_code(row.source());
  entry.demoted = row.demoted();
  entry.has_key = row.has_key();
  entry.key_generation = row.key_generation();
  for (const auto& s : row.sightings()) {
    sightings_[ordinal].push_back({s.identity(), s.time(), s.merged()});
  }
  index_.insert(ordinal);
  entry.home = row.has_home() ? row.home() : row.profile();
  insert_into_profile(ordinal, row.profile());
  return {};
}

Status IdentityTable::load(const StateStore& store) {
  Status status;
  WEIR_CHECK_OK(store.scan(prefix('p'), [&](std::string_view key, std::string_view bytes) {
    status = load_profile(key.substr(2), bytes);
    return status.has_value();
  }));
  WEIR_CHECK_OK(status);
  WEIR_CHECK_OK(store.scan(prefix('i'), [&](std::string_view key, std::string_view bytes) {
    status = load_identity(key.substr(2), bytes);
    return status.has_value();
  }));
  return status;
}

}  // namespace weir::identity
