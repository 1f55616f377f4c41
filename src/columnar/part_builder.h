#pragma once
// Makes parts: from rows of the head, and from older parts.

#include "columnar/mapping.h"
#include "columnar/snapshot.h"

#include <string>
#include <vector>

namespace weir::columnar {

/// Bytes of a part with these rows of the head; at least one.
std::string part_from_head(const HeadView& head, const std::vector<uint32_t>& rows,
                           const MappingSnapshot& mapping);

/// Bytes of one part with the rows of `parts` (read whole and checked), sorted by today's mapping,
/// without the rows of dropped subjects and those before the horizon; empty when none is left.
/// `parts` are in the order of their positions.
struct MergeRules {
  uint32_t positions_rows_max = UINT32_MAX;  // larger parts do not say positions
  int64_t horizon = INT64_MIN;
};
Result<std::string> merged_part(const PartList& parts, const MappingSnapshot& mapping,
                                const MergeRules& rules);

}  // namespace weir::columnar
