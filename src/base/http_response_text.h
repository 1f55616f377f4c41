#pragma once
// Renders the header of a response. Private to the HTTP server.

#include "base/http.h"

#include <cstdint>
#include <string>

namespace weir::http_detail {

struct ResponseFraming {
  bool keep_alive = true;
  bool http_1_0 = false;
};

/// Appends status line and fields, with content-length and connection of our own: what the handler
/// set of those is ignored, so that no handler can break the framing. `epoch_s` dates the answer.
void append_response_head(std::string& out, const HttpResponse& response, size_t body_bytes,
                          ResponseFraming framing, int64_t epoch_s);

/// 1xx, 204 and 304 never have a body, whatever the handler put there.
bool status_has_body(int status);

}  // namespace weir::http_detail
