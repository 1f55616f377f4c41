#pragma once
// The one table of wire protocols.

#include "collect/protocol.h"

#include <memory>
#include <vector>

namespace weir::collect {

std::vector<std::unique_ptr<Protocol>> make_protocols();

}  // namespace weir::collect
