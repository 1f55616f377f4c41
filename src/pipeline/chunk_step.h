#pragma once
// An ImportChunk record made ready for the folds: which of its rows are new, and when.

#include "model/event_chunk.h"
#include "pipeline/dedupe.h"
#include "pipeline/imported_rows.h"

#include <vector>

namespace weir::pipeline {

struct PreparedChunk {
  EventChunk chunk;
  std::vector<uint32_t> rows;  // new ones
  std::vector<TimeMs> times;   // of all
};

/// Remembers the rows. DataLoss: the record holds no rows that this build can read.
Result<PreparedChunk> prepare_chunk(const Envelope& record, TimeMs now, Dedupe& dedupe,
                                    ImportedRows& imported);

}  // namespace weir::pipeline
