#pragma once
// One Segment message as an envelope.

#include "collect/protocol.h"

namespace weir::collect::segment {

/// `type` is given by routes for one message, else the message's own "type" counts. `out` is a
/// fresh envelope with source, trust and times of the request.
Verdict read_message(Json message, std::string_view type, const ItemContext& context,
                     ReadCounts& counts, Envelope& out);

}  // namespace weir::collect::segment
