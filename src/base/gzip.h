#pragma once
// gzip and zlib bodies, inflated under limits (RELIABILITY E1: size and ratio checked on the way).

#include "base/result.h"

#include <string>
#include <string_view>

namespace weir {

/// True when the data starts with the gzip magic 1f 8b 08.
bool looks_like_gzip(std::string_view data);
/// Inflates gzip or zlib data. More than `bytes_max`, or a ratio over 100 beyond 1 MiB, is
/// ResourceExhausted; damaged or truncated data is InvalidArgument.
Result<std::string> inflate(std::string_view data, size_t bytes_max);
std::string gzip(std::string_view data);

}  // namespace weir
