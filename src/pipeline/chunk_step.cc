#include "pipeline/chunk_step.h"

#include "model/clock_rules.h"

namespace weir::pipeline {

Result<PreparedChunk> prepare_chunk(const Envelope& record, TimeMs now, Dedupe& dedupe,
                                    ImportedRows& imported) {
  PreparedChunk out;
  WEIR_TRY(out.chunk, decode_event_chunk(string_property(record.properties, kChunkRows)));
  const EventChunk& chunk = out.chunk;
  if (!ImportedRows::is_file(chunk.file))
    return fail(ErrorCode::DataLoss, "the rows do not say of which file they are");
  ResidentBits& known = imported.rows_of(chunk.file);
  out.rows.reserve(chunk.rows());
  out.times.reserve(chunk.rows());
  for (uint32_t row = 0; row < chunk.rows(); ++row) {
    out.times.push_back(row_time(chunk.times[row], record.received_time));
    bool fresh = chunk.has_message_id(row)
                     ? dedupe.check(record.source, chunk.message_ids[row], now) == Seen::New
                     : known.insert(chunk.numbers[row]);
    if (fresh) out.rows.push_back(row);
  }
  return out;
}

}  // namespace weir::pipeline
