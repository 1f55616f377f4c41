#pragma once
// The Segment HTTP tracking API, also spoken by RudderStack's SDKs (collection-protocols §4, §5).

#include "collect/protocol.h"

namespace weir::collect {

std::unique_ptr<Protocol> make_segment();

}  // namespace weir::collect
