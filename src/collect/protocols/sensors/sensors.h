#pragma once
// Sensors Analytics (神策) clients (collection-protocols §3). They cannot act on an error, and some
// send a refused batch for ever: everything is answered 200 and what is bad goes to quarantine.

#include "collect/protocol.h"

namespace weir::collect {

std::unique_ptr<Protocol> make_sensors();

}  // namespace weir::collect
