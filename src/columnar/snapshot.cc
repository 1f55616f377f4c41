#include "columnar/snapshot.h"

#include <algorithm>
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
  for (const auto& part : parts) {
    OfPart& of = index->parts_.emplace_back();
    WEIR_TRY(of.table, part->run_table());
    of.groups.resize(of.table.count());
    for (uint32_t r = 0; r < of.table.count(); ++r) {
      uint32_t group = mapping.group(of.table.subject(r));
      if (is_group(group)) {
        index->limit_ = std::max(index->limit_, group + 1);
        if (group != of.table.group(r)) {
          of.moved.push_back({group, r});
          group = kNone;
        }
      }
      of.groups[r] = is_group(group) ? group : kNone;
    }
    index->moved_ += of.moved.size();
  }
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
    return head.tie(a.row) < head.tie(b.row);
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

}  // namespace weir::columnar
