#pragma once
// docs/reference/openapi.json, linked in (see CMakeLists.txt). api_test checks it against the
// routes.

#include <string_view>

namespace weir::api {

std::string_view openapi();

}  // namespace weir::api
