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

/// Whose the runs of each part are today. Depends on the parts and on the mapping of subjects that
/// are in them; joining people moves no rows.
class RunIndex {
 public:
  struct Moved {
    uint32_t group, run;
  };
  struct OfPart {
    std::shared_ptr<const Part> part;
    Part::Runs table;
    /// By run: its group when that is still the one it was written under, else kNone: the run is
    /// in `moved`, or nobody's.
    std::vector<uint32_t> groups;
    std::vector<Moved> moved;  // ascending by run
    uint32_t limit = 0;        // one past the highest group
  };
  /// `before` is an earlier index, or null: what it says of a part still holds but for the subjects
  /// in `changed`.
  static Result<std::shared_ptr<const RunIndex>> build(const PartList& parts,
                                                       const MappingSnapshot& mapping,
                                                       const RunIndex* before,
                                                       const std::vector<uint32_t>& changed);

  /// One past the highest group.
  uint32_t group_limit() const { return limit_; }
  const OfPart& part(size_t i) const { return *parts_[i]; }
  uint64_t moved() const { return moved_; }

 private:
  std::vector<std::shared_ptr<const OfPart>> parts_;
  uint32_t limit_ = 0;
  uint64_t moved_ = 0;
};

/// Rows of the head by group, each group in the order of time, then tie.
class HeadIndex {
 public:
  static std::shared_ptr<const HeadIndex> build(const HeadView& head,
                                                const MappingSnapshot& mapping);

  uint32_t group_limit() const { return limit_; }
  /// Groups that have rows, ascending, and the rows of the i-th of them.
  const std::vector<uint32_t>& groups() const { return groups_; }
  std::span<const uint32_t> rows(size_t i) const {
    return {rows_.data() + begins_[i], rows_.data() + begins_[i + 1]};
  }

 private:
  std::vector<uint32_t> rows_, groups_, begins_;  // groups_ ascending; begins_ has one more
  uint32_t limit_ = 0;
};

struct Snapshot {
  View view;
  std::shared_ptr<const RunIndex> runs;
  std::shared_ptr<const HeadIndex> head;
  /// Rows whose number of this property is above `late_max` are not seen. kNone: no such rule.
  uint32_t late_property = kNone;
  int64_t late_max = INT64_MAX;

  uint32_t group_limit() const { return std::max(runs->group_limit(), head->group_limit()); }
};

}  // namespace weir::columnar
