#pragma once
// PostHog v0 capture (collection-protocols §6.1): one event, a list, or a batch; JSON, gzip or
// form.

#include "collect/protocol.h"

namespace weir::collect {

std::unique_ptr<Protocol> make_posthog();

}  // namespace weir::collect
