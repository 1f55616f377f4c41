#pragma once
// Private to ImportService's two files.

#include "collect/import/import_item.h"
#include "collect/import/import_service.h"

#include <vector>

namespace weir::collect {

struct ImportService::Chunk {
  ImportProgress progress;  // after this chunk
  std::vector<ImportItem> items;
};

}  // namespace weir::collect
