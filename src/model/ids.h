#pragma once
// Ids of the domain. Ordinals are dense and assigned in log order, so they are a function of the
// log.

#include "base/ids.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

using Position = uint64_t;  // index of a record in the log: 0, 1, 2 …

using IdentityOrdinal = Id<struct IdentityOrdinalTag, uint32_t>;  // one identity, for ever
using ProfileOrdinal = Id<struct ProfileOrdinalTag, uint32_t>;    // one profile, for ever

/// The public form of a profile id: "p" and the ordinal in decimal, e.g. "p1042".
std::string profile_id_text(ProfileOrdinal profile);
Result<ProfileOrdinal> parse_profile_id(std::string_view text);

}  // namespace weir
