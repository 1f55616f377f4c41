#pragma once
// What is shown of a personal value without the reveal permission.

#include <string>
#include <string_view>

namespace weir::privacy {

/// "138****8000", "张*", "a***@b.cn", "浙江省***"; "•••" when nothing may be shown. `field` is the
/// name it was sealed under.
std::string mask(std::string_view field, std::string_view clear);

}  // namespace weir::privacy
