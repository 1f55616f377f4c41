#pragma once
// One number for the whole state, to compare runs: same log, same state (RELIABILITY P7).

#include "base/hash.h"
#include "ports/state_store.h"

namespace weir::pipeline {

/// Equal for equal states, whenever their checkpoints were taken: dedupe entries are compared as a
/// set, because their rows are cut where checkpoints fell.
Result<Hash128> state_hash(const StateStore& store);

}  // namespace weir::pipeline
