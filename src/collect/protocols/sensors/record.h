#pragma once
// One Sensors record as an envelope (collection-protocols §3.3, §3.4).

#include "collect/protocol.h"

namespace weir::collect::sensors {

Verdict read_record(Json record, const ItemContext& context, ReadCounts& counts, Envelope& out);

/// The identities of a record: login id first, personal ones last. `binds` for records that tie
/// original_id to distinct_id.
void read_identities(const JsonObject& record, const JsonObject* properties, bool binds,
                     ReadCounts& counts, Envelope& out);

}  // namespace weir::collect::sensors
