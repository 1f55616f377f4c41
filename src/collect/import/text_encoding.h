#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace weir::collect {

bool is_utf8(std::string_view text);
/// "utf-8", "utf-16le" or "gb18030", by byte order mark and by whether the bytes are UTF-8.
std::string_view guess_encoding(std::string_view bytes);
/// Into UTF-8, without a byte order mark. InvalidArgument names the byte that does not fit.
Result<std::string> to_utf8(std::string_view bytes, std::string_view encoding);

}  // namespace weir::collect
