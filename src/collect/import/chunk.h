#pragma once
// Private to ImportService's two files.

#include "collect/import/import_item.h"
#include "collect/import/import_service.h"

#include <vector>

namespace weir::collect {

struct ImportService::Chunk {
  ImportProgress progress;  // after this chunk
  std::vector<ImportItem> items;
  std::vector<Envelope> chunks, alone;  // of rows (rows_request.h)
  uint64_t chunk_rows = 0;              // in both
  bool already_here = false;            // the answer to an earlier call was lost
};

}  // namespace weir::collect
