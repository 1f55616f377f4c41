#pragma once
// One person's events, newest first, a page at a time (TL1), and the events of the store as the
// builders need them.

#include "adapters/embedded/behaviour/outside.h"
#include "columnar/snapshot.h"
#include "ports/analytics.h"

namespace weir::embedded {

/// `outside` may be null: then events have no message id and no identity.
Result<TimelinePage> read_timeline(const columnar::View& view, const TimelineQuery& query,
                                   Outside* outside);

/// Names by descending count, then name; each with the properties that occur with it.
std::vector<EventSchema> read_schema(const columnar::View& view);

}  // namespace weir::embedded
