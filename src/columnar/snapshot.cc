#include "columnar/snapshot.h"

#include "columnar/row_order.h"

#include <algorithm>

namespace weir::columnar {

uint64_t View::rows() const {
  uint64_t rows = head.rows();
  for (const auto& part : parts) rows += part->rows();
  return rows;
}

namespace {

using OfPart = RunIndex::OfPart;

Result<std::shared_ptr<const OfPart>> index_part(const std::shared_ptr<const Part>& part,
                                                 const MappingSnapshot& mapping) {
  auto of = std::make_shared<OfPart>();
  of->part = part;
  WEIR_TRY(of->table, part->run_table());
  of->groups.resize(of->table.count(), kNone);
  for (uint32_t r = 0; r < of->table.count(); ++r) {
    uint32_t group = mapping.group(of->table.subject(r));
    if (!is_group(group)) continue;
    of->limit = std::max(of->limit, group + 1);
    if (group == of->table.group(r)) {
      of->groups[r] = group;
    } else {
      of->moved.push_back({group, r});
    }
  }
  return std::shared_ptr<const OfPart>(std::move(of));
}

/// `before`, with the runs of the changed subjects looked up again.
std::shared_ptr<const OfPart> patched(const std::shared_ptr<const OfPart>& before,
                                      const MappingSnapshot& mapping,
                                      const std::vector<uint32_t>& changed) {
  std::vector<uint32_t> runs;
  for (uint32_t subject : changed) {
    if (auto run = before->table.find(subject)) runs.push_back(*run);
  }
  if (runs.empty()) return before;
  std::sort(runs.begin(), runs.end());
  runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
  auto of = std::make_shared<OfPart>(*before);
  std::erase_if(of->moved, [&](const RunIndex::Moved& m) {
    return std::binary_search(runs.begin(), runs.end(), m.run);
  });
  for (uint32_t run : runs) {
    uint32_t group = mapping.group(of->table.subject(run));
    bool in_place = is_group(group) && group == of->table.group(run);
    of->groups[run] = in_place ? group : kNone;
    if (!is_group(group)) continue;
    of->limit = std::max(of->limit, group + 1);
    if (!in_place) of->moved.push_back({group, run});
  }
  std::sort(of->moved.begin(), of->moved.end(),
            [](const auto& a, const auto& b) { return a.run < b.run; });
  return of;
}

}  // namespace

Result<std::shared_ptr<const RunIndex>> RunIndex::build(const PartList& parts,
                                                        const MappingSnapshot& mapping,
                                                        const RunIndex* before,
                                                        const std::vector<uint32_t>& changed) {
  auto index = std::make_shared<RunIndex>();
  for (const auto& part : parts) {
    std::shared_ptr<const OfPart> of;
    for (size_t i = 0; before != nullptr && i < before->parts_.size(); ++i) {
      if (before->parts_[i]->part == part) of = patched(before->parts_[i], mapping, changed);
    }
    if (of == nullptr) {
      WEIR_TRY(of, index_part(part, mapping));
    }
    index->limit_ = std::max(index->limit_, of->limit);
    index->moved_ += of->moved.size();
    index->parts_.push_back(std::move(of));
  }
  return std::shared_ptr<const RunIndex>(std::move(index));
}

std::shared_ptr<const HeadIndex> HeadIndex::build(const HeadView& head,
                                                  const MappingSnapshot& mapping) {
  auto index = std::make_shared<HeadIndex>();
  std::vector<uint32_t> rows, groups;
  rows.reserve(head.rows());
  groups.reserve(head.rows());
  for (uint32_t row = 0; row < head.rows(); ++row) {
    uint32_t group = mapping.group(head.subject(row));
    if (!is_group(group)) continue;
    rows.push_back(row);
    groups.push_back(group);
  }
  std::vector<uint32_t> order = order_by_group(groups, [&](uint32_t i, uint32_t k) {
    uint32_t a = rows[i], b = rows[k];
    return head.time(a) != head.time(b) ? head.time(a) < head.time(b) : head.tie(a) < head.tie(b);
  });
  index->rows_.reserve(order.size());
  for (uint32_t i : order) {
    if (index->groups_.empty() || index->groups_.back() != groups[i]) {
      index->groups_.push_back(groups[i]);
      index->begins_.push_back(static_cast<uint32_t>(index->rows_.size()));
    }
    index->rows_.push_back(rows[i]);
  }
  index->begins_.push_back(static_cast<uint32_t>(index->rows_.size()));
  index->limit_ = index->groups_.empty() ? 0 : index->groups_.back() + 1;
  return index;
}

}  // namespace weir::columnar
