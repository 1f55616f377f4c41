#pragma once
// Rows of imported history as rows of the engine: texts become codes once per chunk.

#include "columnar/store.h"
#include "ports/fold.h"

namespace weir::embedded {

/// Order of events at the same instant (G4): by message id, not by arrival. Bytewise in the first
/// eight bytes; ids that share them are in some order that is always the same.
columnar::RowRank rank_of(std::string_view message_id);

/// The rows to be folded of people who are somebody, each as it would be had it come alone, but for
/// its place: the chunk's position, and its number in the chunk.
void code_rows(const ChunkStep& step, columnar::RowCoder& coder, columnar::CodedRows& out);

}  // namespace weir::embedded
