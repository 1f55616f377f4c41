#pragma once
// Which identity of a record stands for its person: identity/ stores the record under it and
// privacy/ seals its personal values under its key (ADR 0003). One rule, so that both always name
// one person.

#include "model/identity.h"

#include <span>
#include <string_view>

namespace weir {

/// True for values that programs send when they know nobody: "", "0", "-1", "null", "anonymous",
/// zeros only … (RELIABILITY I1). They never identify anyone.
bool is_blocked_value(std::string_view value);

/// The first identity that is neither personal nor blocked, else the first that is not blocked;
/// null when there is none. The answer points into `identities`.
const Identity* anchor_identity(std::span<const Identity> identities);

}  // namespace weir
