#include "segments/membership.h"

#include "model/key_space.h"

#include <algorithm>

namespace weir::segments {
namespace {

int index_of(const pb::Member& row, uint32_t segment) {
  auto it = std::lower_bound(row.segment().begin(), row.segment().end(), segment);
  return it == row.segment().end() || *it != segment ? -1
                                                     : static_cast<int>(it - row.segment().begin());
}

}  // namespace

MembershipTable::MembershipTable() : rows_(std::string{key_space::kSegments, 'm'}) {}

Status MembershipTable::load(const StateStore& store) {
  WEIR_CHECK_OK(rows_.load(store));
  rows_.for_each([&](const std::string&, const pb::Member& row) {
    for (uint32_t segment : row.segment()) ++counts_[segment];
  });
  return {};
}

bool MembershipTable::has(ProfileOrdinal profile, uint32_t segment) const {
  const pb::Member* row = of(profile);
  return row != nullptr && index_of(*row, segment) >= 0;
}

void MembershipTable::add(ProfileOrdinal profile, uint32_t segment, TimeMs since) {
  pb::Member& row = rows_.mutate(ordinal_key(profile.value));
  WEIR_ASSERT(index_of(row, segment) < 0);
  row.add_segment(segment);
  row.add_since(since);
  for (int i = row.segment_size() - 1; i > 0 && row.segment(i - 1) > row.segment(i); --i) {
    row.mutable_segment()->SwapElements(i - 1, i);
    row.mutable_since()->SwapElements(i - 1, i);
  }
  ++counts_[segment];
}

void MembershipTable::remove(ProfileOrdinal profile, uint32_t segment) {
  pb::Member& row = rows_.mutate(ordinal_key(profile.value));
  int i = index_of(row, segment);
  WEIR_ASSERT(i >= 0);
  row.mutable_segment()->erase(row.segment().begin() + i);
  row.mutable_since()->erase(row.since().begin() + i);
  --counts_[segment];
}

std::vector<pb::Member::Listed> MembershipTable::listed(ProfileOrdinal profile) const {
  const pb::Member* row = of(profile);
  if (row == nullptr) return {};
  return {row->listed().begin(), row->listed().end()};
}

std::vector<pb::Member::Listed> MembershipTable::unlist(
    ProfileOrdinal profile, const std::function<bool(const pb::Member::Listed&)>& gone) {
  std::vector<pb::Member::Listed> kept, taken;
  for (const pb::Member::Listed& entry : listed(profile)) {
    (gone(entry) ? taken : kept).push_back(entry);
  }
  if (!taken.empty()) {
    auto* list = rows_.mutate(ordinal_key(profile.value)).mutable_listed();
    list->Assign(kept.begin(), kept.end());
  }
  return taken;
}

void MembershipTable::forget(ProfileOrdinal profile) {
  if (const pb::Member* row = of(profile)) {
    for (uint32_t segment : row->segment()) --counts_[segment];
    rows_.erase(ordinal_key(profile.value));
  }
}

void MembershipTable::drop_segment(uint32_t segment) {
  for (ProfileOrdinal profile : members(segment, ProfileOrdinal(0), SIZE_MAX)) {
    remove(profile, segment);
    unlist(profile, [&](const pb::Member::Listed& entry) { return entry.segment() == segment; });
  }
}

std::vector<std::pair<uint32_t, TimeMs>> MembershipTable::all_of(ProfileOrdinal profile) const {
  std::vector<std::pair<uint32_t, TimeMs>> out;
  const pb::Member* row = of(profile);
  for (int i = 0; row != nullptr && i < row->segment_size(); ++i)
    out.emplace_back(row->segment(i), row->since(i));
  return out;
}

uint64_t MembershipTable::count(uint32_t segment) const {
  auto it = counts_.find(segment);
  return it == counts_.end() ? 0 : it->second;
}

std::vector<ProfileOrdinal> MembershipTable::members(uint32_t segment, ProfileOrdinal after,
                                                     size_t limit) const {
  std::vector<ProfileOrdinal> found;
  rows_.for_each([&](const std::string& key, const pb::Member& row) {
    ProfileOrdinal profile(parse_ordinal_key(key));
    if (profile >= after && index_of(row, segment) >= 0) found.push_back(profile);
  });
  std::sort(found.begin(), found.end());
  if (found.size() > limit) found.resize(limit);
  return found;
}

}  // namespace weir::segments
