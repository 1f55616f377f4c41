#pragma once
// The embedded StateStore: RocksDB in one directory. This header is free of RocksDB's.

#include "base/result.h"
#include "ports/state_store.h"

#include <memory>
#include <string>

namespace weir::embedded {

enum class RocksMode {
  /// State of the folds. RocksDB's own write-ahead log is off: our log is the write-ahead log, and
  /// what a crash takes from memory is folded again from the cursor that went with it (DESIGN §1).
  /// Durable at flush().
  FoldState,
  /// What the log cannot rebuild (the vault's keys). Every write is in RocksDB's write-ahead log
  /// and synced before it returns.
  Synced,
};

/// Opens or creates the store. DataLoss: what is there is damaged; nothing is repaired or deleted.
/// FailedPrecondition: another process has it open, or RocksDB runs with settings that could lose
/// or hide acknowledged writes (RELIABILITY P6) and was refused.
/// Writes are Unavailable after RocksDB met a failing disk and ResourceExhausted while it is full;
/// each later write tries to go on.
Result<std::unique_ptr<StateStore>> open_rocks_state_store(const std::string& dir, RocksMode mode);

}  // namespace weir::embedded
