#pragma once
// Everything the pipeline itself must remember between two records, saved with the folds' state.

#include "pipeline/dead_letters.h"
#include "pipeline/dedupe.h"
#include "pipeline/imported_rows.h"
#include "pipeline/retention.h"
#include "pipeline/timers.h"

namespace weir::pipeline {

struct DriverState {
  explicit DriverState(DurationMs log_keep_ms) : retention(log_keep_ms) {}

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

  Position cursor = 0;  // next record to fold
  TimeMs now = 0;       // log time: the greatest append time folded so far
  Dedupe dedupe;
  ImportedRows imported;
  Timers timers;
  DeadLetters dead_letters;
  Retention retention;
};

}  // namespace weir::pipeline
