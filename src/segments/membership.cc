#include "segments/membership.h"

#include "model/key_space.h"

#include <algorithm>
#include <bit>

namespace weir::segments {
namespace {

int index_of(const pb::Member& row, uint32_t segment) {
  auto it = std::lower_bound(row.segment().begin(), row.segment().end(), segment);
  return it == row.segment().end() || *it != segment ? -1
                                                     : static_cast<int>(it - row.segment().begin());
}

}  // namespace

void PeopleBits::set(uint32_t profile, bool in) {
  if (contains(profile) == in) return;
  size_t word = profile / 64;
  if (word >= words_.size()) words_.resize(word + 1);
  words_[word] ^= uint64_t{1} << (profile % 64);
  count_ += in ? 1 : uint64_t(-1);
}

std::vector<ProfileOrdinal> PeopleBits::list(uint32_t from, size_t limit) const {
  std::vector<ProfileOrdinal> found;
  uint64_t mask = ~uint64_t{0} << (from % 64);
  for (size_t word = from / 64; word < words_.size(); ++word, mask = ~uint64_t{0}) {
    for (uint64_t rest = words_[word] & mask; rest != 0; rest &= rest - 1) {
      if (found.size() == limit) return found;
      found.emplace_back(
          static_cast<uint32_t>(word * 64 + static_cast<size_t>(std::countr_zero(rest))));
    }
  }
  return found;
}

MembershipTable::MembershipTable() : rows_(std::string{key_space::kSegments, 'm'}) {}

Status MembershipTable::load(const StateStore& store,
                             const std::function<bool(uint32_t segment)>& live) {
  return rows_.load(store, [&](uint32_t profile, const pb::Member& row) {
    for (uint32_t segment : row.segment()) {
      if (live(segment)) {
        bits_[segment].set(profile, true);
      } else {
        dropped_.insert(segment);
      }
    }
    for (const pb::Member::Listed& entry : row.listed()) {
      if (!live(entry.segment())) dropped_.insert(entry.segment());
    }
  });
}

pb::Member& MembershipTable::row(ProfileOrdinal profile) {
  pb::Member& row = rows_.mutate(profile.value);
  if (dropped_.empty()) return row;
  int kept = 0;
  for (int i = 0; i < row.segment_size(); ++i) {
    if (dropped_.contains(row.segment(i))) continue;
    row.set_segment(kept, row.segment(i));
    row.set_since(kept++, row.since(i));
  }
  row.mutable_segment()->Truncate(kept);
  row.mutable_since()->Truncate(kept);
  int listed = 0;
  for (int i = 0; i < row.listed_size(); ++i) {
    if (!dropped_.contains(row.listed(i).segment()))
      row.mutable_listed()->SwapElements(listed++, i);
  }
  row.mutable_listed()->DeleteSubrange(listed, row.listed_size() - listed);
  return row;
}

void MembershipTable::add(ProfileOrdinal profile, uint32_t segment, TimeMs since) {
  WEIR_ASSERT(!has(profile, segment));
  pb::Member& row = this->row(profile);
  row.add_segment(segment);
  row.add_since(since);
  for (int i = row.segment_size() - 1; i > 0 && row.segment(i - 1) > row.segment(i); --i) {
    row.mutable_segment()->SwapElements(i - 1, i);
    row.mutable_since()->SwapElements(i - 1, i);
  }
  bits_[segment].set(profile.value, true);
}

void MembershipTable::remove(ProfileOrdinal profile, uint32_t segment) {
  pb::Member& row = this->row(profile);
  int i = index_of(row, segment);
  WEIR_ASSERT(i >= 0);
  row.mutable_segment()->erase(row.segment().begin() + i);
  row.mutable_since()->erase(row.since().begin() + i);
  bits_[segment].set(profile.value, false);
}

std::vector<pb::Member::Listed> MembershipTable::listed(ProfileOrdinal profile) const {
  const pb::Member* row = rows_.find(profile.value);
  if (row == nullptr) return {};
  return {row->listed().begin(), row->listed().end()};
}

std::vector<pb::Member::Listed> MembershipTable::unlist(
    ProfileOrdinal profile, const std::function<bool(const pb::Member::Listed&)>& gone) {
  std::vector<pb::Member::Listed> kept, taken;
  for (const pb::Member::Listed& entry : listed(profile)) {
    (gone(entry) ? taken : kept).push_back(entry);
  }
  if (!taken.empty()) row(profile).mutable_listed()->Assign(kept.begin(), kept.end());
  return taken;
}

void MembershipTable::forget(ProfileOrdinal profile) {
  for (auto& [segment, people] : bits_) people.set(profile.value, false);
  rows_.erase(profile.value);
}

std::vector<std::pair<uint32_t, TimeMs>> MembershipTable::all_of(ProfileOrdinal profile) const {
  std::vector<std::pair<uint32_t, TimeMs>> out;
  const pb::Member* row = rows_.find(profile.value);
  for (int i = 0; row != nullptr && i < row->segment_size(); ++i) {
    if (!dropped_.contains(row->segment(i))) out.emplace_back(row->segment(i), row->since(i));
  }
  return out;
}

uint64_t MembershipTable::count(uint32_t segment) const {
  auto it = bits_.find(segment);
  return it == bits_.end() ? 0 : it->second.count();
}

std::vector<ProfileOrdinal> MembershipTable::members(uint32_t segment, ProfileOrdinal after,
                                                     size_t limit) const {
  auto it = bits_.find(segment);
  return it == bits_.end() ? std::vector<ProfileOrdinal>{} : it->second.list(after.value, limit);
}

}  // namespace weir::segments
