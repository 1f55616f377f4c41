#pragma once
// The real HttpClient: HTTP/1.1 over Beast on one thread of its own, https through OpenSSL with
// certificate and host name checks, connections kept alive per origin. Private to base.

#include "base/env.h"

#include <memory>

namespace weir {

/// Destroying the client answers every call still open with Unavailable.
std::unique_ptr<HttpClient> make_http_client();

}  // namespace weir
