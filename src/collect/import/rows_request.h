#pragma once
// The body of POST /api/imports/{id}/rows: rows of a file of events as chunks that go into the log
// as they are, and beside them the items that cannot (import_service.h).
//
//   string: JSON {"from_item","rows_done","items":[…]} │ varint chunks, each a string
//   (model/event_chunk.h); strings have a varint length in front
//
// Nothing a client sends is believed: names, keys and ids are checked as those of any other
// record, and rows that hold personal values become records of their own, which are sealed.

#include "base/result.h"
#include "collect/import/import_item.h"
#include "model/envelope.h"
#include "ports/vault.h"

#include <string>
#include <string_view>
#include <vector>

namespace weir::collect {

struct RowsRequest {
  std::string head;  // the JSON
  uint64_t chunk_rows = 0;
  std::vector<Envelope> chunks;  // ImportChunk records
  std::vector<Envelope> alone;   // rows that are records of their own
};

/// InvalidArgument names what is wrong with the body; nothing of it is to be stored then.
Result<RowsRequest> read_rows_request(std::string_view body, std::string_view import_id,
                                      std::string_view feed, const Vault& vault);

}  // namespace weir::collect
