#pragma once
// How a connector answers the check of its address and a push that it refuses: the same for the
// platforms that share WeChat's callback rules.

#include "base/http.h"
#include "base/result.h"
#include "connectors/health_keeper.h"

#include <string>
#include <string_view>

namespace weir::connectors {

/// 403 for a forged push, 400 for one that cannot be read; counted and logged under `connector`.
void refuse_callback(HealthKeeper& health, std::string_view connector, const Error& error,
                     const HttpResponder& respond);
/// Answers the vendor's check of the address with `echo`, or refuses it.
void answer_address_check(HealthKeeper& health, std::string_view connector,
                          Result<std::string> echo, const HttpResponder& respond);

}  // namespace weir::connectors
