#include "api/openapi.h"

extern "C" const char weir_openapi_begin[];
extern "C" const char weir_openapi_end[];

namespace weir::api {

std::string_view openapi() {
  return {weir_openapi_begin, static_cast<size_t>(weir_openapi_end - weir_openapi_begin)};
}

}  // namespace weir::api
