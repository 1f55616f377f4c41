#pragma once
// Pieces that all questions are compiled with.

#include "adapters/embedded/behaviour/compile.h"
#include "model/event_set.h"

#include <string_view>

namespace weir::embedded {

inline constexpr std::string_view kEventPrefix = "event.", kProfilePrefix = "profile.";

/// Names become codes; kAnyActive becomes those of the active events. Events that were
/// never stored have none.
columnar::EventSelection select(const std::vector<std::string>& names, const Filter& filter,
                                const CompileInput& in);
columnar::EventSelection select(const EventSet& set, const CompileInput& in);
/// kNone for a property that was never stored. `name` without "event.".
uint32_t property_code(std::string_view name, const CompileInput& in);
columnar::KeyDef key_of(const Breakdown& breakdown, const CompileInput& in);
/// Who is counted (collect_common asked for it); empty = everybody.
std::function<bool(uint32_t)> group_filter(const QueryCommon& common, const CompileInput& in);
/// Of the range, and `more` after it.
Result<columnar::Buckets> buckets_of(const QueryCommon& common, const Calendar& calendar,
                                     size_t more = 0);
/// The number of the bucket that begins at the cell's instant; nullopt when it names none.
Result<std::optional<size_t>> bucket_of_cell(const DrillCell& cell, const QueryCommon& common);
/// One value per breakdown key, or none.
Status check_cell_keys(const DrillCell& cell, const QueryCommon& common);
/// Segment, universe, sample, filter and breakdown.
Status collect_common(const QueryCommon& common, PeopleRequest& request);
/// A cell that the answer does not have: `part` of it, and what is wrong.
std::unexpected<Error> bad_cell(std::string_view part, std::string what);

}  // namespace weir::embedded
