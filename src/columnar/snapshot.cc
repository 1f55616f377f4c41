#include "columnar/snapshot.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace weir::columnar {

uint64_t View::rows() const {
  uint64_t rows = head.rows();
  for (const auto& part : parts) rows += part->rows();
  return rows;
}

Result<std::shared_ptr<const RunIndex>> RunIndex::build(const PartList& parts,
                                                        const MappingSnapshot& mapping) {
  auto index = std::make_shared<RunIndex>();
  std::vector<Part::Runs> tables;
  uint32_t limit = 0;
  size_t total = 0;
  for (const auto& part : parts) {
    WEIR_TRY(Part::Runs table, part->run_table());
    for (uint32_t r = 0; r < table.count; ++r) {
      uint32_t group = mapping.group(table.subjects[r]);
      if (is_group(group)) limit = std::max(limit, group + 1);
    }
    total += table.count;
    tables.push_back(table);
  }
  // A counting sort by group: runs of a group stay in the order of the parts.
  std::vector<uint32_t> next(limit + 1);
  auto each = [&](auto&& visit) {
    for (uint32_t p = 0; p < tables.size(); ++p) {
      for (uint32_t r = 0; r < tables[p].count; ++r) {
        uint32_t group = mapping.group(tables[p].subjects[r]);
        if (is_group(group)) visit(group, Ref{p, r});
      }
    }
  };
  each([&](uint32_t group, Ref) { ++next[group + 1]; });
  std::partial_sum(next.begin(), next.end(), next.begin());
  index->begins_ = next;
  index->refs_.resize(limit == 0 ? 0 : next[limit]);
  each([&](uint32_t group, Ref ref) { index->refs_[next[group]++] = ref; });
  return std::shared_ptr<const RunIndex>(std::move(index));
}

std::shared_ptr<const HeadIndex> HeadIndex::build(const HeadView& head,
                                                  const MappingSnapshot& mapping) {
  auto index = std::make_shared<HeadIndex>();
  struct Key {
    uint32_t group, row;
    int64_t time;
  };
  std::vector<Key> keys;
  keys.reserve(head.rows());
  for (uint32_t row = 0; row < head.rows(); ++row) {
    uint32_t group = mapping.group(head.subject(row));
    if (is_group(group)) keys.push_back({group, row, head.time(row)});
  }
  std::sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) {
    if (a.group != b.group) return a.group < b.group;
    if (a.time != b.time) return a.time < b.time;
    return std::tuple(head.position(a.row), head.hop(a.row), a.row) <
           std::tuple(head.position(b.row), head.hop(b.row), b.row);
  });
  for (const Key& key : keys) {
    if (index->groups_.empty() || index->groups_.back() != key.group) {
      index->groups_.push_back(key.group);
      index->begins_.push_back(static_cast<uint32_t>(index->rows_.size()));
    }
    index->rows_.push_back(key.row);
  }
  index->begins_.push_back(static_cast<uint32_t>(index->rows_.size()));
  index->limit_ = index->groups_.empty() ? 0 : index->groups_.back() + 1;
  return index;
}

std::span<const uint32_t> HeadIndex::rows(uint32_t group) const {
  auto it = std::lower_bound(groups_.begin(), groups_.end(), group);
  if (it == groups_.end() || *it != group) return {};
  auto at = static_cast<size_t>(it - groups_.begin());
  return {rows_.data() + begins_[at], rows_.data() + begins_[at + 1]};
}

}  // namespace weir::columnar
