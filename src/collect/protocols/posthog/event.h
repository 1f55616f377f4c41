#pragma once
// One PostHog event as an envelope.

#include "collect/protocol.h"

namespace weir::collect::posthog {

Verdict read_event(Json event, const ItemContext& context, ReadCounts& counts, Envelope& out);

/// The project token a single event carries: token, api_key, $token or properties.token.
std::string_view event_token(Json event);

}  // namespace weir::collect::posthog
