#pragma once
// What a question sees: the parts, the head and the mapping of one moment. Keeps all of it alive.

#include "columnar/head.h"
#include "columnar/mapping.h"
#include "columnar/part.h"

#include <memory>
#include <vector>

namespace weir::columnar {

using PartList = std::vector<std::shared_ptr<const Part>>;

/// Cheap to make: no index.
struct View {
  PartList parts;
  HeadView head;
  MappingSnapshot mapping;
  std::shared_ptr<const Dictionary> dictionary;
  uint64_t parts_version = 0, head_version = 0;

  uint64_t rows() const;
};

/// The runs of every group over all parts. Depends on the parts and on the mapping of subjects that
/// are in them; joining people only re-groups runs.
class RunIndex {
 public:
  struct Ref {
    uint32_t part, run;
  };
  static Result<std::shared_ptr<const RunIndex>> build(const PartList& parts,
                                                       const MappingSnapshot& mapping);

  uint32_t group_limit() const { return static_cast<uint32_t>(begins_.size()) - 1; }
  std::span<const Ref> runs(uint32_t group) const {
    if (group >= group_limit()) return {};
    return {refs_.data() + begins_[group], refs_.data() + begins_[group + 1]};
  }

 private:
  std::vector<uint32_t> begins_{0};
  std::vector<Ref> refs_;
};

/// Rows of the head by group, each group in (time, position, hop) order.
class HeadIndex {
 public:
  static std::shared_ptr<const HeadIndex> build(const HeadView& head,
                                                const MappingSnapshot& mapping);

  uint32_t group_limit() const { return limit_; }
  std::span<const uint32_t> rows(uint32_t group) const;

 private:
  std::vector<uint32_t> rows_, groups_, begins_;  // groups_ ascending; begins_ has one more
  uint32_t limit_ = 0;
};

struct Snapshot {
  View view;
  std::shared_ptr<const RunIndex> runs;
  std::shared_ptr<const HeadIndex> head;

  uint32_t group_limit() const { return std::max(runs->group_limit(), head->group_limit()); }
};

}  // namespace weir::columnar
