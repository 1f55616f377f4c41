#include "app/assets.h"

#include <cstring>

// Made by the assembler from the packed file (src/app/CMakeLists.txt).
extern "C" const char weir_assets_begin[];
extern "C" const char weir_assets_end[];

namespace weir::app {

Result<api::Assets> console_assets() {
  std::string_view blob(weir_assets_begin,
                        static_cast<size_t>(weir_assets_end - weir_assets_begin));
  api::Assets assets;
  while (!blob.empty()) {
    size_t name_end = blob.find('\0');
    size_t type_end = name_end == std::string_view::npos ? name_end : blob.find('\0', name_end + 1);
    if (type_end == std::string_view::npos || blob.size() < type_end + 10) {
      return fail(ErrorCode::Internal, "the packed console is damaged; build it again");
    }
    std::string name(blob.substr(0, name_end));
    api::Asset asset;
    asset.content_type = blob.substr(name_end + 1, type_end - name_end - 1);
    asset.immutable = blob[type_end + 1] == '1';
    uint64_t size = 0;
    std::memcpy(&size, blob.data() + type_end + 2, 8);
    blob.remove_prefix(type_end + 10);
    if (size > blob.size())
      return fail(ErrorCode::Internal, "the packed console is damaged; build it again");
    asset.bytes = std::make_shared<const std::string>(blob.substr(0, size));
    blob.remove_prefix(size);
    assets.emplace(std::move(name), std::move(asset));
  }
  return assets;
}

}  // namespace weir::app
